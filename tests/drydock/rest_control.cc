// The control plane (`aws iot …`): its routes, and its objects as JSON (reference aws-iot-jobs.md, 6.1
// and 6.2).

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "read_job.h"
#include "requests.h"
#include "rest_api.h"
#include "rest_objects.h"
#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// The part of a list that maxResults and nextToken ask for; the token is the place to go on at.
RestAnswer Page(const char* name, const std::vector<json>& items, const json& asked) {
  Members members(asked);
  const auto size = members.Integer("maxResults", 1, 250).value_or(250);
  const auto start = members.Integer("nextToken", 0, kMost).value_or(0);
  if (members.problem()) return *members.problem();
  const auto begin = std::min<std::size_t>(static_cast<std::size_t>(start), items.size());
  const auto end = std::min(items.size(), begin + static_cast<std::size_t>(size));
  json page = {{name, json::array()}};
  for (auto i = begin; i < end; ++i) page[name].push_back(items[i]);
  if (end < items.size()) page["nextToken"] = std::to_string(end);
  return page;
}

class Control {
 public:
  Control(Service& service, const Endpoints& endpoints, const RestCall& call)
      : control_(service.control()), endpoints_(endpoints), call_(call), members_(call.members) {}

  RestAnswer CreateThing() {
    const auto thing = control_.CreateThing(call_.Segment(1), call_.members);
    if (!thing) return thing.refusal();
    return ThingObject(**thing, control_.account());
  }

  RestAnswer CreateJob() {
    auto job = ReadJob(call_.Segment(1), call_.members);
    if (!job) return job.refusal();
    return Named(control_.CreateJob(*job, call_.now));
  }

  RestAnswer DescribeJob() {
    const auto job = control_.DescribeJob(call_.Segment(1));
    if (!job) return job.refusal();
    return json{{"job", JobObject(**job, control_.account())}};
  }

  RestAnswer GetJobDocument() {
    const auto job = control_.DescribeJob(call_.Segment(1));
    if (!job) return job.refusal();
    return json{{"document", (*job)->document}};
  }

  RestAnswer ListJobs() {
    const auto status = members_.Text("status");
    const auto selection = members_.Text("targetSelection");
    if (members_.problem()) return *members_.problem();
    std::vector<json> items;
    for (const Job* job : control_.ListJobs()) {
      json summary = JobSummary(*job, control_.account());
      if (status && summary["status"] != *status) continue;
      if (selection && summary["targetSelection"] != *selection) continue;
      items.push_back(std::move(summary));
    }
    return Page("jobs", items, call_.members);
  }

  RestAnswer CancelJob() {
    CancelJobRequest request;
    request.force = members_.Flag("force", false);
    request.comment = members_.Text("comment").value_or("");
    request.reason_code = members_.Text("reasonCode").value_or("");
    if (members_.problem()) return *members_.problem();
    if (!request.comment.empty() && !IsPlainText(request.comment, kMaxText)) {
      return InvalidRequest("comment must have 1 to 2028 characters, no control characters");
    }
    if (!request.reason_code.empty() && !IsReasonCode(request.reason_code)) {
      return InvalidRequest("reasonCode must match [A-Z0-9_]{1,128}");
    }
    return Named(control_.CancelJob(call_.Segment(1), request, call_.now));
  }

  RestAnswer DeleteJob() {
    const bool force = members_.Flag("force", false);
    if (members_.problem()) return *members_.problem();
    return Nothing(control_.DeleteJob(call_.Segment(1), force, call_.now));
  }

  RestAnswer ListExecutionsForJob() {
    const auto executions = control_.ExecutionsOfJob(call_.Segment(1));
    if (!executions) return executions.refusal();
    return List(*executions, [&](const Execution& e) {
      return json{{"thingArn", control_.account().Arn("thing", e.thing)},
                  {"jobExecutionSummary", ExecutionSummary(e)}};
    });
  }

  RestAnswer ListExecutionsForThing() {
    const auto executions = control_.ExecutionsOfThing(call_.Segment(1));
    if (!executions) return executions.refusal();
    return List(*executions, [&](const Execution& e) {
      return json{{"jobId", e.job_id}, {"jobExecutionSummary", ExecutionSummary(e)}};
    });
  }

