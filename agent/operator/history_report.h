// What `kedge history` and `kedge show` print, from plain values of the journal. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/past_execution.h"
#include "core/state.h"
#include "operator/terminal.h"

namespace kedge::op {

// A table, newest first as given; one sentence when there is none.
std::string HistoryText(const std::vector<PastExecution>& executions, const Look& look);
// [{"jobId": S, "executionNumber": N, "queuedAt": T, "status": S, "verdict": S, "text": S, "offeredAt": T,
//   "closedAt": T}, ...]; times as in status_report.h, absent while they are not known.
std::string HistoryJson(const std::vector<PastExecution>& executions);

// How it ended, what the operator gave as the reason, the timeline, what the steps printed.
std::string ShowText(const PastExecution& execution, const std::vector<HistoryEntry>& entries,
                     const Look& look);
// One object as in HistoryJson, and "document" (parsed, or text when it is not JSON) and
// "history": [{"at": T, "event": S, "step": N (from 1), "text": S, "detail": {...}}, ...].
std::string ShowJson(const PastExecution& execution, const std::vector<HistoryEntry>& entries);

// The number of the task that the entry tells the end of, as in OutputPiece; 0: of none.
int64_t TaskOf(const HistoryEntry& entry);

// For `kedge logs`. One entry as in ShowJson's "history", on one line, without a line feed.
std::string EntryJson(const HistoryEntry& entry);
// "TIME  EVENT  WHAT", a line.
std::string EntryText(const HistoryEntry& entry, const Look& look);
// All that was kept of what the entry's task printed, in lines; stderr's are marked. Empty: it printed
// nothing, or the entry is of no task.
std::string OutputText(const HistoryEntry& entry, const Look& look);

}  // namespace kedge::op
