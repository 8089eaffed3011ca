#include "web/state_api.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

namespace kedge::drydock {

using nlohmann::json;

namespace {

int64_t Millis(Instant t) { return t.time_since_epoch().count(); }

template <typename Value>
void AddIfThere(json& object, const char* name, const std::optional<Value>& value) {
  if (value) object[name] = Millis(*value);
}

void AddIfThere(json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

using Counts = std::map<Status, int64_t>;

json ToJson(const Counts& counts) {
  json object = json::object();
  for (const auto& [status, count] : counts) object[std::string(ToString(status))] = count;
  return object;
}

json ToJson(const Execution& execution) {
  json object = {{"thing", execution.thing},
                 {"jobId", execution.job_id},
                 {"number", execution.number},
                 {"status", ToString(execution.status)},
                 {"version", execution.version},
                 {"queuedAt", Millis(execution.queued_at)},
                 {"lastUpdatedAt", Millis(execution.last_updated_at)},
                 {"forceCanceled", execution.force_canceled},
                 {"retryAttempt", execution.retry_attempt}};
  AddIfThere(object, "startedAt", execution.started_at);
  if (execution.Open()) AddIfThere(object, "deadline", execution.Deadline());
  if (execution.details) object["statusDetails"] = *execution.details;
  return object;
}

json ToJson(const Job& job, const Counts& counts) {
  constexpr std::size_t kTargetsShown = 3;  // a job may have a thousand
  const auto shown = static_cast<std::ptrdiff_t>(std::min(job.targets.size(), kTargetsShown));
  json object = {{"jobId", job.id},
                 {"status", ToString(job.status)},
                 {"targetSelection", job.continuous ? "CONTINUOUS" : "SNAPSHOT"},
                 {"targets", std::vector<std::string>(job.targets.begin(), job.targets.begin() + shown)},
                 {"targetCount", job.targets.size()},
                 {"createdAt", Millis(job.created_at)},
                 {"lastUpdatedAt", Millis(job.last_updated_at)},
                 {"forceCanceled", job.force_canceled},
                 {"counts", ToJson(counts)}};
  AddIfThere(object, "completedAt", job.completed_at);
  AddIfThere(object, "startsAt", job.schedule.start);
  AddIfThere(object, "endsAt", job.schedule.end);
  AddIfThere(object, "comment", job.comment);
  AddIfThere(object, "reasonCode", job.reason_code);
  if (job.timeout) object["timeoutInMinutes"] = job.timeout->count();
  return object;
}

bool ComesBefore(const Execution* a, const Execution* b) {
  if (a->Open() != b->Open()) return a->Open();
  if (!a->Open() && a->last_updated_at != b->last_updated_at) return a->last_updated_at > b->last_updated_at;
  return a->sequence > b->sequence;
}

// Only the first `limit` of what is there come in order: there may be ten thousand, twice a second.
json Listed(std::vector<const Execution*> executions, std::size_t limit) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, executions.size()));
  std::partial_sort(executions.begin(), executions.begin() + count, executions.end(), ComesBefore);
  json list = json::array();
  for (auto e = executions.begin(); e != executions.begin() + count; ++e) list.push_back(ToJson(**e));
  return list;
}

}  // namespace

Outcome<StateQuestion> ReadStateQuestion(const Target& target) {
  StateQuestion question;
  const auto read_limit = [&](const std::string& text) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, question.limit);
    return error == std::errc() && stop == end && question.limit >= 1 &&
           question.limit <= StateQuestion::kMostListed;
  };
  for (const auto& [name, value] : target.query) {
    if (name == "thing") {
      question.thing = value;
    } else if (name != "limit" || !read_limit(value)) {
      return InvalidRequest("the query may have limit=N, from 1 to " +
                            std::to_string(StateQuestion::kMostListed) + ", and thing=TEXT");
    }
  }
  return question;
}

json StateOf(Service& service, const StateQuestion& question, Instant now) {
  ControlPlane& control = service.control();
  std::map<std::string, Counts> counts_of_things;
  std::vector<const Execution*> executions;
  json jobs = json::array();
  const auto all_jobs = control.ListJobs();
  for (const Job* job : all_jobs) {
    Counts counts;
    for (const auto& [key, execution] : job->executions) {
      ++counts[execution.status];
      ++counts_of_things[execution.thing][execution.status];
      if (execution.thing.find(question.thing) != std::string::npos) executions.push_back(&execution);
    }
    if (jobs.size() < question.limit) jobs.push_back(ToJson(*job, counts));
  }

  json things = json::array();
  for (const Thing* thing : control.Things()) {
    things.push_back({{"name", thing->name}, {"counts", ToJson(counts_of_things[thing->name])}});
  }
  json groups = json::array();
  for (const Group* group : control.Groups()) {
    groups.push_back({{"name", group->name}, {"things", group->things.size()}});
  }
  json listed = Listed(executions, question.limit);
  return {{"now", Millis(now)},
          {"thingArnPrefix", control.account().Arn("thing", "")},
          {"groupArnPrefix", control.account().Arn("thinggroup", "")},
          {"things", std::move(things)},
          {"groups", std::move(groups)},
          {"jobsLeftOut", all_jobs.size() - jobs.size()},
          {"jobs", std::move(jobs)},
          {"executionsLeftOut", executions.size() - listed.size()},
          {"executions", std::move(listed)}};
}

}  // namespace kedge::drydock
