// The control plane's objects as JSON (reference aws-iot-jobs.md, 6.2). Times are seconds with a fraction.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "control_plane.h"
#include "execution.h"
#include "job.h"

namespace kedge::drydock {

inline constexpr int64_t kVersion = 1;  // of things and groups, which nothing here changes

// Told on creation, in lists, and by describe.
nlohmann::json ThingObject(const Thing& thing, const Account& account);
nlohmann::json ThingSummary(const Thing& thing, const Account& account);
nlohmann::json ThingDescription(const Thing& thing, const Account& account);

std::string GroupId(const std::string& name);
nlohmann::json GroupObject(const Group& group, const Account& account);
nlohmann::json GroupDescription(const Group& group, const Account& account);

nlohmann::json JobObject(const Job& job, const Account& account);
nlohmann::json JobSummary(const Job& job, const Account& account);
nlohmann::json ControlExecution(const Execution& execution, const Account& account, Instant now);
nlohmann::json ExecutionSummary(const Execution& execution);

}  // namespace kedge::drydock
