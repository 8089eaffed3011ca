#include "http_call.h"

#include <algorithm>
#include <array>
#include <vector>

#include "rest_api.h"

namespace kedge::drydock {
namespace {

// Reference oci-resource-manager.md, D.2. AWS's stand where they are answered.
constexpr std::array kOci = {
    RestOperation{"CreateStack", "POST", "20180917/stacks"},
    RestOperation{"ListStacks", "GET", "20180917/stacks"},
    RestOperation{"GetStack", "GET", "20180917/stacks/*"},
    RestOperation{"UpdateStack", "PUT", "20180917/stacks/*"},
    RestOperation{"DeleteStack", "DELETE", "20180917/stacks/*"},
    RestOperation{"CreateJob", "POST", "20180917/jobs"},
    RestOperation{"ListJobs", "GET", "20180917/jobs"},
    RestOperation{"GetJob", "GET", "20180917/jobs/*"},
    RestOperation{"UpdateJob", "PUT", "20180917/jobs/*"},
    RestOperation{"CancelJob", "DELETE", "20180917/jobs/*"},
    RestOperation{"GetJobLogs", "GET", "20180917/jobs/*/logs"},
    RestOperation{"GetJobLogsContent", "GET", "20180917/jobs/*/logs/content"},
    RestOperation{"GetJobDetailedLogContent", "GET", "20180917/jobs/*/detailedLogContent"},
};

const std::vector<RestOperation>& Operations(Plane plane) {
  static const std::vector<RestOperation> control = ControlOperations();
  static const std::vector<RestOperation> data = DataOperations();
  static const std::vector<RestOperation> oci(kOci.begin(), kOci.end());
  if (plane == Plane::kOci) return oci;
  return plane == Plane::kData ? data : control;
}

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
  const auto& operations = Operations(call.plane);
  const auto found = std::find_if(operations.begin(), operations.end(),
                                  [&](const RestOperation& operation) { return rest.Is(operation); });
  if (found != operations.end()) call.operation = found->name;
  return call;
}

bool IsHttpOperation(std::string_view name) {
  const auto has = [&](Plane plane) {
    const auto& operations = Operations(plane);
    return std::any_of(operations.begin(), operations.end(),
                       [&](const RestOperation& operation) { return operation.name == name; });
  };
  return has(Plane::kControl) || has(Plane::kData) || has(Plane::kOci);
}

}  // namespace kedge::drydock
