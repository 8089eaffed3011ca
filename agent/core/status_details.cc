#include "core/status_details.h"

#include <algorithm>

#include "core/utf8.h"

namespace kedge {
namespace {

constexpr std::string_view kCutMark = "\xE2\x80\xA6";  // an ellipsis

bool IsBlank(char32_t code_point) {
  const bool line_end =
      code_point == 0x2028 || code_point == 0x2029;  // legal for the service, ugly for people
  return code_point == ' ' || line_end || IsOtherCharacter(code_point);
}

// How many bytes of a terminal's escape sequence `text` begins with; 0: none (ECMA-48: CSI, the strings such
// as OSC, and the rest, of two bytes).
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

// All of SafeDetailValue but the cut.
std::string Clean(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  bool blank_before = false;
  while (!text.empty()) {
    if (const size_t escape = EscapeLength(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    const Utf8Char next = FirstUtf8Char(text);
    if (IsBlank(next.code_point)) {
      blank_before = true;
    } else {
      if (blank_before && !clean.empty()) clean += ' ';
      blank_before = false;
      clean.append(next.valid ? text.substr(0, next.bytes) : std::string_view("\xEF\xBF\xBD"));
    }
    text.remove_prefix(next.bytes);
  }
  return clean;
}

std::string Cut(std::string clean, Keep keep, size_t limit) {
  if (clean.size() <= limit) return clean;
  const std::string_view mark = limit > kCutMark.size() ? kCutMark : "";
  const size_t room = limit - mark.size();
  std::string cut;
  if (keep == Keep::kHead) {
    cut = HeadOfUtf8(clean, room);
    if (!cut.empty() && cut.back() == ' ') cut.pop_back();
    return cut.append(mark);
  }
  std::string_view tail = TailOfUtf8(clean, room);
  if (!tail.empty() && tail.front() == ' ') tail.remove_prefix(1);
  return cut.append(mark).append(tail);
}

bool IsLegalInKey(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
         c == '-';
}

Keep PartToKeep(std::string_view key) {
  return key.starts_with("stdout") || key.starts_with("stderr") ? Keep::kTail : Keep::kHead;
}

}  // namespace

StatusDetails BuildStatusDetails(const Facts& facts) {
  StatusDetails details;
  for (const auto& [key, value] : facts) {
    std::string clean = Clean(value);
    if (clean.empty()) continue;
    const std::string safe_key = SafeDetailKey(key);
    const bool fits = details.sent.size() < kMaxDetails && !details.sent.contains(safe_key);
    if (!fits || clean.size() > kMaxDetailValue) details.overflow.emplace_back(safe_key, ValidUtf8(value));
    if (fits) details.sent.emplace(safe_key, Cut(std::move(clean), PartToKeep(key), kMaxDetailValue));
  }
  return details;
}

std::string SafeDetailValue(std::string_view text, Keep keep, size_t limit) {
  return Cut(Clean(text), keep, limit);
}

std::string Quoted(std::string_view text) { return "\"" + SafeDetailValue(text, Keep::kHead, 64) + "\""; }

std::string SafeDetailKey(std::string_view key) {
  if (key.empty()) return "_";
  std::string safe(key.substr(0, kMaxDetailKey));
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return !IsLegalInKey(c); }, '_');
  return safe;
}

}  // namespace kedge
