#include "core/status_details.h"

#include <algorithm>

#include "core/escape.h"
#include "core/utf8.h"

namespace kedge {
namespace {

constexpr std::string_view kCutMark = "\xE2\x80\xA6";  // an ellipsis

bool IsBlank(char32_t code_point) {
  const bool line_end =
      code_point == 0x2028 || code_point == 0x2029;  // legal for the service, ugly for people
  return code_point == ' ' || line_end || IsOtherCharacter(code_point);
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
