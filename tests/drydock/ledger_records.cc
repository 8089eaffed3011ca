// The ledger as records, for the store: one for each thing, group, job, job document and execution.

#include <algorithm>

#include "ledger.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

json ToJson(Instant t) { return t.time_since_epoch().count(); }
Instant InstantFrom(const json& milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds.get<int64_t>()));
}

template <typename T>
void Put(json& object, const char* name, const std::optional<T>& value) {
  if constexpr (std::is_same_v<T, Instant>) {
    if (value) object[name] = ToJson(*value);
  } else if constexpr (std::is_same_v<T, std::chrono::seconds> || std::is_same_v<T, std::chrono::minutes>) {
    if (value) object[name] = value->count();
  } else {
    if (value) object[name] = *value;
  }
}

template <typename T>
void Get(const json& object, const char* name, std::optional<T>& value) {
  const auto found = object.find(name);
  if (found == object.end()) return;
  if constexpr (std::is_same_v<T, Instant>) {
    value = InstantFrom(*found);
  } else if constexpr (std::is_same_v<T, std::chrono::seconds> || std::is_same_v<T, std::chrono::minutes>) {
    value = T(found->get<int64_t>());
  } else {
    value = found->get<T>();
  }
}

std::string IdOf(const std::string& job, const std::string& thing, int64_t number) {
  return job + "/" + thing + "/" + std::to_string(number);  // none of the names can hold a slash
}

json ToJson(const Execution& e) {
  json body = {{"job", e.job_id},
               {"thing", e.thing},
               {"number", e.number},
               {"sequence", e.sequence},
               {"status", ToString(e.status)},
               {"version", e.version},
               {"queuedAt", ToJson(e.queued_at)},
               {"lastUpdatedAt", ToJson(e.last_updated_at)},
               {"forceCanceled", e.force_canceled},
               {"retryAttempt", e.retry_attempt},
               {"timesFailed", e.times_failed},
               {"timesTimedOut", e.times_timed_out}};
  Put(body, "startedAt", e.started_at);
  Put(body, "details", e.details);
  Put(body, "jobDeadline", e.job_deadline);
  Put(body, "stepDeadline", e.step_deadline);
  if (e.last_end) body["lastEnd"] = ToString(*e.last_end);
  return body;
}

Execution ExecutionFrom(const json& body) {
  Execution e;
  e.job_id = body.at("job");
  e.thing = body.at("thing");
  e.number = body.at("number");
  e.sequence = body.at("sequence");
  e.status = StatusFrom(body.at("status").get<std::string>()).value();
  e.version = body.at("version");
  e.queued_at = InstantFrom(body.at("queuedAt"));
  e.last_updated_at = InstantFrom(body.at("lastUpdatedAt"));
  e.force_canceled = body.at("forceCanceled");
  e.retry_attempt = body.at("retryAttempt");
  e.times_failed = body.at("timesFailed");
  e.times_timed_out = body.at("timesTimedOut");
  Get(body, "startedAt", e.started_at);
  Get(body, "details", e.details);
  Get(body, "jobDeadline", e.job_deadline);
  Get(body, "stepDeadline", e.step_deadline);
  // Absent in older stores: then the status tells, of all but one that is queued again.
  e.last_end = StatusFrom(body.value("lastEnd", ""));
  if (!e.last_end && !e.Open()) e.last_end = e.status;
  e.changed = false;
  e.told = e.status;
  return e;
}

json ToJson(const RetryRule& rule) {
  return {{"failed", rule.on_failed}, {"timedOut", rule.on_timed_out}, {"retries", rule.retries}};
}

json ToJson(const AbortRule& rule) {
  return {{"failed", rule.on_failed},
          {"timedOut", rule.on_timed_out},
          {"rejected", rule.on_rejected},
          {"threshold", rule.threshold_percent},
          {"least", rule.least_executed}};
}

json ToJson(const Job& job) {
  json body = {{"targets", job.targets},
               {"sourceDocument", job.source_document},
               {"continuous", job.continuous},
               {"scheduleEnd", static_cast<int>(job.schedule.at_end)},
               {"settings", job.settings},
               {"status", static_cast<int>(job.status)},
               {"forceCanceled", job.force_canceled},
               {"comment", job.comment},
               {"reasonCode", job.reason_code},
               {"createdAt", ToJson(job.created_at)},
               {"lastUpdatedAt", ToJson(job.last_updated_at)},
               {"rolloutStopped", job.rollout_stopped},
               {"retries", json::array()},
               {"aborts", json::array()}};
  for (const RetryRule& rule : job.retries) body["retries"].push_back(ToJson(rule));
  for (const AbortRule& rule : job.aborts) body["aborts"].push_back(ToJson(rule));
  Put(body, "timeout", job.timeout);
  Put(body, "startAt", job.schedule.start);
  Put(body, "endAt", job.schedule.end);
  Put(body, "urlLifetime", job.url_lifetime);
  Put(body, "completedAt", job.completed_at);
  return body;
}