  RestAnswer DescribeExecution() {
    const auto number = members_.Integer("executionNumber", 0, kMost);
    if (members_.problem()) return *members_.problem();
    const auto execution = control_.DescribeExecution(call_.Segment(1), call_.Segment(3), number);
    if (!execution) return execution.refusal();
    return json{{"execution", ControlExecution(**execution, control_.account(), call_.now)}};
  }

  RestAnswer CancelExecution() {
    const auto request = ReadCancelExecution(call_.members);
    if (!request) return request.refusal();
    return Nothing(control_.CancelExecution(call_.Segment(1), call_.Segment(3), *request, call_.now));
  }

  RestAnswer DeleteExecution() {
    const std::string& text = call_.Segment(5);
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return InvalidRequest("executionNumber must be a whole number");
    }
    const bool force = members_.Flag("force", false);
    if (members_.problem()) return *members_.problem();
    return Nothing(control_.DeleteExecution(call_.Segment(1), call_.Segment(3), number, force, call_.now));
  }

  RestAnswer DescribeEndpoint() {
    const auto type = members_.Text("endpointType").value_or("iot:Data");
    if (type == "iot:Data" || type == "iot:Data-ATS") return json{{"endpointAddress", endpoints_.data}};
    if (type == "iot:Jobs") return json{{"endpointAddress", endpoints_.jobs}};
    return InvalidRequest("endpointType must be iot:Data-ATS, iot:Data or iot:Jobs; drydock has no other");
  }

 private:
  RestAnswer Named(const Outcome<const Job*>& job) const {
    if (!job) return job.refusal();
    json named = {{"jobArn", control_.account().Arn("job", (*job)->id)}, {"jobId", (*job)->id}};
    if ((*job)->settings.contains("description")) named["description"] = (*job)->settings["description"];
    return named;
  }

  static RestAnswer Nothing(const Outcome<Done>& done) {
    if (!done) return done.refusal();
    return json();
  }

  template <typename Write>
  RestAnswer List(const std::vector<const Execution*>& executions, Write write) {
    const auto word = members_.Text("status");
    const auto job_id = members_.Text("jobId");
    if (members_.problem()) return *members_.problem();
    const auto status = word ? StatusFrom(*word) : std::nullopt;
    if (word && !status) return InvalidRequest("status '" + *word + "' is not one of an execution");
    std::vector<json> items;
    for (const Execution* e : executions) {
      if ((!status || e->status == *status) && (!job_id || e->job_id == *job_id)) items.push_back(write(*e));
    }
    return Page("executionSummaries", items, call_.members);
  }

  ControlPlane& control_;
  const Endpoints& endpoints_;
  const RestCall& call_;
  Members members_;
};

struct Route {
  const char* method;
  const char* pattern;
  RestAnswer (Control::*answer)();
};

constexpr std::array<Route, 13> kRoutes = {{
    {"POST", "things/*", &Control::CreateThing},
    {"GET", "endpoint", &Control::DescribeEndpoint},
    {"PUT", "jobs/*", &Control::CreateJob},
    {"GET", "jobs/*", &Control::DescribeJob},
    {"DELETE", "jobs/*", &Control::DeleteJob},
    {"GET", "jobs", &Control::ListJobs},
    {"GET", "jobs/*/job-document", &Control::GetJobDocument},
    {"PUT", "jobs/*/cancel", &Control::CancelJob},
    {"GET", "jobs/*/things", &Control::ListExecutionsForJob},
    {"GET", "things/*/jobs", &Control::ListExecutionsForThing},
    {"GET", "things/*/jobs/*", &Control::DescribeExecution},
    {"PUT", "things/*/jobs/*/cancel", &Control::CancelExecution},
    {"DELETE", "things/*/jobs/*/executionNumber/*", &Control::DeleteExecution},
}};

}  // namespace

RestAnswer AnswerControl(Service& service, const Endpoints& endpoints, const RestCall& call) {
  Control control(service, endpoints, call);
  const auto route = std::find_if(kRoutes.begin(), kRoutes.end(),
                                  [&](const Route& r) { return call.Is(r.method, r.pattern); });
  return route == kRoutes.end() ? UnknownOperation(call) : (control.*route->answer)();
}

}  // namespace kedge::drydock
