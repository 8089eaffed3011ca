#include "operator/job_name.h"

#include <algorithm>
#include <charconv>

namespace kedge::op {

bool IsJobId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<JobName> ParseJobName(std::string_view text) {
  const size_t mark = text.find('#');
  const std::string_view job = text.substr(0, mark);
  if (!IsJobId(job)) return std::nullopt;
  JobName name{JobId{std::string(job)}, std::nullopt};
  if (mark == std::string_view::npos) return name;
  const std::string_view digits = text.substr(mark + 1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 1) return std::nullopt;
  name.number = number;
  return name;
}

}  // namespace kedge::op
