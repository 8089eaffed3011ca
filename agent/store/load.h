// Reads the whole state from an open journal. Private to store/: the daemon's Journal and the reader share
// it.
#pragma once

#include "core/result.h"
#include "core/state.h"
#include "store/damage.h"
#include "store/sqlite.h"

namespace kedge::store {

// What the last commit left, volatile members at their defaults. kCorrupt when the rows contradict
// themselves.
Result<State> LoadState(Connection& db);

// "the journal PATH cannot be believed: <words>; ..." and what a person can do.
Unexpected Unbelievable(const std::string& path, const std::string& words);

}  // namespace kedge::store
