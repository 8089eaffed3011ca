// Keeps web pages of others away from drydock, which listens on the loopback interface and asks nobody for a
// password: a page in the same machine's browser may send requests there too, with its own address as Origin,
// or under a name of its own that it has made resolve to 127.0.0.1 (DNS rebinding). PURE.
#pragma once

#include <optional>
#include <string>

#include "http.h"

namespace kedge::drydock {

// Why the request is refused; nothing when it is not. Any port is right in Host, for it may have come through
// a tunnel; an Origin must be of the same port. A request without Host is of no browser.
std::optional<std::string> ForeignRequest(const HttpRequest& request);

}  // namespace kedge::drydock
