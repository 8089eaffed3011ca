// Percent-encoding, as paths and queries have it.
#pragma once

#include <string>
#include <string_view>

namespace kedge::drydock {

// A '%' that does not start an escape stays as it is.
std::string PercentDecoded(std::string_view text);
// All but unreserved characters and '/'.
std::string PercentEncoded(std::string_view text);

}  // namespace kedge::drydock
