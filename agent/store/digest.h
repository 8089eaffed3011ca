// A digest of the whole state, stored in the row that changes anyway. Private to store/.
//
// A row's own checksum says that the row is whole. It does not say that the rows belong together: a page that
// the disk never wrote, or a log damaged after a part of it went into the database, leaves whole rows of two
// moments.
#pragma once

#include <cstdint>

#include "core/state.h"

namespace kedge::store {

// Over every durable member, in one fixed order; slots and row numbers do not count.
int64_t DigestOf(const State& state);

}  // namespace kedge::store
