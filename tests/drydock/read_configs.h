// The configurations of a job, which CreateJob gives and UpdateJob changes, with the service's rules for each
// member (reference aws-iot-jobs.md, 2.1).
#pragma once

#include <nlohmann/json.hpp>

#include "control_plane.h"
#include "job.h"
#include "members.h"

namespace kedge::drydock {

// description, presignedUrlConfig, jobExecutionsRolloutConfig, abortConfig, timeoutConfig and
// jobExecutionsRetryConfig. Each one that is there is also in `settings`, as it came. Rollout itself happens
// at once, whatever its configuration.
JobUpdate ReadConfigs(Members& members);

// `targets`, which must be there: ARNs of things and groups, at least one. Whether they exist is not looked
// at.
std::vector<std::string> ReadTargets(Members& members);

// schedulingConfig of CreateJob.
Schedule ReadSchedule(Members& members, Instant now);

// Checked and forgotten: drydock lists no tags.
void CheckTags(Members& members);

// Refuses namespaceId by name.
void CheckNamespace(Members& members);

// The body of UpdateJob.
Outcome<JobUpdate> ReadJobUpdate(const nlohmann::json& body);

}  // namespace kedge::drydock
