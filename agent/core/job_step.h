// One step of a job document: the members of `action`, and what the older `operation` form shares with them.
// Private to core. Problems go to the Members, as everywhere in the reading of a document.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/job_document.h"
#include "core/json_members.h"

namespace kedge {

inline constexpr size_t kMaxStepName = 128;  // bytes; names are for people, so a longer one is cut

// An element of `steps`, or `finalStep`: an object with `action`.
Step ReadStep(const Members& element);

// A handler named by the member `name_member`, with `args` and `path` beside it.
Command ReadHandler(const Members& members, std::string_view name_member);
// A step's name, fit to be printed.
std::string ReadName(const Members& members, std::string_view name);
std::optional<int64_t> ReadAllowStdErr(const Members& members);
// `timeoutSeconds`, of a step or of the job.
std::optional<std::chrono::seconds> ReadTimeout(const Members& members);

}  // namespace kedge
