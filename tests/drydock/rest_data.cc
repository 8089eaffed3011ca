// The data plane over HTTP (`aws iot-jobs-data …`): what a device asks over MQTT, with the document as a
// string, and without timestamp and clientToken.

#include <algorithm>
#include <array>

#include "payloads.h"
#include "requests.h"
#include "rest_api.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

json Summaries(const std::vector<const Execution*>& executions) {
  json list = json::array();
  for (const Execution* e : executions) list.push_back(Summary(*e));
  return list;
}

RestAnswer Tell(Service& service, const Outcome<const Execution*>& execution, bool with_document,
                Instant now) {
  if (!execution) return execution.refusal();
  if (*execution == nullptr) return json::object();
  json object = ExecutionObject(**execution, now);
  object["thingName"] = (*execution)->thing;
  if (with_document) object["jobDocument"] = service.device().Document(**execution, now);
  return json{{"execution", object}};
}

RestAnswer GetPending(Service& service, const RestCall& call) {
  const auto lists = service.device().GetPending(call.Segment(1));
  if (!lists) return lists.refusal();
  return json{{"inProgressJobs", Summaries(lists->in_progress)}, {"queuedJobs", Summaries(lists->queued)}};
}

RestAnswer StartNext(Service& service, const RestCall& call) {
  const auto asked = ReadStartNext(call.body, Spelling::kJson, service.readings());
  if (!asked) return asked.refusal();
  return Tell(service, service.device().StartNext(call.Segment(1), *asked, call.now), true, call.now);
}

RestAnswer Describe(Service& service, const RestCall& call) {
  const auto asked = ReadDescribe(call.query, Spelling::kQuery);
  if (!asked) return asked.refusal();
  return Tell(service, service.device().Describe(call.Segment(1), call.Segment(3), *asked),
              asked->include_document, call.now);
}

RestAnswer Update(Service& service, const RestCall& call) {
  const auto asked = ReadUpdate(call.body, Spelling::kJson, service.readings());
  if (!asked) return asked.refusal();
  const auto updated = service.device().Update(call.Segment(1), call.Segment(3), *asked, call.now);
  if (!updated) return updated.refusal();
  json answer = json::object();
  if (asked->include_state) answer["executionState"] = StateObject(updated->state);
  if (asked->include_document)
    answer["jobDocument"] = service.device().Document(*updated->execution, call.now);
  return answer;
}

struct Route {
  RestOperation operation;
  RestAnswer (*answer)(Service&, const RestCall&);
};

constexpr std::array kRoutes = {
    Route{{"GetPendingJobExecutions", "GET", "things/*/jobs"}, GetPending},
    Route{{"StartNextPendingJobExecution", "PUT", "things/*/jobs/$next"}, StartNext},
    Route{{"DescribeJobExecution", "GET", "things/*/jobs/*"}, Describe},
    Route{{"UpdateJobExecution", "POST", "things/*/jobs/*"}, Update},
};

}  // namespace

std::vector<RestOperation> DataOperations() {
  std::vector<RestOperation> operations;
  for (const Route& route : kRoutes) operations.push_back(route.operation);
  return operations;
}

RestAnswer AnswerData(Service& service, const RestCall& call) {
  const auto route =
      std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return call.Is(r.operation); });
  return route == kRoutes.end() ? UnknownOperation(call) : route->answer(service, call);
}

}  // namespace kedge::drydock
