#include "oci/listing.h"
#include "oci/new_job.h"
#include "oci/objects.h"
#include "oci/operations.h"
#include "oci/words.h"
#include "payloads.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

Good Shown(const Desk& desk, const Job& job) {
  return {.body = Dump(JobObject(desk.catalog, job)), .etag = job.Etag()};
}

Reply CreateJob(const Desk& desk, const Call& call) {
  if (const Job* made = desk.catalog.ByToken(call.retry_token, call.now)) {
    if (made->gone) return InvalidatedRetryToken("the job that this retry token made is gone");
    return Shown(desk, *made);
  }
  Body body(call.body);
  const std::string stack_id = body.Needed("stackId");
  if (body.problem()) return *body.problem();
  const Stack* stack = desk.catalog.FindStack(stack_id);
  if (stack == nullptr || stack->deleted) return NotFound("stack " + stack_id);
  auto made = NewJob(desk.catalog.FreshId(call.now), *stack, body, call.now);
  if (auto* problem = std::get_if<Problem>(&made)) return *problem;
  if (const Job* active = desk.catalog.ActiveJobOf(stack->id)) {
    return IncorrectState("the stack has a job that is not over: " + desk.catalog.Ocid("ormjob", active->id) +
                          " is " + std::string(ToString(active->state)));
  }
  Job& job = std::get<Job>(made);
  if (!desk.follower.Knows(job.thing)) {
    return NotFound("thing '" + job.thing +
                    "', which the stack names; create it with 'aws iot create-thing'");
  }
  job.retry_token = call.retry_token;
  job.queue_at = call.now + desk.settings.accept_delay;
  job.Say(call.now, Level::kInfo, "the job is ACCEPTED: " + job.operation + " on " + job.thing);
  Job& added = desk.catalog.Add(std::move(job));
  desk.follower.Follow(added, call.now);
  desk.catalog.Changed(added);
  return Shown(desk, added);
}

Reply ListJobs(const Desk& desk, const Call& call) {
  Query query(call);
  const Order order = ReadOrder(query);
  const Paging paging = query.Pages();
  const std::string state = query.Choice(
      "lifecycleState", {"ACCEPTED", "IN_PROGRESS", "FAILED", "SUCCEEDED", "CANCELING", "CANCELED"}, "");
  if (query.problem()) return *query.problem();
  const auto same = [&](const char* name, const std::string& value) {
    return query.Text(name).value_or(value) == value;
  };
  const auto wanted = [&](const Job& job) {
    return same("compartmentId", job.compartment) && same("displayName", job.display_name) &&
           same("stackId", desk.catalog.Ocid("ormstack", job.stack)) &&
           same("id", desk.catalog.Ocid("ormjob", job.id)) && (state.empty() || state == ToString(job.state));
  };
  auto jobs = desk.catalog.Jobs();
  order.Sort(jobs);
  const auto page = PageOf(jobs, paging, wanted, [](const Job& job) { return job.id; });
  if (!page) return NoSuchPage(paging.page);
  json list = json::array();
  for (const Job* job : page->items) list.push_back(JobSummary(desk.catalog, *job));
  return Good{.body = Dump(list), .next_page = page->next};
}

Reply UpdateJob(const Desk& desk, const Call& call, Job& job) {
  if (auto problem = CheckMatch(call, job.Etag())) return *problem;
  Body body(call.body);
  const auto name = body.Text("displayName");
  const json freeform = body.Texts("freeformTags", kMaxTags, kMaxTagBytes);
  const json defined = body.DefinedTags();
  if (body.problem()) return *body.problem();
  if (name) job.display_name = *name;
  if (body.Has("freeformTags")) job.freeform_tags = freeform;
  if (body.Has("definedTags")) job.defined_tags = defined;
  ++job.version;
  desk.catalog.Changed(job);
  return Shown(desk, job);
}

Reply CancelJob(const Desk& desk, const Call& call, Job& job) {
  Query query(call);
  const bool forced = query.Flag("isForced");
  if (query.problem()) return *query.problem();
  if (auto problem = CheckMatch(call, job.Etag())) return *problem;
  if (IsTerminal(job.state)) {
    const std::string why = "the job is over: it is " + std::string(ToString(job.state));
    if (desk.settings.terminal_cancel == TerminalCancel::kConflict) return Conflict(why);
    if (desk.settings.terminal_cancel == TerminalCancel::kIncorrectState) return IncorrectState(why);
    return Good{.status = 204};
  }
  desk.follower.Cancel(job, forced, call.now);
  desk.catalog.Changed(job);
  return Good{.status = 204};
}

Reply GetJobLogs(const Call& call, const Job& job) {
  Query query(call);
  const Paging paging = query.Pages();
  const bool descending = query.Choice("sortOrder", {"ASC", "DESC"}, "ASC") == "DESC";
  const std::string least = query.Choice("levelGreaterThanOrEqualTo",
                                         {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}, "TRACE");
  const auto from = query.Time("timestampGreaterThanOrEqualTo");
  const auto until = query.Time("timestampLessThanOrEqualTo");
  for (const std::string& type : query.Texts("type")) {
    if (!SameWord(type, kLogType)) query.Refuse(InvalidParameter(std::string("type must be ") + kLogType));
  }
  if (query.problem()) return *query.problem();
  const auto wanted = [&](const LogLine& line) {
    return line.level >= *LevelFrom(least) && (!from || line.at >= *from) && (!until || line.at <= *until);
  };
  std::vector<const LogLine*> lines;
  for (const LogLine& line : job.log) lines.push_back(&line);
  if (descending) std::reverse(lines.begin(), lines.end());
  const auto page =
      PageOf(lines, paging, wanted, [](const LogLine& line) { return std::to_string(line.number); });
  if (!page) return NoSuchPage(paging.page);
  json list = json::array();
  for (const LogLine* line : page->items) list.push_back(LogObject(*line));
  return Good{.body = Dump(list), .next_page = page->next};
}

}  // namespace

Reply AnswerJobs(const Desk& desk, const Call& call) {
  const auto& path = call.path;
  if (path.size() == 1) {
    if (call.method == "POST") return CreateJob(desk, call);
    if (call.method == "GET") return ListJobs(desk, call);
    return MethodNotAllowed(call);
  }
  const bool logs = path.size() == 3 && path[2] == "logs";
  const bool text = (path.size() == 4 && path[2] == "logs" && path[3] == "content") ||
                    (path.size() == 3 && path[2] == "detailedLogContent");
  if (path.size() > 2 && !logs && !text) return NoSuchPath(call);
  Job* job = desk.catalog.FindJob(path[1]);
  if (job == nullptr) return NotFound("job " + path[1]);
  if (call.method == "GET") {
    if (logs) return GetJobLogs(call, *job);
    if (text) return Good{.body = LogText(job->log), .content_type = "text/plain; charset=utf-8"};
    return Shown(desk, *job);
  }
  if (path.size() == 2 && call.method == "PUT") return UpdateJob(desk, call, *job);
  if (path.size() == 2 && call.method == "DELETE") return CancelJob(desk, call, *job);
  return MethodNotAllowed(call);
}

}  // namespace kedge::drydock::oci
