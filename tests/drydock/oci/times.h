// Times as OCI writes them, and as HTTP does in its date headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "instant.h"

namespace kedge::drydock::oci {

std::string ToRfc3339(Instant t);  // "2026-11-25T06:19:17.123Z"
// Any fraction (cut at milliseconds), Z or an offset, and hours of one digit, as a client in the field has
// them.
std::optional<Instant> FromRfc3339(std::string_view text);
// "Wed, 25 Nov 2026 06:19:17 GMT"; the day's name is not compared with the date.
std::optional<Instant> FromHttpDate(std::string_view text);

}  // namespace kedge::drydock::oci
