// The typed properties of org.kedge.Agent1 (DBUS.md): what a tool shows of the agent without reading JSON.
// Made from the status document (status_report.h), so the two never tell different things. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::op {

// Empty, 0 or false where something does not apply. Timestamps: microseconds since the epoch, as systemd's.
struct Properties {
  std::string state;  // "idle", "running", "rolling-back", "quarantined"
  std::string link;   // "up", "down"
  bool recovering = false;

  std::string job;  // the job that is there
  int64_t execution_number = 0;
  std::string phase;
  uint32_t step = 0;        // from 1
  uint32_t step_count = 0;  // while it is in a step
  std::string step_name;
  std::string step_detail;  // what the step itself says that it does
  int32_t progress = -1;    // what the step itself says, 0 to 100; -1: nothing
  std::string task;         // what runs of the step: "run", "rollback", "restore files"
  uint64_t step_timestamp = 0;
  bool can_cancel = false;
  std::string cause;    // why it turned back
  std::string verdict;  // once it is known

  std::string last_job;  // the newest one that is over
  int64_t last_execution_number = 0;
  std::string last_status;
  std::string last_verdict;
  std::string last_text;
  uint64_t last_timestamp = 0;

  bool quarantined = false;
  std::string quarantine_reason;
  std::string quarantine_job;  // empty: the device itself is in doubt
  uint64_t quarantine_timestamp = 0;
  uint32_t stranded = 0;  // jobs that another attempt could undo

  std::vector<std::string> notes;

  bool operator==(const Properties&) const = default;
};

// Of what is no such document: everything that does not apply.
Properties PropertiesOf(std::string_view status_json);

}  // namespace kedge::op
