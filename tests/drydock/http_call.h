// What a request of AWS's HTTP planes is about, for fault rules and for the history; told from its method,
// path and signature alone, whether the service knows the operation or not.
#pragma once

#include <string>
#include <string_view>

#include "http.h"

namespace kedge::drydock {

struct HttpCall {
  std::string operation;  // AWS's name, "CancelJobExecution"; empty: no operation that is known here
  std::string thing;      // empty: none in the path
  bool data_plane = false;
};

HttpCall CallIn(const HttpRequest& request);
bool IsAwsOperation(std::string_view name);

}  // namespace kedge::drydock
