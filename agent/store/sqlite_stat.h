// For SQLite on Debian 12's armhf, which looks at its files with a time_t of 32 bits: there a journal that
// was written while the clock stood beyond January 2038 (a wrong clock is enough, once) could not be opened
// any more.
#pragma once

namespace kedge::store {

// Lets SQLite look at files of any date; it makes no use of the dates. Call it before the first connection is
// opened; again does nothing. Where SQLite's own way is good, it stays.
void LetSqliteSeeAnyDate();

}  // namespace kedge::store
