#include "store/redact.h"

#include <cctype>

namespace kedge::store {
namespace {

constexpr std::string_view kMark = "…";

bool HasWord(std::string_view text, size_t at, std::string_view lower_case) {
  if (text.size() - at < lower_case.size()) return false;
  for (size_t i = 0; i < lower_case.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != lower_case[i]) return false;
  }
  return true;
}

// Length of "http://" or "https://" at `at`, with JSON's escaped slashes too; 0: no URL begins here.
size_t SchemeLength(std::string_view text, size_t at) {
  if (!HasWord(text, at, "http")) return 0;
  size_t end = at + 4;
  if (HasWord(text, end, "s")) ++end;
  if (HasWord(text, end, "://")) return end + 3 - at;
  if (HasWord(text, end, ":\\/\\/")) return end + 5 - at;
  return 0;
}

size_t EndOfUrl(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c <= ' ' || c == 0x7F || c == '"' || c == '<' || c == '>') return at;
    if (c == '\\') {
      const char next = at + 1 < text.size() ? text[at + 1] : '\0';
      if (next != '/' && next != 'u') return at;
      ++at;
    }
  }
  return at;
}

// Where the query begins, as '?' or in JSON's other spelling of it; npos: nowhere.
size_t FindQuery(std::string_view url) {
  for (size_t at = 0; at < url.size(); ++at) {
    if (url[at] == '?' || HasWord(url, at, "\\u003f")) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string RedactUrls(std::string_view text) {
  std::string redacted;
  redacted.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t scheme = SchemeLength(text, at);
    if (scheme == 0) {
      redacted += text[at++];
      continue;
    }
    redacted += text.substr(at, scheme);
    const size_t end = EndOfUrl(text, at + scheme);
    std::string_view url = text.substr(at + scheme, end - at - scheme);
    const size_t query = FindQuery(url);
    if (query != std::string_view::npos) url = url.substr(0, query);
    const size_t user = url.substr(0, url.find_first_of("/\\")).rfind('@');
    if (user != std::string_view::npos) {
      redacted += kMark;
      url.remove_prefix(user);
    }
    redacted += url;
    if (query != std::string_view::npos) redacted.append("?").append(kMark);
    at = end;
  }
  return redacted;
}

}  // namespace kedge::store
