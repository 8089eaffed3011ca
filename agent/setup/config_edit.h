// Changes single values in the text of a kedge.yaml and leaves everything else, comments too, as somebody
// wrote it. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace kedge::setup {

// "broker.endpoint" and what it is to say, as text; a number is given by its digits.
using Values = std::vector<std::pair<std::string, std::string>>;

// A key that is not there yet is put at the beginning of its group. The result is read back: it says what
// `values` says, and of all else what `text` said. kInvalid: it does not, or `text` is no configuration; then
// this text has to be changed by hand.
Result<std::string> SetValues(const std::string& text, const Values& values);

// A new file with these values and nothing else; those of one group stand together.
Result<std::string> NewConfig(const Values& values);

}  // namespace kedge::setup
