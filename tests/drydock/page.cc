#include "page.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include "fingerprint.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr int64_t kMaxPage = 250;
constexpr std::size_t kSeal = 16;
constexpr std::string_view kDigits = "0123456789abcdef";

// The seal tells a token of this list from any other text.
std::string TokenOf(const std::string& list, const std::string& key) {
  std::array<char, kSeal + 1> seal{};
  std::snprintf(seal.data(), seal.size(), "%016llx",
                static_cast<unsigned long long>(Fingerprint(list + "\n" + key)));
  std::string token = seal.data();
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    token.append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 0xFU]);
  }
  return token;
}

std::optional<std::string> KeyIn(const std::string& token, const std::string& list) {
  std::string key;
  for (std::size_t at = kSeal; at + 1 < token.size(); at += 2) {
    const auto high = kDigits.find(token[at]);
    const auto low = kDigits.find(token[at + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    key += static_cast<char>(high * 16 + low);
  }
  if (token != TokenOf(list, key)) return std::nullopt;
  return key;
}

}  // namespace

std::string Descending(uint64_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%020llu",
                static_cast<unsigned long long>(std::numeric_limits<uint64_t>::max() - number));
  return text.data();
}

Outcome<PageAsked> ReadPage(const std::string& list, Members& query) {
  const auto size = static_cast<std::size_t>(query.Integer("maxResults", 1, kMaxPage).value_or(kMaxPage));
  const auto token = query.Text("nextToken");
  const auto after = token ? KeyIn(*token, list) : std::nullopt;
  if (token && !after) query.Refuse("nextToken is not one that this list gave out");
  if (query.problem()) return *query.problem();
  return PageAsked{list, size, after};
}

json Page(const PageAsked& asked, const char* name, std::vector<Entry> entries) {
  const auto earlier = [](const Entry& a, const Entry& b) { return a.key < b.key; };
  std::sort(entries.begin(), entries.end(), earlier);
  const auto begin = asked.after
                         ? std::upper_bound(entries.begin(), entries.end(), Entry{*asked.after, {}}, earlier)
                         : entries.begin();
  const auto count = std::min(asked.size, static_cast<std::size_t>(entries.end() - begin));
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  json page = {{name, json::array()}};
  std::for_each(begin, end, [&](Entry& entry) { page[name].push_back(std::move(entry.object)); });
  if (end != entries.end()) page["nextToken"] = TokenOf(asked.list, (end - 1)->key);
  return page;
}

}  // namespace kedge::drydock
