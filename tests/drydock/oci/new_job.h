// CreateJobDetails as a Job that is not running yet, with the model's rules for each member.
#pragma once

#include <variant>

#include "oci/call.h"
#include "oci/job.h"
#include "oci/stack.h"

namespace kedge::drydock::oci {

// `body` is read for all but the stack, which has been found already.
std::variant<Job, Problem> NewJob(const std::string& id, const Stack& stack, Body& body, Instant now);

inline constexpr std::size_t kMaxTags = 64;
inline constexpr std::size_t kMaxTagBytes = 256;

}  // namespace kedge::drydock::oci
