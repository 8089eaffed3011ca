// What `kedge history` is asked for. Pure.
#pragma once

#include <cstdint>

#include "commands/arguments.h"
#include "core/result.h"
#include "store/journal.h"

namespace kedge::commands {

// `now`: wall time, for "2h" (ago). kInvalid: wrong use; one line that says what to type.
Result<store::HistoryQuery> ReadHistoryQuery(const Arguments& arguments, int64_t now);

}  // namespace kedge::commands
