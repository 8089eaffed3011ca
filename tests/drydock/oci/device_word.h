// What devices say on kedge/things/THING/…: their state, and their answers to cancel requests. It is Kedge's
// own, not AWS's (agent/core/device_state.h, agent/jobs/PROTOCOL.md "Called off by topic").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kedge::drydock::oci {

// Of the state message, what matters here. Absent texts are empty.
struct DeviceReport {
  std::string thing;
  std::string job;      // that it is busy with
  std::string last;     // the job before
  std::string verdict;  // on that one: safe, unknown, unsafe
  std::string quarantined_by;
  std::string quarantine_reason;

  bool AtRestAfter(const std::string& job_id) const { return last == job_id && job != job_id; }
};

struct CancelReply {
  std::string thing;
  bool accepted;
  std::string client_token;
  std::string message;
};

using DeviceWord = std::variant<DeviceReport, CancelReply>;

// Nothing for another topic, and for a payload that cannot be read.
std::optional<DeviceWord> ReadDeviceWord(std::string_view topic, std::string_view payload);

std::string CancelTopic(const std::string& thing);

}  // namespace kedge::drydock::oci
