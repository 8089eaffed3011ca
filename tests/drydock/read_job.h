// The body of CreateJob as a Job, with the service's rules for each member (reference aws-iot-jobs.md, 2.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "files.h"
#include "job.h"
#include "outcome.h"

namespace kedge::drydock {

// Whether the targets exist is not looked at here. `files` is where documentSource is read; null: there is no
// S3. What drydock does not do is refused by name rather than taken and forgotten.
Outcome<Job> ReadJob(const std::string& id, const nlohmann::json& body, const Files* files, Instant now);

}  // namespace kedge::drydock
