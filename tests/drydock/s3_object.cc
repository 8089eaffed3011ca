#include "s3_object.h"

#include <algorithm>

#include "percent.h"

namespace kedge::drydock {
namespace {

constexpr std::size_t kMaxKey = 1024;  // bytes

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// "s3.amazonaws.com" or "s3.REGION.amazonaws.com", given without the end.
bool IsService(std::string_view host) {
  if (host == "s3") return true;
  if (!host.starts_with("s3.")) return false;
  const auto region = host.substr(3);
  return !region.empty() &&
         std::all_of(region.begin(), region.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

}  // namespace

bool IsBucketName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && IsLowerOrDigit(name.front()) &&
         IsLowerOrDigit(name.back()) && std::all_of(name.begin(), name.end(), [](char c) {
           return IsLowerOrDigit(c) || c == '.' || c == '-';
         });
}

std::optional<S3Object> S3ObjectAt(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  constexpr std::string_view kEnd = ".amazonaws.com";
  if (!url.starts_with(kScheme) || url.find_first_of("?#") != std::string_view::npos) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  if (slash == std::string_view::npos || !url.substr(0, slash).ends_with(kEnd)) return std::nullopt;
  const auto host = url.substr(0, slash - kEnd.size());
  auto path = url.substr(slash + 1);

  std::string_view bucket;
  if (IsService(host)) {
    const auto end = path.find('/');
    if (end == std::string_view::npos) return std::nullopt;
    bucket = path.substr(0, end);
    path.remove_prefix(end + 1);
  } else {
    const auto service = host.rfind(".s3");  // a region has no dot: the last one starts the service's name
    if (service == std::string_view::npos || !IsService(host.substr(service + 1))) return std::nullopt;
    bucket = host.substr(0, service);
  }
  S3Object object{std::string(bucket), PercentDecoded(path)};
  if (!IsBucketName(object.bucket) || object.key.empty() || object.key.size() > kMaxKey) return std::nullopt;
  return object;
}

}  // namespace kedge::drydock
