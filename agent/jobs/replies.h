// What comes from the Jobs service: topic and payload -> the core's events. Pure; never throws, for any
// input.
//
// Reference 1.1, 2.3, 2.4 and 4. PROTOCOL.md lists, message by message, what is tolerated and what is
// refused. Whether an answer is to a question of ours is not judged here: the event carries the topic's
// meaning, the job and the client token, and Advance compares them with what it has in flight.
#pragma once

#include <string_view>
#include <variant>

#include "core/event.h"
#include "core/result.h"
#include "jobs/topics.h"

namespace kedge::jobs {

// `Offered::admission` is left at its default, an empty Plan: the daemon makes it from execution.document and
// execution.document_problem. At most one of these two is there, and neither when the service sent no
// document.
using Incoming = std::variant<Offered, NothingNext, PendingChanged, Described, DescribeRejected, NextRejected,
                              UpdateAccepted, UpdateRejected>;

// The error is a sentence that begins with the topic. kInvalid: not ours, or not understood; nothing may be
// concluded from the message, so it is dropped. GetPendingJobExecutions refused by the service, which no
// event stands for, is an error as well: kUnavailable when asking again later may work.
Result<Incoming> Decode(const Topics& topics, std::string_view topic, std::string_view payload);

}  // namespace kedge::jobs
