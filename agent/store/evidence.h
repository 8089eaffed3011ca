// Journals that cannot be used any more are kept for people to look at. Private to store/.
#pragma once

#include <string>

#include "core/result.h"

namespace kedge::store {

// Renames the database `path` and its log to `path`.failed-N (and `path`.failed-N-wal, where SQLite looks for
// it), N one above the highest there is; keeps three such sets and removes the oldest. The folder is durable
// afterwards. The name; "" when there was nothing. After an error some of it may be renamed: it may be called
// again.
Result<std::string> SetAside(const std::string& path);

// The newest set beside `path`; "" when there is none.
std::string NewestEvidence(const std::string& path);

}  // namespace kedge::store
