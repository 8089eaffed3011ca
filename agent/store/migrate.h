// Brings a journal of an older schema up to date. Private to store/.
#pragma once

#include "core/result.h"
#include "store/sqlite.h"

namespace kedge::store {

// One transaction for each version. kCorrupt when the old rows cannot be believed: a migration gives every
// row a new checksum, and must not make damage look right. After an error the file is as it was.
Result<void> Migrate(Connection& db);

}  // namespace kedge::store
