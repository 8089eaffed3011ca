// Outcome<T>: what an operation of the service gives, or the Refusal that the caller is told instead.
// One refusal serves both faces; each face has its own spelling of the code (mqtt_api.cc, rest_api.cc).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "execution.h"

namespace kedge::drydock {

enum class RefusalCode {
  kInvalidTopic,
  kInvalidJson,
  kInvalidRequest,
  kInvalidStateTransition,
  kResourceNotFound,
  kVersionMismatch,
  kTerminalStateReached,
  kInternalError,
  kRequestThrottled,
  kResourceAlreadyExists,
  kLimitExceeded,
  kUnknownOperation,
};

struct Refusal {
  RefusalCode code;
  std::string message;
  std::optional<ExecutionState> state = {};  // with kInvalidStateTransition and kVersionMismatch of a device
  std::string resource_id = {};              // with kResourceAlreadyExists
  std::string resource_arn = {};
};

inline Refusal InvalidRequest(std::string message) {
  return {.code = RefusalCode::kInvalidRequest, .message = std::move(message)};
}
inline Refusal NotFound(std::string message) {
  return {.code = RefusalCode::kResourceNotFound, .message = std::move(message)};
}

using Done = std::monostate;  // succeeded, nothing to tell

template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Outcome(Refusal refusal) : held_(std::in_place_index<1>, std::move(refusal)) {}  // NOLINT

  explicit operator bool() const { return held_.index() == 0; }
  // Only when true; std::bad_variant_access otherwise.
  const T& operator*() const { return std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  // Only when false.
  const Refusal& refusal() const { return std::get<1>(held_); }

 private:
  std::variant<T, Refusal> held_;
};

}  // namespace kedge::drydock
