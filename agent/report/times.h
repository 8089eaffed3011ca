// Times for a page that is read anywhere, so in UTC. Wall times are milliseconds since the epoch. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace kedge::report {

// What can be shown: the years 1970 to 9999. A clock that says else is not believed, but must not break a
// page.
int64_t Sane(int64_t wall);
// "2026-11-25 02:54:11.123 UTC"; "-" for 0, which means never.
std::string Moment(int64_t wall);
// "02:54:11.123"
std::string TimeOfDay(int64_t wall);
// "0 ms", "350 ms", "12.3 s", "2 min 3 s", "3 h 7 min", "5 d 2 h"; with "-" when negative.
std::string Span(int64_t millis);

}  // namespace kedge::report
