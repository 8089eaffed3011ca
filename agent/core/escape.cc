#include "core/escape.h"

#include <algorithm>

namespace kedge {

size_t EscapeLength(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b') return 0;
  const auto skip = [&text](size_t at, char least, char most) {
    while (at < text.size() && text[at] >= least && text[at] <= most) ++at;
    return at;
  };
  if (text[1] == '[') {
    const size_t end = skip(skip(2, '0', '?'), ' ', '/');
    return std::min(end + (end < text.size() && text[end] >= '@' && text[end] <= '~' ? 1 : 0), text.size());
  }
  if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {
    // Up to BEL or ESC \; one that never ends is no string.
    const size_t end = text.find_first_of("\a\x1b\n", 2);
    if (end == std::string_view::npos || text[end] == '\n') return 2;
    return text[end] == '\a' ? end + 1 : std::min(end + 2, text.size());
  }
  if (text[1] <= '/' && text[1] >= ' ')
    return std::min(skip(1, ' ', '/') + 1, text.size());  // a character set
  return text[1] >= '0' && text[1] <= '~' ? 2 : 1;
}

}  // namespace kedge
