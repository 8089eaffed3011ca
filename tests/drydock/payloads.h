// What the service says over MQTT, as text (reference aws-iot-jobs.md, 2.3 and 2.4). Times are whole seconds,
// and the job document goes in verbatim: it may be anything that somebody queued, well-formed or not.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "execution.h"
#include "instant.h"
#include "outcome.h"

namespace kedge::drydock {

// A JSON object, written member by member.
class ObjectText {
 public:
  ObjectText& Add(std::string_view key, const nlohmann::json& value);
  ObjectText& AddVerbatim(std::string_view key, std::string_view text);
  std::string Text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

// One line; what is not UTF-8 is replaced, so this never throws.
std::string Dump(const nlohmann::json& value);

inline constexpr std::size_t kMaxListed = 10;  // executions in `notify` and GetPendingJobExecutions

nlohmann::json Summary(const Execution& execution);
nlohmann::json StateObject(const ExecutionState& state);
// Without the document; `now` for approximateSecondsBeforeTimedOut.
nlohmann::json ExecutionObject(const Execution& execution, Instant now);
// With the document verbatim; null: without.
std::string ExecutionText(const Execution& execution, const std::string* document, Instant now);

std::string NotifyPayload(const std::vector<Execution*>& pending, Instant now);
std::string NotifyNextPayload(const Execution* next, const std::string* document, Instant now);

}  // namespace kedge::drydock
