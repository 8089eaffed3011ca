// How what stands on stdout is to look: asked of the terminal and of the environment.
#pragma once

#include "operator/terminal.h"

namespace kedge::op {

// Colour only where somebody looks, and not when he asked for none (no-color.org).
Look LookOfStdout();

}  // namespace kedge::op
