// What the agent sends to the Jobs service: typed request -> topic and payload. Pure. Reference 2.2.
//
// Payloads are compact: a member that would say what the service assumes anyway is not written. Publish with
// QoS 1 and without RETAIN, which reserved topics refuse. A request's job id must be a job id (topics.h);
// tokens and details are the core's business, and are written as they are.
#pragma once

#include <string>

#include "core/action.h"
#include "core/job_execution.h"
#include "jobs/topics.h"

namespace kedge::jobs {

struct Message {
  std::string topic;
  std::string payload;
  auto operator<=>(const Message&) const = default;
};

// GetPendingJobExecutions. The daemon does not use it: one describe tells more about one execution.
struct GetPending {
  std::string token;
};
// StartNextPendingJobExecution. The daemon does not use it: it accepts before the document could be checked.
struct StartNext {
  std::string token;
  DetailsMap details;  // empty: the member is left out
};

Message Encode(const Topics& topics, const SendUpdate& update);
Message Encode(const Topics& topics, const AskNext& ask);
Message Encode(const Topics& topics, const Describe& describe);
Message Encode(const Topics& topics, const GetPending& get);
Message Encode(const Topics& topics, const StartNext& start);

}  // namespace kedge::jobs
