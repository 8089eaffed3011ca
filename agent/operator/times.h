// Times for people and for programs. Wall times are milliseconds since the epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::op {

// "2026-11-25T02:54:11.123Z"; "" for 0, which means never.
std::string IsoTime(int64_t wall);
// "2026-11-25 03:54:11" in the process's time zone; "-" for 0.
std::string LocalTime(int64_t wall);
// Back from IsoTime; 0 for anything else.
int64_t WallOf(const std::string& iso_time);
// A point in time as people write it: "2026-11-25", "2026-11-25 03:54" and "2026-11-25 03:54:11" in the
// process's time zone, "2026-11-25T02:54:11Z", "today", "yesterday", and "90s", "45m", "2h", "3d", "1w"
// before `now`.
std::optional<int64_t> ParseTime(const std::string& text, int64_t now);
// A length of time in at most two units: "0.4s", "12.3s", "2m 03s", "3h 07m", "5d 02h"; "-1.0s" when a clock
// was set back.
std::string Span(int64_t millis);

}  // namespace kedge::op
