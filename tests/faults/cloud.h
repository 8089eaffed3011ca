// The service, in this process: drydock's core with one thing and one job, and kedge-link's work around it:
// a topic and a payload in, what the broker would bring to the device out.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "service.h"

namespace kedge::faults {

struct Mail {
  std::string topic;
  std::string payload;
};

class Cloud {
 public:
  static constexpr const char* kThing = "pi-1";
  static constexpr const char* kJob = "upgrade";

  explicit Cloud(const nlohmann::json& document);

  // What the device published: the answer, and the notifications that follow from it.
  std::vector<Mail> Receive(const std::string& topic, const std::string& payload);
  // Cancels the execution by force, if it is IN_PROGRESS: the notifications that follow.
  std::vector<Mail> Cancel();

  std::string Status();  // of the execution: "QUEUED" ...
  bool IsOver();
  // The device has asked for the next job since it came up, and was told that there is none.
  bool told_of_none() const { return told_of_none_; }
  // Since it came up, and after the execution's end, its state topic has come to say "idle" or "quarantined".
  bool says_at_rest() const;
  bool says_quarantined() const;
  // What it said before does not count any more.
  void DeviceCameUp() { told_of_none_ = heard_state_ = heard_any_ = false; }
  // What the state topic retains; an empty object before the first.
  const nlohmann::json& state() const { return state_; }

 private:
  std::vector<Mail> Events();
  const drydock::Execution& execution();

  drydock::Service service_;
  bool told_of_none_ = false;
  bool heard_state_ = false;
  bool heard_any_ = false;  // in this life
  nlohmann::json state_ = nlohmann::json::object();
};

}  // namespace kedge::faults
