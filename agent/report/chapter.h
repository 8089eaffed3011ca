// One chapter of a story: from the entries' words to bars and marks. Pure.
#pragma once

#include "report/story.h"

namespace kedge::report {

// Fills the chapter's charts. `names`: the steps'; `end`: where it ends on the axis.
void TellChapter(Chapter& chapter, const std::vector<HistoryEntry>& entries, const Axis& axis,
                 const std::vector<std::string>& names, int64_t end);

}  // namespace kedge::report
