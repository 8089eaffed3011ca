#include "oci/times.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace kedge::drydock::oci {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a text from the front; after the first thing that does not fit, nothing does.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int Digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!AtDigit()) return Fail();
      number = number * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return number;
  }

  bool Skip(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  void Expect(std::string_view wanted) {
    if (!Skip(wanted)) Fail();
  }

  std::string_view Letters(std::size_t count) {
    const auto word = rest_.substr(0, count);
    rest_.remove_prefix(word.size());
    return word;
  }

  bool AtDigit() const { return !rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())); }
  bool Fits() const { return fits_; }
  bool AtEnd() const { return fits_ && rest_.empty(); }

 private:
  int Fail() {
    fits_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool fits_ = true;
};

struct Clock {
  int hour;
  int minute;
  int second;
};

Clock ReadClock(Cursor& cursor) {
  Clock clock{};
  // The TypeScript SDK leaves the leading zero out.
  clock.hour = cursor.Digits(1);
  if (cursor.AtDigit()) clock.hour = clock.hour * 10 + cursor.Digits(1);
  cursor.Expect(":");
  clock.minute = cursor.Digits(2);
  cursor.Expect(":");
  clock.second = cursor.Digits(2);
  return clock;
}

std::optional<Instant> At(int year, unsigned month, unsigned day, Clock clock) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || clock.hour > 23 || clock.minute > 59 || clock.second > 60) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(clock.hour) + minutes(clock.minute) +
         std::chrono::seconds(clock.second);
}

}  // namespace

std::string ToRfc3339(Instant t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<milliseconds> time(t - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

std::optional<Instant> FromRfc3339(std::string_view text) {
  Cursor cursor(text);
  const int year = cursor.Digits(4);
  cursor.Expect("-");
  const int month = cursor.Digits(2);
  cursor.Expect("-");
  const int day = cursor.Digits(2);
  if (!cursor.Skip("T")) cursor.Expect("t");
  const Clock clock = ReadClock(cursor);
  milliseconds fraction{0};
  if (cursor.Skip(".")) {
    int unit = 100;
    if (!cursor.AtDigit()) return std::nullopt;
    for (; cursor.AtDigit(); unit /= 10) fraction += milliseconds(unit * cursor.Digits(1));
  }
  minutes offset{0};
  if (!cursor.Skip("Z") && !cursor.Skip("z")) {
    const int sign = cursor.Skip("-") ? -1 : 1;
    if (sign == 1) cursor.Expect("+");
    const int hours = cursor.Digits(2);
    cursor.Expect(":");
    offset = sign * minutes(hours * 60 + cursor.Digits(2));
  }
  if (!cursor.AtEnd()) return std::nullopt;
  const auto at = At(year, static_cast<unsigned>(month), static_cast<unsigned>(day), clock);
  if (!at) return std::nullopt;
  return *at + fraction - offset;
}

std::optional<Instant> FromHttpDate(std::string_view text) {
  Cursor cursor(text);
  cursor.Letters(3);
  cursor.Expect(", ");
  const int day = cursor.Digits(2);
  cursor.Expect(" ");
  const auto month = std::find(kMonths.begin(), kMonths.end(), cursor.Letters(3));
  cursor.Expect(" ");
  const int year = cursor.Digits(4);
  cursor.Expect(" ");
  const Clock clock = ReadClock(cursor);
  cursor.Expect(" GMT");
  if (!cursor.AtEnd() || month == kMonths.end()) return std::nullopt;
  return At(year, static_cast<unsigned>(month - kMonths.begin()) + 1, static_cast<unsigned>(day), clock);
}

}  // namespace kedge::drydock::oci
