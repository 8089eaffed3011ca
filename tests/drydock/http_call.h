// What a request of AWS's HTTP planes or of OCI's API is about, for fault rules and for the history; told
// from its method, path and signature alone, whether the service knows the operation or not.
#pragma once

#include <string>
#include <string_view>

#include "http.h"

namespace kedge::drydock {

enum class Plane { kControl, kData, kOci };

struct HttpCall {
  Plane plane = Plane::kControl;
  std::string operation = {};  // AWS's or OCI's name, "CancelJobExecution"; empty: none that is known here
  std::string thing = {};      // empty: none in the path; of kOci it never is
};

HttpCall CallIn(const HttpRequest& request);
bool IsHttpOperation(std::string_view name);  // of any plane

}  // namespace kedge::drydock
