#include "http_call.h"

#include <algorithm>
#include <array>

#include "rest_api.h"

namespace kedge::drydock {
namespace {

struct Known {
  bool data_plane;
  std::string_view method;
  std::string_view path;
  std::string_view name;
};

// Reference aws-iot-jobs.md, 6.1 and 6.3.
constexpr std::array kKnown = {
    Known{true, "GET", "things/*/jobs", "GetPendingJobExecutions"},
    Known{true, "PUT", "things/*/jobs/$next", "StartNextPendingJobExecution"},
    Known{true, "GET", "things/*/jobs/*", "DescribeJobExecution"},
    Known{true, "POST", "things/*/jobs/*", "UpdateJobExecution"},
    Known{false, "GET", "endpoint", "DescribeEndpoint"},
    Known{false, "POST", "things/*", "CreateThing"},
    Known{false, "GET", "things/*", "DescribeThing"},
    Known{false, "DELETE", "things/*", "DeleteThing"},
    Known{false, "GET", "things", "ListThings"},
    Known{false, "POST", "thing-groups/*", "CreateThingGroup"},
    Known{false, "GET", "thing-groups/*", "DescribeThingGroup"},
    Known{false, "DELETE", "thing-groups/*", "DeleteThingGroup"},
    Known{false, "GET", "thing-groups", "ListThingGroups"},
    Known{false, "GET", "thing-groups/*/things", "ListThingsInThingGroup"},
    Known{false, "GET", "things/*/thing-groups", "ListThingGroupsForThing"},
    Known{false, "PUT", "thing-groups/addThingToThingGroup", "AddThingToThingGroup"},
    Known{false, "PUT", "thing-groups/removeThingFromThingGroup", "RemoveThingFromThingGroup"},
    Known{false, "PUT", "jobs/*", "CreateJob"},
    Known{false, "GET", "jobs/*", "DescribeJob"},
    Known{false, "GET", "jobs/*/job-document", "GetJobDocument"},
    Known{false, "GET", "jobs", "ListJobs"},
    Known{false, "PATCH", "jobs/*", "UpdateJob"},
    Known{false, "PUT", "jobs/*/cancel", "CancelJob"},
    Known{false, "DELETE", "jobs/*", "DeleteJob"},
    Known{false, "POST", "jobs/*/targets", "AssociateTargetsWithJob"},
    Known{false, "GET", "jobs/*/things", "ListJobExecutionsForJob"},
    Known{false, "GET", "things/*/jobs", "ListJobExecutionsForThing"},
    Known{false, "GET", "things/*/jobs/*", "DescribeJobExecution"},
    Known{false, "PUT", "things/*/jobs/*/cancel", "CancelJobExecution"},
    Known{false, "DELETE", "things/*/jobs/*/executionNumber/*", "DeleteJobExecution"},
    Known{false, "GET", "managed-job-templates/*", "DescribeManagedJobTemplate"},
    Known{false, "GET", "managed-job-templates", "ListManagedJobTemplates"},
};

// The service in Credential=AKID/DATE/REGION/SERVICE/aws4_request.
bool IsForDataPlane(const HttpRequest& request) {
  return request.Header("authorization").find("/iot-jobs-data/") != std::string::npos;
}

}  // namespace

HttpCall CallIn(const HttpRequest& request) {
  HttpCall call;
  call.data_plane = IsForDataPlane(request);
  const RestCall rest{request.method, ParseTarget(request.target), {}, {}};
  const auto& path = rest.target.path;
  if (path.size() > 1 && path[0] == "things") call.thing = path[1];
  for (const Known& known : kKnown) {
    if (known.data_plane != call.data_plane || !rest.Is(known.method, known.path)) continue;
    call.operation = known.name;
    break;
  }
  return call;
}

bool IsAwsOperation(std::string_view name) {
  return std::any_of(kKnown.begin(), kKnown.end(), [&](const Known& known) { return known.name == name; });
}

}  // namespace kedge::drydock
