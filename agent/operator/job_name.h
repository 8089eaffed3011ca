// How an operator names an execution: "fw-42", or "fw-42#2" for the second execution of that job. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/job_execution.h"

namespace kedge::op {

struct JobName {
  JobId job;
  std::optional<int64_t> number;  // absent: the newest
};

// 1 to 64 characters of [a-zA-Z0-9_-] (reference 2.1).
bool IsJobId(std::string_view text);
std::optional<JobName> ParseJobName(std::string_view text);

}  // namespace kedge::op
