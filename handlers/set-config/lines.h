// Lines in a text, for both kinds of line breaks.
#pragma once

#include <string>

namespace kedge::set_config {

// The first byte of the line that holds `i`.
inline size_t LineStart(const std::string& text, size_t i) {
  if (i == 0) return 0;
  const size_t before = text.rfind('\n', i - 1);
  return before == std::string::npos ? 0 : before + 1;
}
// Behind the last byte of the line that holds `i`, before its line break.
inline size_t LineEnd(const std::string& text, size_t i) {
  size_t end = text.find('\n', i);
  if (end == std::string::npos) return text.size();
  if (end > i && text[end - 1] == '\r') --end;
  return end;
}
// The first byte of the line after the one that holds `i`, or the end.
inline size_t NextLine(const std::string& text, size_t i) {
  const size_t end = text.find('\n', i);
  return end == std::string::npos ? text.size() : end + 1;
}
// The line break that the text uses.
inline std::string LineBreak(const std::string& text) {
  const size_t end = text.find('\n');
  return end != std::string::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

}  // namespace kedge::set_config
