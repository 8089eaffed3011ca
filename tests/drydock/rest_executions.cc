// Executions as the operator sees them: `aws iot describe-job-execution` and its like.

#include <algorithm>
#include <array>
#include <cstdio>

#include "rest_control.h"
#include "rest_objects.h"
#include "rules.h"

namespace kedge::drydock::rest {

using nlohmann::json;

namespace {

std::optional<std::string> StatusAsked(const Control& control) {
  return control.query.OneOf("status", {"QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT",
                                        "REJECTED", "REMOVED", "CANCELED"});
}

// The number in the path: all digits.
Outcome<int64_t> NumberIn(const std::string& segment) {
  const json text = {{"executionNumber", segment}};
  Members path(text, Spelling::kQuery);
  const auto number = path.Integer("executionNumber", 0, Members::kMost);
  if (path.problem()) return *path.problem();
  return *number;
}

}  // namespace

RestAnswer DescribeExecution(const Control& control) {
  const auto number = control.query.Integer("executionNumber", 0, Members::kMost);
  if (const auto problem = control.Problem()) return *problem;
  const auto execution = control.plane.DescribeExecution(control.Segment(1), control.Segment(3), number);
  if (!execution) return execution.refusal();
  return json{{"execution", ControlExecution(**execution, control.account(), control.call.now)}};
}

RestAnswer ListExecutionsOfJob(const Control& control) {
  const auto status = StatusAsked(control);
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  const auto executions = control.plane.ExecutionsOfJob(control.Segment(1));
  if (!executions) return executions.refusal();
  std::vector<Entry> entries;
  for (const Execution* e : *executions) {
    if (status && ToString(e->status) != *status) continue;
    entries.push_back({Descending(e->sequence),
                       {{"thingArn", control.account().Arn("thing", e->thing)},
                        {"jobExecutionSummary", ExecutionSummary(*e)}}});
  }
  return Page(*page, "executionSummaries", std::move(entries));
}

RestAnswer ListExecutionsOfThing(const Control& control) {
  control.CheckNamespace();
  const auto status = StatusAsked(control);
  const auto job_id = control.query.Word("jobId", IsJobId, kJobIdRule);
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  const auto executions = control.plane.ExecutionsOfThing(control.Segment(1));
  if (!executions) return executions.refusal();
  std::vector<Entry> entries;
  for (const Execution* e : *executions) {
    if ((status && ToString(e->status) != *status) || (job_id && e->job_id != *job_id)) continue;
    entries.push_back(
        {Descending(e->sequence), {{"jobId", e->job_id}, {"jobExecutionSummary", ExecutionSummary(*e)}}});
  }
  return Page(*page, "executionSummaries", std::move(entries));
}

RestAnswer CancelExecution(const Control& control) {
  auto read = ReadCancelExecution(control.call.body, control.readings);
  if (!read) return read.refusal();
  CancelExecutionRequest request = *read;
  request.force = control.Force();
  if (const auto problem = control.Problem()) return *problem;
  return Nothing(
      control.plane.CancelExecution(control.Segment(1), control.Segment(3), request, control.call.now));
}

RestAnswer DeleteExecution(const Control& control) {
  control.CheckNamespace();
  const bool force = control.Force();
  if (const auto problem = control.Problem()) return *problem;
  const auto number = NumberIn(control.Segment(5));
  if (!number) return number.refusal();
  return Nothing(control.plane.DeleteExecution(control.Segment(1), control.Segment(3), *number, force,
                                               control.call.now));
}

}  // namespace kedge::drydock::rest
