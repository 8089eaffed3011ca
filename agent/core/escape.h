// The escape sequences that programs steer terminals with, to leave them out of what people read. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace kedge {

// How many bytes of an escape sequence `text` begins with; 0: none (ECMA-48: CSI, the strings such as OSC,
// and the rest, of two bytes). Of a string that never ends, only its beginning.
size_t EscapeLength(std::string_view text);

}  // namespace kedge
