// What `kedge cancel --generate-...` and `--help` print. Private to the room. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cancel/request.h"

namespace kedge::cancel {

std::string_view Help();
// For every Show but kNothing. A skeleton is taken by the option that it is for, once it is filled in.
std::string TextFor(Show show);

}  // namespace kedge::cancel
