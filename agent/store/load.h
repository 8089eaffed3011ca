// Reads the whole state from an open journal. Private to store/: the daemon's Journal and the reader share
// it.
#pragma once

#include "core/result.h"
#include "core/state.h"
#include "store/damage.h"
#include "store/sqlite.h"

namespace kedge::store {

// What the last commit left, volatile members at their defaults. kCorrupt when the rows contradict
// themselves, or are not of one moment.
Result<State> LoadState(Connection& db);
// Likewise inside a transaction of the caller's, a migration, which is about to write the digest: it is not
// compared. The connection may have failed() although a state is given.
Result<State> LoadMigrated(Connection& db);

// kCorrupt: "the journal PATH cannot be believed: <words>".
Unexpected Unbelievable(const std::string& path, const std::string& words);

}  // namespace kedge::store
