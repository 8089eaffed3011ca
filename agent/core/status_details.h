// statusDetails: what the service stores beside an execution's status. One place builds it, from typed facts,
// in a fixed order of importance. Pure.
//
// The service's rules (reference 2.1): at most 10 pairs; keys 1-128 of [a-zA-Z0-9:_-]; values 1-1024
// characters without control, format, unassigned, private-use or surrogate characters. The map replaces the
// old one as a whole, so it is always complete.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/job_execution.h"

namespace kedge {

inline constexpr size_t kMaxDetails = 10;
inline constexpr size_t kMaxDetailKey = 128;
inline constexpr size_t kMaxDetailValue = 1024;  // both characters and bytes: safe under either reading

// Facts by importance, most important first. An empty value is left out (the service refuses empty values).
using Facts = std::vector<std::pair<std::string, std::string>>;

struct StatusDetails {
  DetailsMap sent;  // what goes on the wire: always within the rules
  Facts overflow;   // what did not fit, in full and as valid UTF-8, for the local history: facts beyond the
                    // tenth, a second fact of the same key, and the whole text of values that were cut
};

// A too long value keeps its head; one whose key begins with "stdout" or "stderr" keeps its tail, where the
// last words of a failed program stand. A value that is nothing but blanks counts as empty.
StatusDetails BuildStatusDetails(const Facts& facts);

// Which part of a too long text stays.
enum class Keep { kHead, kTail };

// `text` as a legal value: a terminal's escape sequences left out, valid UTF-8 (each invalid byte becomes
// U+FFFD), control characters and the rest of \p{C} become a space (a run of line ends and blanks becomes one
// space), trimmed, cut at a code point to at most `limit` bytes; the cut is marked with an ellipsis, which
// counts. Text without anything visible gives
// "".
std::string SafeDetailValue(std::string_view text, Keep keep = Keep::kHead, size_t limit = kMaxDetailValue);
// `text` made safe and short, in quotation marks: how a message shows a word that came from outside.
std::string Quoted(std::string_view text);
// `key` with every illegal character replaced by '_', cut at 128; "" becomes "_".
std::string SafeDetailKey(std::string_view key);

}  // namespace kedge
