// A device in the field: kedged and kedge-link as systemd's services on the booted Debian device of run.sh,
// mosquitto and drydock beside it, in the same network namespace. What goes wrong throws std::runtime_error
// with the device's journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "field/device.h"
#include "rig/rig.h"

namespace kedge::field {

using nlohmann::json;

inline constexpr std::chrono::seconds kLong{
    150};  // more than any scenario's roll-back takes on a busy machine

class Field {
 public:
  // `config`: YAML over the field's own. The agent is up, and connected, afterwards.
  explicit Field(const std::string& config = "");
  ~Field();
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  const Device& device() const { return device_; }
  rig::Rig& rig() { return rig_; }
  rig::Service& service() { return rig_.service(); }

  // The agent's next start has it.
  void Configure(const std::string& config);
  void StartAgent();
  // SIGKILL to all that is in kedged's unit, the running step too. systemd starts it again.
  void KillAgent();

  // One of AWS's managed templates, filled in by drydock.
  void CreateFromTemplate(const std::string& job, const std::string& name, const json& parameters);

  // Waits for a final status; gives it.
  std::string WaitForEnd(const std::string& job);
  // Waits until the device is done with the job: connected, and idle or in quarantine, with the job's end in
  // its history if it ever accepted it.
  void WaitForRest(const std::string& job);

  // When the device asked for a job and whether the service agreed, from drydock's history.
  struct Acceptance {
    int64_t created = 0;  // milliseconds since the epoch: the first that was heard of the job
    int64_t asked = 0;    // the device's first update; 0: none
    bool accepted = false;
  };
  Acceptance AcceptanceOf(const std::string& job);

  json Kedge(const std::vector<std::string>& words) const;  // with --json; null when it fails
  std::string Verdict(const std::string& job) const;        // "" when there is none
  std::string StateWord() const;                            // of `kedge status`; "" when there is no answer
  bool IsQuarantined() const;
  std::string Reason(const std::string& job);       // statusDetails' reason, else the agent's text
  std::string Story(const std::string& job) const;  // `kedge show`, and the end of the journal
  std::vector<std::string> StartedTwice(const std::string& job) const;  // steps, by its history
  std::vector<std::string> TaskProcesses() const;  // on the device, started by a job: command lines

 private:
  void Install();
  std::string BaseConfig() const;

  rig::Rig rig_;
  Device device_;
  int64_t read_ = 0;  // of drydock's history, which grows: so far
  std::map<std::string, Acceptance> acceptances_;
};

}  // namespace kedge::field
