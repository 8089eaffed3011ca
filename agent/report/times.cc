#include "report/times.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace kedge::report {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_time;

constexpr int64_t kLatest = 253'402'300'799'999;  // the last moment of the year 9999
constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

}  // namespace

int64_t Sane(int64_t wall) { return std::clamp<int64_t>(wall, 0, kLatest); }

std::string TimeOfDay(int64_t wall) {
  const sys_time<milliseconds> time{milliseconds(Sane(wall))};
  const std::chrono::hh_mm_ss<milliseconds> clock{time - std::chrono::floor<days>(time)};
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string Moment(int64_t wall) {
  if (wall == 0) return "-";
  const sys_time<milliseconds> time{milliseconds(Sane(wall))};
  const std::chrono::year_month_day date{std::chrono::floor<days>(time)};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text + TimeOfDay(wall) + " UTC";
}

std::string Span(int64_t millis) {
  if (millis < 0) return "-" + Span(-std::max(millis, -kLatest));
  char text[48];
  if (millis < kSecond) return std::to_string(millis) + " ms";
  if (millis < kMinute) {
    std::snprintf(text, sizeof text, "%.*f", millis < 10 * kSecond ? 2 : 1,
                  static_cast<double>(millis) / 1000);
    std::string seconds = text;
    while (seconds.back() == '0') seconds.pop_back();
    if (seconds.back() == '.') seconds.pop_back();
    // 59.96 s would be rounded to a minute that has no name; and 60 has lost its 0.
    return std::string(text) == "60.0" ? "1 min" : seconds + " s";
  }
  const auto two = [&](int64_t big, const char* big_name, int64_t small, const char* small_name) {
    const int64_t rest = millis % big / small;
    return std::to_string(millis / big) + " " + big_name +
           (rest == 0 ? "" : " " + std::to_string(rest) + " " + small_name);
  };
  if (millis < kHour) return two(kMinute, "min", kSecond, "s");
  if (millis < kDay) return two(kHour, "h", kMinute, "min");
  return two(kDay, "d", kHour, "h");
}

}  // namespace kedge::report
