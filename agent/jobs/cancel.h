// A cancel as a person's tool writes it, and the answer to it: one JSON object, the same on the topic
// kedge/things/<thing>/cancel and in the D-Bus method CancelExecution, with the Jobs API's words. Pure. Ours,
// not AWS's; the format is in PROTOCOL.md. What a request may be is decided here and nowhere else.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/action.h"
#include "core/event.h"
#include "core/result.h"
#include "jobs/requests.h"
#include "jobs/topics.h"

namespace kedge::jobs {

struct CancelMessage {
  std::string token;  // goes back with the answer; "" when there was none that is legal
  // `request` is left 0 for the daemon to number. The error (kInvalid) is what the answer says: a request
  // that is not understood is refused, never guessed at.
  Result<CancelRequested> request;
};

// {} is: call off, gracefully, whatever is current. An empty payload is refused. `origin` is for the record:
// who asks. Never throws.
// `thing`: the device's; a request for another one is refused. Empty: it is not known, and any may be named.
CancelMessage DecodeCancel(std::string_view thing, std::string_view payload, std::string origin);

// What of a message on the topic would be an order of another day: a request that names no job hits whatever
// runs when it arrives, so it may arrive once.
class CancelGuard {
 public:
  // Why this message may not be acted on; nothing: it may. `retained`: the broker kept it and hands it to
  // every new connection. Remembers the tokens of the last kRemembered requests without a job.
  std::optional<std::string> Refusal(const CancelMessage& message, bool retained);

 private:
  static constexpr size_t kRemembered = 32;
  std::deque<std::string> tokens_;
};

// The etag of an execution, "2:5": execution number and version. Any change of either makes it another.
struct ExecutionTag {
  int64_t number = 0;
  int64_t version = 0;
  auto operator<=>(const ExecutionTag&) const = default;
};
std::string ToString(const ExecutionTag& tag);
std::optional<ExecutionTag> ExecutionTagFrom(std::string_view text);

// A refusal of what DecodeCancel did not understand, or the guard held back.
Answer InvalidCancel(std::string why);

// {"accepted": B, "message": S, "code": S (of a refusal), "clientToken": S, "jobId": S, "executionNumber": N,
// "executionState": {"status": S, "versionNumber": N}}; what is not known is absent.
std::string CancelAnswerText(const std::string& token, const Answer& answer);
Message Encode(const Topics& topics, const std::string& token, const Answer& answer);

}  // namespace kedge::jobs
