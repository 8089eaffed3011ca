// The control plane's objects as JSON (reference aws-iot-jobs.md, 6.2). Times are seconds with a fraction.
#pragma once

#include <nlohmann/json.hpp>

#include "control_plane.h"
#include "execution.h"
#include "job.h"

namespace kedge::drydock {

nlohmann::json ThingObject(const Thing& thing, const Account& account);
nlohmann::json JobObject(const Job& job, const Account& account);
nlohmann::json JobSummary(const Job& job, const Account& account);
nlohmann::json ControlExecution(const Execution& execution, const Account& account, Instant now);
nlohmann::json ExecutionSummary(const Execution& execution);

}  // namespace kedge::drydock
