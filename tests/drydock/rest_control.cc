// The routes of the control plane, and what its operations have in common.

#include "rest_control.h"

#include <algorithm>
#include <array>

#include "read_configs.h"

namespace kedge::drydock {

using nlohmann::json;

namespace rest {

std::optional<Refusal> Control::Problem() const { return body.problem() ? body.problem() : query.problem(); }

bool Control::Force() const { return query.Flag("force", body.Flag("force", false)); }

void Control::CheckNamespace() const {
  drydock::CheckNamespace(body);
  drydock::CheckNamespace(query);
}

RestAnswer Control::InPages(const char* name, std::vector<Entry> entries) const {
  if (const auto problem = Problem()) return *problem;
  return Page(call.Path(), name, std::move(entries), query);
}

RestAnswer Nothing(const Outcome<Done>& done) {
  if (!done) return done.refusal();
  return json();
}

namespace {

RestAnswer DescribeEndpoint(const Control& control) {
  const auto type =
      control.query.OneOf("endpointType", {"iot:Data-ATS", "iot:Data", "iot:Jobs", "iot:CredentialProvider"})
          .value_or("iot:Data");
  if (type == "iot:CredentialProvider") {
    control.query.Refuse("endpointType iot:CredentialProvider is something drydock does not have");
  }
  if (const auto problem = control.Problem()) return *problem;
  return json{{"endpointAddress", type == "iot:Jobs" ? control.endpoints.jobs : control.endpoints.data}};
}

// Templates of the customer's own.
RestAnswer NoTemplates(const Control&) {
  return InvalidRequest(
      "drydock has no job templates of one's own, only AWS's: list-managed-job-templates has them");
}

struct Route {
  const char* method;
  const char* pattern;
  RestAnswer (*answer)(const Control&);
};

constexpr std::array kRoutes = {
    Route{"GET", "endpoint", DescribeEndpoint},
    Route{"GET", "things", ListThings},
    Route{"POST", "things/*", CreateThing},
    Route{"GET", "things/*", DescribeThing},
    Route{"DELETE", "things/*", DeleteThing},
    Route{"GET", "things/*/thing-groups", ListGroupsOfThing},
    Route{"GET", "thing-groups", ListGroups},
    Route{"PUT", "thing-groups/addThingToThingGroup", AddToGroup},
    Route{"PUT", "thing-groups/removeThingFromThingGroup", RemoveFromGroup},
    Route{"POST", "thing-groups/*", CreateGroup},
    Route{"GET", "thing-groups/*", DescribeGroup},
    Route{"DELETE", "thing-groups/*", DeleteGroup},
    Route{"GET", "thing-groups/*/things", ListThingsInGroup},
    Route{"GET", "jobs", ListJobs},
    Route{"PUT", "jobs/*", CreateJob},
    Route{"GET", "jobs/*", DescribeJob},
    Route{"PATCH", "jobs/*", UpdateJob},
    Route{"DELETE", "jobs/*", DeleteJob},
    Route{"GET", "jobs/*/job-document", GetJobDocument},
    Route{"PUT", "jobs/*/cancel", CancelJob},
    Route{"POST", "jobs/*/targets", AssociateTargets},
    Route{"GET", "jobs/*/things", ListExecutionsOfJob},
    Route{"GET", "things/*/jobs", ListExecutionsOfThing},
    Route{"GET", "things/*/jobs/*", DescribeExecution},
    Route{"PUT", "things/*/jobs/*/cancel", CancelExecution},
    Route{"DELETE", "things/*/jobs/*/executionNumber/*", DeleteExecution},
    Route{"GET", "managed-job-templates", ListTemplates},
    Route{"GET", "managed-job-templates/*", DescribeTemplate},
    Route{"GET", "job-templates", NoTemplates},
    Route{"PUT", "job-templates/*", NoTemplates},
    Route{"GET", "job-templates/*", NoTemplates},
    Route{"DELETE", "job-templates/*", NoTemplates},
};

}  // namespace
}  // namespace rest

RestAnswer AnswerControl(Service& service, const Endpoints& endpoints, const RestCall& call) {
  const auto route = std::find_if(rest::kRoutes.begin(), rest::kRoutes.end(),
                                  [&](const rest::Route& r) { return call.Is(r.method, r.pattern); });
  if (route == rest::kRoutes.end()) return UnknownOperation(call);
  Members body(call.body);
  Members query(call.query, Spelling::kQuery);
  return route->answer({service.control(), service.readings(), endpoints, call, body, query});
}

}  // namespace kedge::drydock
