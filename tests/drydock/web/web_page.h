// drydock's web page and the files that it loads: GET / and /drydock/, GET /drydock/web/NAME. PURE.
//
// The page may load from drydock only, runs no script or style that is not a file of its own, and cannot be
// put into another page: the headers tell the browser so, whatever a device writes into its details.
#pragma once

#include <optional>

#include "http.h"

namespace kedge::drydock {

// Nothing: the request is for something else.
std::optional<HttpReply> AnswerWebPage(const HttpRequest& request);

}  // namespace kedge::drydock