Job JobFrom(const std::string& id, const json& body) {
  Job job;
  job.id = id;
  job.targets = body.at("targets").get<std::vector<std::string>>();
  job.source_document = body.at("sourceDocument");
  job.continuous = body.at("continuous");
  job.schedule.at_end = static_cast<Schedule::End>(body.at("scheduleEnd").get<int>());
  job.settings = body.at("settings");
  job.status = static_cast<JobStatus>(body.at("status").get<int>());
  job.force_canceled = body.at("forceCanceled");
  job.comment = body.at("comment");
  job.reason_code = body.at("reasonCode");
  job.created_at = InstantFrom(body.at("createdAt"));
  job.last_updated_at = InstantFrom(body.at("lastUpdatedAt"));
  job.rollout_stopped = body.at("rolloutStopped");
  for (const json& rule : body.at("retries")) {
    job.retries.push_back({rule.at("failed"), rule.at("timedOut"), rule.at("retries")});
  }
  for (const json& rule : body.at("aborts")) {
    job.aborts.push_back({rule.at("failed"), rule.at("timedOut"), rule.at("rejected"), rule.at("threshold"),
                          rule.at("least")});
  }
  Get(body, "timeout", job.timeout);
  Get(body, "startAt", job.schedule.start);
  Get(body, "endAt", job.schedule.end);
  Get(body, "urlLifetime", job.url_lifetime);
  Get(body, "completedAt", job.completed_at);
  return job;
}

Record Gone(const char* kind, const std::string& id) { return {kind, id, std::nullopt}; }

Record RecordOf(const Thing& thing) { return {"thing", thing.name, thing.settings}; }
Record RecordOf(const Group& group) {
  return {"group", group.name, json{{"settings", group.settings}, {"things", group.things}}};
}
Record RecordOf(const Job& job) { return {"job", job.id, ToJson(job)}; }
// Apart from the job, which changes often: a document never does.
Record DocumentOf(const Job& job) { return {"document", job.id, json(), job.document}; }
Record RecordOf(const Execution& e) { return {"execution", IdOf(e.job_id, e.thing, e.number), ToJson(e)}; }

}  // namespace

Records Ledger::TakeChanges() {
  Records records;
  for (const std::string& name : std::exchange(changed_things_, {})) {
    const Thing* thing = FindThing(name);
    records.push_back(thing == nullptr ? Gone("thing", name) : RecordOf(*thing));
  }
  for (const std::string& name : std::exchange(changed_groups_, {})) {
    const Group* group = FindGroup(name);
    records.push_back(group == nullptr ? Gone("group", name) : RecordOf(*group));
  }
  for (const std::string& id : std::exchange(changed_jobs_, {})) {
    const Job* job = FindJob(id);
    records.push_back(job == nullptr ? Gone("job", id) : RecordOf(*job));
    if (job == nullptr) records.push_back(Gone("document", id));
  }
  for (const std::string& id : std::exchange(new_documents_, {})) {
    if (const Job* job = FindJob(id)) records.push_back(DocumentOf(*job));
  }
  for (const auto& [job, thing, number] : std::exchange(changed_executions_, {})) {
    const Execution* execution = FindExecution(thing, job, number);
    records.push_back(execution == nullptr ? Gone("execution", IdOf(job, thing, number))
                                           : RecordOf(*execution));
  }
  return records;
}

Records Ledger::Snapshot() const {
  Records records;
  for (const auto& [name, thing] : things_) records.push_back(RecordOf(thing));
  for (const auto& [name, group] : groups_) records.push_back(RecordOf(group));
  for (const auto& [id, job] : jobs_) {
    records.push_back(RecordOf(job));
    records.push_back(DocumentOf(job));
    for (const auto& [key, execution] : job.executions) records.push_back(RecordOf(execution));
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return std::tie(a.kind, a.id) < std::tie(b.kind, b.id); });
  return records;
}

void Ledger::Load(const Records& records) {
  const auto each = [&](const char* kind, const auto& take) {
    for (const Record& record : records) {
      if (record.kind == kind && record.body) take(record);
    }
  };
  each("thing", [&](const Record& r) { AddThing(r.id, *r.body); });
  each("group", [&](const Record& r) {
    AddGroup(r.id, r.body->at("settings")).things = r.body->at("things").get<std::set<std::string>>();
  });
  each("job", [&](const Record& r) { Touch(jobs_[r.id] = JobFrom(r.id, *r.body)); });
  each("document", [&](const Record& r) {
    if (Job* job = FindJob(r.id)) job->document = r.bytes;
  });
  each("execution", [&](const Record& r) {
    Execution e = ExecutionFrom(*r.body);
    sequence_ = std::max(sequence_, e.sequence);
    Thing& thing = things_.at(e.thing);
    thing.jobs.insert(e.job_id);
    auto& executions = jobs_.at(e.job_id).executions;
    Execution& kept = executions[{e.thing, e.number}] = std::move(e);
    if (kept.Open()) thing.open.push_back(&kept);
  });
  for (auto& [name, thing] : things_) {
    std::sort(thing.open.begin(), thing.open.end(),
              [](const Execution* a, const Execution* b) { return a->sequence < b->sequence; });
    Refresh(thing);
  }
  TakeChanges();  // nothing of this is news
}

}  // namespace kedge::drydock
