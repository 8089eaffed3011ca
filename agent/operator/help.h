// The help texts of the `kedge` command.
#pragma once

#include <string>

namespace kedge::op {

// For a verb, or for the command itself when `verb` is "".
std::string HelpFor(const std::string& verb);

}  // namespace kedge::op
