#include "operator/look.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace kedge::op {

Look LookOfStdout() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool wanted = (no_colour == nullptr || *no_colour == '\0') &&
                      (terminal == nullptr || std::string(terminal) != "dumb");
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  const bool is_told = is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return {.colour = wanted && is_terminal, .width = is_told ? size.ws_col : size_t{0}};
}

}  // namespace kedge::op
