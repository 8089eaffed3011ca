// Executions of the history, for the verbs that show them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/device.h"
#include "operator/history_report.h"
#include "operator/job_name.h"
#include "store/journal.h"

namespace kedge::commands {

// Whether it leaves anything out, for want of a place in the list apart.
bool IsNarrowed(const store::HistoryQuery& query);

// The one operand as the name of an execution. kInvalid: wrong use of `verb`.
Result<op::JobName> ReadJobName(const Arguments& arguments, std::string_view verb);

// An execution, and what there is beside it.
struct Found {
  PastExecution execution;
  std::vector<PastExecution> others;  // of the same job, newest first
};
// kNotFound: the history has none of that name; the message says what to type.
Result<Found> FindExecution(store::HistoryReader& history, const op::JobName& name);

// With all that happened, in order, from the device's journal.
struct FoundWhole : Found {
  std::vector<HistoryEntry> entries;
};
Result<FoundWhole> FindWhole(const Device& device, const op::JobName& name);

}  // namespace kedge::commands
