// Requests as typed values, read from JSON bodies with the rules of the service; the first thing wrong
// becomes the refusal. Both faces read the same members (reference aws-iot-jobs.md, 2.2 and 6).
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "execution.h"
#include "outcome.h"

namespace kedge::drydock {

// A JSON object; nothing at all counts as {}. Refuses what is not JSON, and JSON that is not an object.
Outcome<nlohmann::json> ParseBody(std::string_view body);

// Reads members one by one; after the first wrong one the rest gives defaults. A null member counts as
// absent, an unknown one is not looked at.
class Members {
 public:
  explicit Members(const nlohmann::json& object) : object_(object) {}

  std::optional<std::string> Text(const char* name);
  // A number, or a number written as a string: a client in the field sends that (EMB).
  std::optional<int64_t> Integer(const char* name, int64_t least, int64_t most);
  bool Flag(const char* name, bool when_absent);
  std::optional<StatusDetails> Details(const char* name, std::size_t max_value_characters);
  // 1 to 10080, or -1 where that is allowed.
  std::optional<std::chrono::minutes> StepTimeout(bool may_discard);
  const nlohmann::json* Object(const char* name);
  const nlohmann::json* Array(const char* name);

  void Refuse(std::string message);
  const std::optional<Refusal>& problem() const { return problem_; }

 private:
  const nlohmann::json* Find(const char* name) const;

  const nlohmann::json& object_;
  std::optional<Refusal> problem_;
};

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

Outcome<StartNextRequest> ReadStartNext(const nlohmann::json& body);
Outcome<DescribeRequest> ReadDescribe(const nlohmann::json& body);
Outcome<UpdateRequest> ReadUpdate(const nlohmann::json& body);
Outcome<CancelExecutionRequest> ReadCancelExecution(const nlohmann::json& body);

}  // namespace kedge::drydock
