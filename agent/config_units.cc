#include "config_units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace kedge {
namespace {

struct Unit {
  std::string_view name;
  int64_t size;
};
// Greatest first: the order in which PrintDuration tries them.
constexpr std::array<Unit, 5> kTimes{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 2> kSizes{{{"MiB", 1 << 20}, {"KiB", 1 << 10}}};
constexpr int64_t kLongest = 10'000LL * 86'400'000;

// Digits, and at most three after a point, in thousandths: no floating point, so nothing is rounded on the
// way.
std::optional<int64_t> Thousandths(std::string_view text) {
  const size_t point = text.find('.');
  const auto whole = ParseNumber(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > kLongest) return std::nullopt;
  int64_t value = *whole * 1000;
  if (point == std::string_view::npos) return value;
  const std::string_view fraction = text.substr(point + 1);
  if (fraction.empty() || fraction.size() > 3) return std::nullopt;
  int64_t weight = 100;
  for (char digit : fraction) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value += (digit - '0') * weight;
    weight /= 10;
  }
  return value;
}

}  // namespace

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string_view unit = digits == std::string_view::npos ? "s" : text.substr(digits);
  const auto number = Thousandths(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& [name, size] : kTimes) {
    if (unit != name) continue;
    if (*number > kLongest * 1000 / size || *number * size % 1000 != 0) return std::nullopt;
    return std::chrono::milliseconds(*number * size / 1000);
  }
  return std::nullopt;
}

std::string PrintDuration(std::chrono::milliseconds duration) {
  const int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const auto& [name, size] : kTimes) {
    if (count % size == 0) return std::to_string(count / size) + std::string(name);
  }
  return std::to_string(count) + "ms";
}

std::optional<size_t> ParseSize(std::string_view text) {
  int64_t unit = 1;
  for (const auto& [name, size] : kSizes) {
    if (!text.ends_with(name)) continue;
    unit = size;
    text.remove_suffix(name.size());
    break;
  }
  const auto number = ParseNumber(text);
  // On a board of 32 bits the most is 4 GiB: more must not become less.
  const uint64_t most = std::min<uint64_t>(std::numeric_limits<size_t>::max(), uint64_t{1} << 60);
  if (!number || *number < 0 || static_cast<uint64_t>(*number) > most / static_cast<uint64_t>(unit))
    return std::nullopt;
  return static_cast<size_t>(*number * unit);
}

std::string PrintSize(size_t bytes) {
  for (const auto& [name, size] : kSizes) {
    const auto unit = static_cast<size_t>(size);
    if (bytes > 0 && bytes % unit == 0) return std::to_string(bytes / unit) + std::string(name);
  }
  return std::to_string(bytes);
}

}  // namespace kedge
