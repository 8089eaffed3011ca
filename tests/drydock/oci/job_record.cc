// A job on its way into the store and out of it.
#include "oci/job.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

json KeepTime(const std::optional<Instant>& t) { return t ? json(t->time_since_epoch().count()) : json(); }

std::optional<Instant> KeptTime(const json& kept) {
  if (kept.is_null()) return std::nullopt;
  return Instant(std::chrono::milliseconds(kept.get<int64_t>()));
}

json KeepLog(const std::vector<LogLine>& log) {
  json lines = json::array();
  for (const LogLine& line : log) {
    lines.push_back({line.number, KeepTime(line.at), ToString(line.level), line.text});
  }
  return lines;
}

}  // namespace

json Keep(const Job& job) {
  json kept = {{"stack", job.stack},
               {"compartment", job.compartment},
               {"thing", job.thing},
               {"document", job.document},
               {"operation", job.operation},
               {"operationDetails", job.operation_details},
               {"planResolution", job.plan_resolution},
               {"variables", job.variables},
               {"retryToken", job.retry_token},
               {"created", KeepTime(job.created)},
               {"displayName", job.display_name},
               {"freeformTags", job.freeform_tags},
               {"definedTags", job.defined_tags},
               {"state", ToString(job.state)},
               {"version", job.version},
               {"finished", KeepTime(job.finished)},
               {"doubts", job.doubts},
               {"log", KeepLog(job.log)},
               {"lines", job.lines},
               {"gone", job.gone},
               {"queueAt", KeepTime(job.queue_at)},
               {"cancelAt", KeepTime(job.cancel_at)},
               {"confirmBy", KeepTime(job.confirm_by)},
               {"started", job.started},
               {"unconfirmed", job.unconfirmed},
               {"details", job.details},
               {"requests", job.requests},
               {"answer", static_cast<int>(job.answer)},
               {"differences", job.differences}};
  if (job.forced) kept["forced"] = *job.forced;
  if (job.failed) kept["failed"] = {job.failed->code, job.failed->message};
  return kept;
}

Job KeptJob(const std::string& id, const json& kept) {
  Job job;
  job.id = id;
  kept.at("stack").get_to(job.stack);
  kept.at("compartment").get_to(job.compartment);
  kept.at("thing").get_to(job.thing);
  kept.at("document").get_to(job.document);
  kept.at("operation").get_to(job.operation);
  job.operation_details = kept.at("operationDetails");
  job.plan_resolution = kept.at("planResolution");
  job.variables = kept.at("variables");
  kept.at("retryToken").get_to(job.retry_token);
  job.created = KeptTime(kept.at("created")).value_or(Instant{});
  kept.at("displayName").get_to(job.display_name);
  job.freeform_tags = kept.at("freeformTags");
  job.defined_tags = kept.at("definedTags");
  job.state = JobStateFrom(kept.at("state").get<std::string>()).value_or(JobState::kFailed);
  kept.at("version").get_to(job.version);
  job.finished = KeptTime(kept.at("finished"));
  kept.at("doubts").get_to(job.doubts);
  for (const json& line : kept.at("log")) {
    job.log.push_back({line.at(0).get<int64_t>(), KeptTime(line.at(1)).value_or(Instant{}),
                       LevelFrom(line.at(2).get<std::string>()).value_or(Level::kInfo),
                       line.at(3).get<std::string>()});
  }
  kept.at("lines").get_to(job.lines);
  kept.at("gone").get_to(job.gone);
  job.queue_at = KeptTime(kept.at("queueAt"));
  job.cancel_at = KeptTime(kept.at("cancelAt"));
  job.confirm_by = KeptTime(kept.at("confirmBy"));
  kept.at("started").get_to(job.started);
  kept.at("unconfirmed").get_to(job.unconfirmed);
  kept.at("details").get_to(job.details);
  kept.at("requests").get_to(job.requests);
  job.answer = static_cast<CancelAnswer>(kept.at("answer").get<int>());
  kept.at("differences").get_to(job.differences);
  if (kept.contains("forced")) job.forced = kept["forced"].get<bool>();
  if (kept.contains("failed")) {
    job.failed = Failure{kept["failed"].at(0).get<std::string>(), kept["failed"].at(1).get<std::string>()};
  }
  return job;
}

}  // namespace kedge::drydock::oci
