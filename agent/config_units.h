// Durations and sizes as people write them. Private to config; pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kedge {

// "500ms", "10s", "5m", "1h", "7d", or a number of seconds, with or without a fraction ("2.5", "1.5m"); not
// negative, at most 10,000 days, no finer than a millisecond. nullopt for anything else.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// In the greatest unit that needs no fraction: "90s", "5m", "0s".
std::string PrintDuration(std::chrono::milliseconds duration);

// A number of bytes, or "64KiB", "1MiB". nullopt for anything else.
std::optional<size_t> ParseSize(std::string_view text);
std::string PrintSize(size_t bytes);

// A whole decimal number with nothing around it, within int64_t.
std::optional<int64_t> ParseNumber(std::string_view text);

}  // namespace kedge
