#include "presign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "percent.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

// One placeholder of a document: its place, and the address in it.
struct Placeholder {
  std::size_t begin;
  std::size_t end;
  std::string address;
};

// The document is JSON, so what stands in it is the inside of a JSON string: "https:\/\/…" is common.
std::string Unescaped(std::string_view inside) {
  const json text = json::parse("\"" + std::string(inside) + "\"", nullptr, false);
  return text.is_string() ? text.get<std::string>() : std::string(inside);
}

std::optional<Placeholder> NextPlaceholder(std::string_view document, std::size_t from) {
  const auto begin = document.find(kPresignedStart, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto inside = begin + kPresignedStart.size();
  const auto end = document.find('}', inside);
  if (end == std::string_view::npos) return std::nullopt;
  return Placeholder{begin, end + 1, Unescaped(document.substr(inside, end - inside))};
}

std::string Hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < count; ++i)
    hex.append(1, kDigits[bytes[i] >> 4U]).append(1, kDigits[bytes[i] & 0xFU]);
  return hex;
}

// Not S3's own signature, which nobody but the service checks. Encoded, so that no field can hold a line
// feed.
std::string Sign(const std::string& key, const S3Object& object, const std::string& date,
                 const std::string& seconds, const std::string& token) {
  const std::string text = object.bucket + "\n" + PercentEncoded(object.key) + "\n" + date + "\n" + seconds +
                           "\n" + PercentEncoded(token);
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &length);
  return Hex(code.data(), length);
}

// 20261121T101500Z
std::string Stamp(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  std::array<char, 48> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<int> Digits(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

std::optional<Instant> FromStamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto year = Digits(text.substr(0, 4));
  const auto month = Digits(text.substr(4, 2));
  const auto day = Digits(text.substr(6, 2));
  const auto time = Digits(text.substr(9, 6));
  if (!year || !month || !day || !time) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*time / 10000) +
         std::chrono::minutes(*time / 100 % 100) + std::chrono::seconds(*time % 100);
}

std::string Value(const Presigner::Query& query, std::string_view name) {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& p) { return p.first == name; });
  return found == query.end() ? std::string() : found->second;
}

}  // namespace

std::vector<std::string> PresignedIn(std::string_view document) {
  std::vector<std::string> addresses;
  std::size_t at = 0;
  while (const auto next = NextPlaceholder(document, at)) {
    addresses.push_back(next->address);
    at = next->end;
  }
  return addresses;
}

std::string Presigner::Deliver(const std::string& document, std::chrono::seconds lifetime, Instant now) {
  std::string delivered;
  std::size_t at = 0;
  while (const auto next = NextPlaceholder(document, at)) {
    delivered.append(document, at, next->begin - at);
    const auto object = S3ObjectAt(next->address);
    // A URL has no character that JSON would escape.
    delivered += object ? Url(*object, lifetime, now) : document.substr(next->begin, next->end - next->begin);
    at = next->end;
  }
  return delivered.append(document, at);
}

// The token is where real ones differ too: a role's session has one. It makes two URLs of one second differ,
// also when drydock was started again between them and counts from one.
std::string Presigner::Url(const S3Object& object, std::chrono::seconds lifetime, Instant now) {
  const std::string date = Stamp(now);
  const std::string seconds = std::to_string(lifetime.count());
  const std::string token =
      "drydock-" + std::to_string(++deliveries_) + "-" + std::to_string(now.time_since_epoch().count());
  return files_url_ + "/" + PercentEncoded(object.bucket) + "/" + PercentEncoded(object.key) +
         "?X-Amz-Algorithm=" + kAlgorithm + "&X-Amz-Credential=drydock%2F" + date.substr(0, 8) +
         "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=" + date + "&X-Amz-Expires=" + seconds +
         "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=" + token +
         "&X-Amz-Signature=" + Sign(key_, object, date, seconds, token);
}

Presigner::Verdict Presigner::Check(const S3Object& object, const Query& query, Instant now) const {
  const std::string signature = Value(query, "X-Amz-Signature");
  if (signature.empty()) return Verdict::kUnsigned;
  const std::string date = Value(query, "X-Amz-Date");
  const std::string seconds = Value(query, "X-Amz-Expires");
  const auto made = FromStamp(date);
  const auto lifetime = Digits(seconds);
  if (Value(query, "X-Amz-Algorithm") != kAlgorithm || !made || !lifetime ||
      signature != Sign(key_, object, date, seconds, Value(query, "X-Amz-Security-Token"))) {
    return Verdict::kForged;
  }
  return now > *made + std::chrono::seconds(*lifetime) ? Verdict::kExpired : Verdict::kGood;
}

}  // namespace kedge::drydock
