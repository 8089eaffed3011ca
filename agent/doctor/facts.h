// What one look finds out and a later one goes by. Private to doctor/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kedge::doctor {

// What a kedged that answers says of itself (operator/status_report.h); "" is what it does not tell.
struct AgentWord {
  struct Quarantine {
    std::string since, reason;
    bool has_stranded = false;  // jobs that could not be undone
  };

  std::string thing, version, state, link;
  std::string job;       // that is there
  std::string survivor;  // what its step waits for, beyond KILL
  bool recovering = false;
  std::optional<Quarantine> quarantine;
  std::vector<std::string> notes;
};
// Whatever another version says: what is not of the right kind counts as not told. Nothing: it is no object.
std::optional<AgentWord> ReadStatus(const std::string& json);

struct Facts {
  bool has_config = false;  // it could be read; otherwise the defaults stand for it
  std::optional<AgentWord> agent;
  std::string silence;  // why there is none

  // From the checks.
  bool has_credentials = false;  // the files are good for TLS
  std::string obstacle;          // the first check that stands in the way of a connection
  int64_t valid_from = 0;  // of certificate and CA, the later one, in seconds since the epoch; 0: not known
  int64_t newest = 0;      // the journal's newest line, in milliseconds; 0: not known

  // What a check has found out.
  void Add(const Facts& more);
};

}  // namespace kedge::doctor
