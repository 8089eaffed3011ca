// Requests of devices, and the operator's for one execution, as typed values, read from JSON objects with the
// rules of the service; the first thing wrong becomes the refusal (reference aws-iot-jobs.md, 2.2 and 6).
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "execution.h"
#include "members.h"
#include "outcome.h"
#include "readings.h"

namespace kedge::drydock {

struct StartNextRequest {
  std::optional<StatusDetails> details;
  std::optional<std::chrono::minutes> step_timeout;
};

struct DescribeRequest {
  std::optional<int64_t> execution_number;
  bool include_document = true;
};

struct UpdateRequest {
  Status status = Status::kInProgress;
  std::optional<StatusDetails> details;
  std::optional<int64_t> expected_version;
  std::optional<int64_t> execution_number;
  std::optional<std::chrono::minutes> step_timeout;  // negative: discard the timer
  bool include_state = false;
  bool include_document = false;
};

struct CancelExecutionRequest {
  bool force = false;
  std::optional<int64_t> expected_version = {};
  std::optional<StatusDetails> details = {};
};

Outcome<StartNextRequest> ReadStartNext(const nlohmann::json& body, Spelling spelling,
                                        const Readings& readings);
Outcome<DescribeRequest> ReadDescribe(const nlohmann::json& body, Spelling spelling);
Outcome<UpdateRequest> ReadUpdate(const nlohmann::json& body, Spelling spelling, const Readings& readings);
// `force` is not read here: it comes by the query.
Outcome<CancelExecutionRequest> ReadCancelExecution(const nlohmann::json& body, const Readings& readings);

}  // namespace kedge::drydock
