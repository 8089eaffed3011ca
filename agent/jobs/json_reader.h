// JSON text <-> value, bounded and without exceptions. Private to jobs/.
//
// nlohmann/json parses without recursion, but writes, copies and compares recursively: a value nested 10,000
// deep would cost us the stack later. So too deep values are never built. (Its parser callback could drop
// them as well, but then searches the parent once for each object it closes: quadratic in a list of many
// small objects.)
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace kedge::jobs {

// 128 KiB: the broker's own limit for a payload (reference 2.1).
inline constexpr size_t kMaxPayloadBytes = 131072;

// The value of `text`. What stands inside the containers of level `max_depth` + 1 is dropped (the outermost
// container is level 1): they come out empty, so Depth() of the result is at most `max_depth` + 1 and still
// tells that something was too deep. A member that stands twice in one object comes out as a `discarded`
// value (two readers could take different ones), except names that begin with '_', which are comments. Linear
// in the text but for sorting. The error completes the sentence "the payload ...".
Result<nlohmann::json> ReadJson(std::string_view text, size_t max_depth);

// Levels of containers: 0 for a scalar, 1 for {} and [], 2 for {"a":{}}. Recursive: for values of ReadJson
// only.
size_t Depth(const nlohmann::json& value);

// Compact text. Invalid UTF-8 becomes U+FFFD. Recursive, as above.
std::string WriteJson(const nlohmann::json& value);

}  // namespace kedge::jobs
