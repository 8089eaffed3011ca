#include "http_call.h"

#include <algorithm>
#include <array>

#include "rest_api.h"

namespace kedge::drydock {
namespace {

struct Known {
  Plane plane;
  std::string_view method;
  std::string_view path;
  std::string_view name;
};

// References aws-iot-jobs.md, 6.1 and 6.3, and oci-resource-manager.md, D.2.
constexpr std::array kKnown = {
    Known{Plane::kData, "GET", "things/*/jobs", "GetPendingJobExecutions"},
    Known{Plane::kData, "PUT", "things/*/jobs/$next", "StartNextPendingJobExecution"},
    Known{Plane::kData, "GET", "things/*/jobs/*", "DescribeJobExecution"},
    Known{Plane::kData, "POST", "things/*/jobs/*", "UpdateJobExecution"},
    Known{Plane::kControl, "GET", "endpoint", "DescribeEndpoint"},
    Known{Plane::kControl, "POST", "things/*", "CreateThing"},
    Known{Plane::kControl, "GET", "things/*", "DescribeThing"},
    Known{Plane::kControl, "DELETE", "things/*", "DeleteThing"},
    Known{Plane::kControl, "GET", "things", "ListThings"},
    Known{Plane::kControl, "POST", "thing-groups/*", "CreateThingGroup"},
    Known{Plane::kControl, "GET", "thing-groups/*", "DescribeThingGroup"},
    Known{Plane::kControl, "DELETE", "thing-groups/*", "DeleteThingGroup"},
    Known{Plane::kControl, "GET", "thing-groups", "ListThingGroups"},
    Known{Plane::kControl, "GET", "thing-groups/*/things", "ListThingsInThingGroup"},
    Known{Plane::kControl, "GET", "things/*/thing-groups", "ListThingGroupsForThing"},
    Known{Plane::kControl, "PUT", "thing-groups/addThingToThingGroup", "AddThingToThingGroup"},
    Known{Plane::kControl, "PUT", "thing-groups/removeThingFromThingGroup", "RemoveThingFromThingGroup"},
    Known{Plane::kControl, "PUT", "jobs/*", "CreateJob"},
    Known{Plane::kControl, "GET", "jobs/*", "DescribeJob"},
    Known{Plane::kControl, "GET", "jobs/*/job-document", "GetJobDocument"},
    Known{Plane::kControl, "GET", "jobs", "ListJobs"},
    Known{Plane::kControl, "PATCH", "jobs/*", "UpdateJob"},
    Known{Plane::kControl, "PUT", "jobs/*/cancel", "CancelJob"},
    Known{Plane::kControl, "DELETE", "jobs/*", "DeleteJob"},
    Known{Plane::kControl, "POST", "jobs/*/targets", "AssociateTargetsWithJob"},
    Known{Plane::kControl, "GET", "jobs/*/things", "ListJobExecutionsForJob"},
    Known{Plane::kControl, "GET", "things/*/jobs", "ListJobExecutionsForThing"},
    Known{Plane::kControl, "GET", "things/*/jobs/*", "DescribeJobExecution"},
    Known{Plane::kControl, "PUT", "things/*/jobs/*/cancel", "CancelJobExecution"},
    Known{Plane::kControl, "DELETE", "things/*/jobs/*/executionNumber/*", "DeleteJobExecution"},
    Known{Plane::kControl, "GET", "managed-job-templates/*", "DescribeManagedJobTemplate"},
    Known{Plane::kControl, "GET", "managed-job-templates", "ListManagedJobTemplates"},
    Known{Plane::kOci, "POST", "20180917/stacks", "CreateStack"},
    Known{Plane::kOci, "GET", "20180917/stacks", "ListStacks"},
    Known{Plane::kOci, "GET", "20180917/stacks/*", "GetStack"},
    Known{Plane::kOci, "PUT", "20180917/stacks/*", "UpdateStack"},
    Known{Plane::kOci, "DELETE", "20180917/stacks/*", "DeleteStack"},
    Known{Plane::kOci, "POST", "20180917/jobs", "CreateJob"},
    Known{Plane::kOci, "GET", "20180917/jobs", "ListJobs"},
    Known{Plane::kOci, "GET", "20180917/jobs/*", "GetJob"},
    Known{Plane::kOci, "PUT", "20180917/jobs/*", "UpdateJob"},
    Known{Plane::kOci, "DELETE", "20180917/jobs/*", "CancelJob"},
    Known{Plane::kOci, "GET", "20180917/jobs/*/logs", "GetJobLogs"},
    Known{Plane::kOci, "GET", "20180917/jobs/*/logs/content", "GetJobLogsContent"},
    Known{Plane::kOci, "GET", "20180917/jobs/*/detailedLogContent", "GetJobDetailedLogContent"},
};

Plane PlaneOf(const HttpRequest& request) {
  if (request.target.starts_with("/20180917/")) return Plane::kOci;
  return IsForDataPlane(request) ? Plane::kData : Plane::kControl;
}

}  // namespace

HttpCall CallIn(const HttpRequest& request) {
  HttpCall call{.plane = PlaneOf(request)};
  const RestCall rest{request.method, ParseTarget(request.target), {}, {}};
  const auto& path = rest.target.path;
  if (path.size() > 1 && path[0] == "things") call.thing = path[1];
  for (const Known& known : kKnown) {
    if (known.plane != call.plane || !rest.Is(known.method, known.path)) continue;
    call.operation = known.name;
    break;
  }
  return call;
}

bool IsHttpOperation(std::string_view name) {
  return std::any_of(kKnown.begin(), kKnown.end(), [&](const Known& known) { return known.name == name; });
}

}  // namespace kedge::drydock
