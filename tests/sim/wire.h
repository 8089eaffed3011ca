// The wire between the agent and the simulated service: requests go out through agent/jobs as topic and bytes
// and are parsed here; replies are written here as topic and bytes and come in through agent/jobs.
#pragma once

#include "core/result.h"
#include "jobs/requests.h"
#include "jobs/topics.h"
#include "sim/service.h"

namespace kedge::sim {

const jobs::Topics& SimTopics();

jobs::Message WriteRequest(const Request& request);
// What the service reads. The error names what no service would take.
Result<Request> ReadRequest(const jobs::Message& message);

jobs::Message WriteReply(const What& reply, int64_t now_seconds);
// Through agent/jobs.
Result<What> ReadReply(const jobs::Message& message);

}  // namespace kedge::sim
