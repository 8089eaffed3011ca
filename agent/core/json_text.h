// JSON that came from outside, read within limits: the only way a text becomes a nlohmann::json in core.
// Whatever is given back is shallow enough for code that recurses over it (nlohmann's own dump() does).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/result.h"

namespace kedge {

struct JsonLimits {
  size_t bytes = 0;  // the text's length
  size_t depth = 0;  // arrays and objects within each other, the outermost counts as 1
};

// Stricter than nlohmann's own parser: no NUL byte (it would end the text there), no name twice in one object
// (two readers could take different ones; names that begin with '_' are comments and exempt). Never throws.
// Errors are kInvalid and a phrase such as "not JSON: line 1, column 7: invalid literal".
Result<nlohmann::json> ParseJson(std::string_view text, const JsonLimits& limits);

}  // namespace kedge
