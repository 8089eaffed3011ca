// The objects inside payloads -> core's types: executions, lists of them, rejections. Private to jobs/.
// Reference 2.3, 2.4 and 4; what is tolerated, and why, is in PROTOCOL.md.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/job_document.h"
#include "core/job_execution.h"
#include "jobs/fields.h"

namespace kedge::jobs {

// `execution` and `jobDocument` stand around the document.
inline constexpr size_t kMaxPayloadDepth = kMaxDocumentDepth + 2;

// All note what cannot be believed in the Fields they are given; what they return counts only if that is
// ok().

// `reply[key]`, an Execution; nullopt when it is absent, null or {}: nothing is there. Not believed: no legal
// job id, no number or time of queueing (they are its identity), no status that the protocol knows, another
// thing's name. A document that cannot be taken is told in document_problem instead, so that the job can be
// refused by name.
std::optional<ServiceExecution> ReadExecution(Fields& reply, const char* key, const std::string& thing);

// `lists[key]` is an array of summaries; absent: empty.
std::vector<PendingEntry> ReadPending(Fields& lists, const char* key, const std::string& thing);

// `reply.executionState`. One with a status or version that cannot be understood is as if it was not there:
// it only adds to an answer that stands without it.
std::optional<ExecutionState> ReadState(Fields& reply);

// An ErrorResponse. A code that is unknown or absent is kOther (an unknown one is named in the message); a
// problem is noted in `reply`.
Rejection ReadRejection(Fields& reply);

}  // namespace kedge::jobs
