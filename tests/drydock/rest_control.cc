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

Outcome<PageAsked> Control::AskedPage() const {
  if (const auto problem = Problem()) return *problem;
  return ReadPage(call.Path(), query);
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
  RestOperation operation;
  RestAnswer (*answer)(const Control&);
};

constexpr std::array kRoutes = {
    Route{{"DescribeEndpoint", "GET", "endpoint"}, DescribeEndpoint},
    Route{{"ListThings", "GET", "things"}, ListThings},
    Route{{"CreateThing", "POST", "things/*"}, CreateThing},
    Route{{"DescribeThing", "GET", "things/*"}, DescribeThing},
    Route{{"DeleteThing", "DELETE", "things/*"}, DeleteThing},
    Route{{"ListThingGroupsForThing", "GET", "things/*/thing-groups"}, ListGroupsOfThing},
    Route{{"ListThingGroups", "GET", "thing-groups"}, ListGroups},
    Route{{"AddThingToThingGroup", "PUT", "thing-groups/addThingToThingGroup"}, AddToGroup},
    Route{{"RemoveThingFromThingGroup", "PUT", "thing-groups/removeThingFromThingGroup"}, RemoveFromGroup},
    Route{{"CreateThingGroup", "POST", "thing-groups/*"}, CreateGroup},
    Route{{"DescribeThingGroup", "GET", "thing-groups/*"}, DescribeGroup},
    Route{{"DeleteThingGroup", "DELETE", "thing-groups/*"}, DeleteGroup},
    Route{{"ListThingsInThingGroup", "GET", "thing-groups/*/things"}, ListThingsInGroup},
    Route{{"ListJobs", "GET", "jobs"}, ListJobs},
    Route{{"CreateJob", "PUT", "jobs/*"}, CreateJob},
    Route{{"DescribeJob", "GET", "jobs/*"}, DescribeJob},
    Route{{"UpdateJob", "PATCH", "jobs/*"}, UpdateJob},
    Route{{"DeleteJob", "DELETE", "jobs/*"}, DeleteJob},
    Route{{"GetJobDocument", "GET", "jobs/*/job-document"}, GetJobDocument},
    Route{{"CancelJob", "PUT", "jobs/*/cancel"}, CancelJob},
    Route{{"AssociateTargetsWithJob", "POST", "jobs/*/targets"}, AssociateTargets},
    Route{{"ListJobExecutionsForJob", "GET", "jobs/*/things"}, ListExecutionsOfJob},
    Route{{"ListJobExecutionsForThing", "GET", "things/*/jobs"}, ListExecutionsOfThing},
    Route{{"DescribeJobExecution", "GET", "things/*/jobs/*"}, DescribeExecution},
    Route{{"CancelJobExecution", "PUT", "things/*/jobs/*/cancel"}, CancelExecution},
    Route{{"DeleteJobExecution", "DELETE", "things/*/jobs/*/executionNumber/*"}, DeleteExecution},
    Route{{"ListManagedJobTemplates", "GET", "managed-job-templates"}, ListTemplates},
    Route{{"DescribeManagedJobTemplate", "GET", "managed-job-templates/*"}, DescribeTemplate},
    Route{{"ListJobTemplates", "GET", "job-templates"}, NoTemplates},
    Route{{"CreateJobTemplate", "PUT", "job-templates/*"}, NoTemplates},
    Route{{"DescribeJobTemplate", "GET", "job-templates/*"}, NoTemplates},
    Route{{"DeleteJobTemplate", "DELETE", "job-templates/*"}, NoTemplates},
};

}  // namespace
}  // namespace rest

std::vector<RestOperation> ControlOperations() {
  std::vector<RestOperation> operations;
  for (const rest::Route& route : rest::kRoutes) operations.push_back(route.operation);
  return operations;
}

RestAnswer AnswerControl(Service& service, const Endpoints& endpoints, const RestCall& call) {
  const auto route = std::find_if(rest::kRoutes.begin(), rest::kRoutes.end(),
                                  [&](const rest::Route& r) { return call.Is(r.operation); });
  if (route == rest::kRoutes.end()) return UnknownOperation(call);
  Members body(call.body);
  Members query(call.query, Spelling::kQuery);
  return route->answer({service.control(), service.readings(), endpoints, call, body, query});
}

}  // namespace kedge::drydock
