#include "operator/times.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace kedge::op {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_time;
using std::chrono::year_month_day;

// In the process's time zone. Absent: there is no such day or time.
std::optional<int64_t> WallOfLocal(int year, int month, int day, int hour, int minute, int second) {
  tm local{};
  local.tm_year = year - 1900;
  local.tm_mon = month - 1;
  local.tm_mday = day;
  local.tm_hour = hour;
  local.tm_min = minute;
  local.tm_sec = second;
  local.tm_isdst = -1;
  const time_t seconds = mktime(&local);
  // It would make March out of February 30.
  if (local.tm_mon != month - 1 || local.tm_mday != day || hour > 23 || minute > 59 || second > 60) return {};
  return static_cast<int64_t>(seconds) * 1000;
}

std::optional<int64_t> MidnightBefore(int64_t now, int days_before) {
  const time_t seconds = static_cast<time_t>(now / 1000);
  tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  local.tm_mday -= days_before;
  local.tm_hour = local.tm_min = local.tm_sec = 0;
  local.tm_isdst = -1;
  return static_cast<int64_t>(mktime(&local)) * 1000;
}

std::optional<int64_t> LengthOf(const std::string& text) {
  long long count = 0;
  char unit = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%6lld%c%n", &count, &unit, &end) != 2 ||
      static_cast<size_t>(end) != text.size() || count < 0) {
    return {};
  }
  constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  switch (unit) {
    case 's':
      return count * kSecond;
    case 'm':
      return count * kMinute;
    case 'h':
      return count * kHour;
    case 'd':
      return count * kDay;
    case 'w':
      return count * 7 * kDay;
    default:
      return {};
  }
}

}  // namespace

std::string IsoTime(int64_t wall) {
  if (wall == 0) return "";
  const sys_time<milliseconds> time{milliseconds(wall)};
  const auto midnight = std::chrono::floor<days>(time);
  const year_month_day date{midnight};
  const std::chrono::hh_mm_ss<milliseconds> clock{time - midnight};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string LocalTime(int64_t wall) {
  if (wall == 0) return "-";
  const time_t seconds = static_cast<time_t>(wall / 1000);  // 64 bits: the room is built with _TIME_BITS=64
  tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "?";
  char text[64];
  return std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) > 0 ? text : "?";
}

int64_t WallOf(const std::string& iso_time) {
  int year = 0, hour = 0, minute = 0, second = 0, millis = 0;
  unsigned month = 0, day = 0;
  int end = 0;
  if (std::sscanf(iso_time.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute,
                  &second, &millis, &end) != 7 ||
      static_cast<size_t>(end) != iso_time.size()) {
    return 0;
  }
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return 0;
  const sys_time<milliseconds> midnight = std::chrono::sys_days(date);
  return (midnight.time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
          std::chrono::seconds(second) + milliseconds(millis))
      .count();
}

std::optional<int64_t> ParseTime(const std::string& text, int64_t now) {
  if (text == "now") return now;
  if (text == "today") return MidnightBefore(now, 0);
  if (text == "yesterday") return MidnightBefore(now, 1);
  if (const auto length = LengthOf(text)) return now - *length;
  if (text.ends_with('Z')) {
    const std::string with_millis =
        text.find('.') == std::string::npos ? text.substr(0, text.size() - 1) + ".000Z" : text;
    const int64_t wall = WallOf(with_millis);
    return wall == 0 ? std::nullopt : std::optional(wall);
  }
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int date_end = -1, minute_end = -1, second_end = -1;
  std::sscanf(text.c_str(), "%4d-%2d-%2d%n%*1[ T]%2d:%2d%n:%2d%n", &year, &month, &day, &date_end, &hour,
              &minute, &minute_end, &second, &second_end);
  const auto is_end = [&text](int at) { return at >= 0 && static_cast<size_t>(at) == text.size(); };
  if (!is_end(date_end) && !is_end(minute_end) && !is_end(second_end)) return {};
  return WallOfLocal(year, month, day, hour, minute, second);
}

std::string Span(int64_t millis) {
  if (millis < 0) return "-" + Span(-millis);
  constexpr int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
  char text[64];
  if (millis < kMinute) {
    std::snprintf(text, sizeof text, "%lld.%llds", static_cast<long long>(millis / 1000),
                  static_cast<long long>(millis % 1000 / 100));
    return text;
  }
  const auto two = [&](int64_t big, const char* big_name, int64_t small, const char* small_name) {
    std::snprintf(text, sizeof text, "%lld%s %02lld%s", static_cast<long long>(millis / big), big_name,
                  static_cast<long long>(millis % big / small), small_name);
    return std::string(text);
  };
  if (millis < kHour) return two(kMinute, "m", 1000, "s");
  if (millis < kDay) return two(kHour, "h", kMinute, "m");
  return two(kDay, "d", kHour, "h");
}

}  // namespace kedge::op
