#include "payloads.h"

#include <algorithm>

namespace kedge::drydock {

using nlohmann::json;

ObjectText& ObjectText::Add(std::string_view key, const json& value) { return AddVerbatim(key, Dump(value)); }

ObjectText& ObjectText::AddVerbatim(std::string_view key, std::string_view text) {
  if (!members_.empty()) members_ += ',';
  members_.append(1, '"').append(key).append("\":").append(text);
  return *this;
}

std::string Dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json Summary(const Execution& execution) {
  json summary = {{"jobId", execution.job_id},
                  {"queuedAt", WholeSeconds(execution.queued_at)},
                  {"lastUpdatedAt", WholeSeconds(execution.last_updated_at)},
                  {"executionNumber", execution.number},
                  {"versionNumber", execution.version}};
  if (execution.started_at) summary["startedAt"] = WholeSeconds(*execution.started_at);
  return summary;
}

json StateObject(const ExecutionState& state) {
  json object = {{"status", ToString(state.status)}, {"versionNumber", state.version}};
  if (state.details) object["statusDetails"] = *state.details;
  return object;
}

json ExecutionObject(const Execution& execution, Instant now) {
  json object = Summary(execution);
  object["status"] = ToString(execution.status);
  if (execution.details) object["statusDetails"] = *execution.details;
  if (const auto deadline = execution.Deadline()) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(*deadline - now).count();
    object["approximateSecondsBeforeTimedOut"] = std::max<int64_t>(left, 0);
  }
  return object;
}

std::string ExecutionText(const Execution& execution, const std::string* document, Instant now) {
  ObjectText text;
  const json object = ExecutionObject(execution, now);
  for (const auto& [key, value] : object.items()) text.Add(key, value);
  if (document != nullptr) text.AddVerbatim("jobDocument", *document);
  return text.Text();
}

std::string NotifyPayload(const std::vector<Execution*>& pending, Instant now) {
  json jobs = json::object();
  for (std::size_t i = 0; i < std::min(pending.size(), kMaxListed); ++i) {
    jobs[std::string(ToString(pending[i]->status))].push_back(Summary(*pending[i]));
  }
  return ObjectText().Add("timestamp", WholeSeconds(now)).Add("jobs", jobs).Text();
}

std::string NotifyNextPayload(const Execution* next, const std::string* document, Instant now) {
  ObjectText text;
  text.Add("timestamp", WholeSeconds(now));
  if (next != nullptr) text.AddVerbatim("execution", ExecutionText(*next, document, now));
  return text.Text();
}

}  // namespace kedge::drydock
