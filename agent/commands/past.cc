#include "commands/past.h"

#include <algorithm>

namespace kedge::commands {

bool IsNarrowed(const store::HistoryQuery& query) {
  return !query.job.empty() || !query.statuses.empty() || !query.verdicts.empty() || query.since ||
         query.until;
}

Result<op::JobName> ReadJobName(const Arguments& arguments, std::string_view verb) {
  const std::string& word = arguments.operands().front();
  if (auto name = op::ParseJobName(word)) return *std::move(name);
  return Unexpected{ErrorKind::kInvalid, "'" + op::SafeLine(word) +
                                             "' is no job id (1 to 64 of a-z A-Z 0-9 _ -); type: kedge " +
                                             std::string(verb) + " JOB"};
}

Result<Found> FindExecution(store::HistoryReader& history, const op::JobName& name) {
  auto executions = history.ExecutionsOf(name.job);
  if (!executions) return Unexpected(executions.error());
  const auto wanted = std::find_if(executions->begin(), executions->end(), [&name](const auto& past) {
    return !name.number || past.id.number == *name.number;
  });
  if (wanted == executions->end()) {
    return Unexpected{ErrorKind::kNotFound, "no job " + name.job.value +
                                                (name.number ? "#" + std::to_string(*name.number) : "") +
                                                " in the history; `kedge history` lists the jobs"};
  }
  Found found{*wanted, {}};
  executions->erase(wanted);
  found.others = *std::move(executions);
  return found;
}

Result<FoundWhole> FindWhole(const Device& device, const op::JobName& name) {
  const auto history = device.OpenJournal();
  if (!history) return Unexpected(history.error());
  auto found = FindExecution(**history, name);
  if (!found) return Unexpected(found.error());
  auto entries = (*history)->Entries(found->execution.id);
  if (!entries) return Unexpected(entries.error());
  return FoundWhole{*std::move(found), *std::move(entries)};
}

}  // namespace kedge::commands
