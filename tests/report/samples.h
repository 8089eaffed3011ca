// Histories of executions, made by hand.
#pragma once

#include <string>
#include <vector>

#include "report/execution_page.h"

namespace kedge::report {

inline constexpr int64_t kWall = 1'795'575'251'000;  // 2026-11-25 02:54:11 UTC
inline const ExecutionId kId{JobId{"fw-42"}, 1, kWall - 9000};

inline HistoryEntry Entry(int64_t after, const std::string& kind, const std::string& text,
                          std::optional<size_t> step = {}, const std::string& detail = "") {
  return {kId, kWall + after, kind, step, text, detail};
}

// Two steps; cancelled by force in the second; both undone.
inline ExecutionReport Cancelled() {
  ExecutionReport report;
  report.thing = "pi-1";
  report.execution = {kId,
                      "CANCELED",
                      "safe",
                      "the service ended it: CANCELED",
                      R"({"version":"1.0","steps":[
                        {"action":{"name":"fetch","type":"runCommand","input":{"command":"true"}}},
                        {"action":{"name":"configure","type":"runCommand","input":{"command":"false"}}}]})",
                      kWall,
                      kWall + 12'345};
  report.entries = {
      Entry(0, "offered", "job fw-42 with 2 steps"),
      Entry(150, "accepted", "the service accepted IN_PROGRESS (version 2)"),
      Entry(155, "protected", "step 1/2 'fetch': files kept", 0),
      Entry(160, "step-started", "step 1/2 'fetch'", 0),
      Entry(2160, "step-ended", "step 1/2 'fetch': exit status 0; took 2 s", 0,
            R"({"stdout":"one\ntwo\n","stderr":""})"),
      Entry(2170, "step-started", "step 2/2 'configure'", 1),
      Entry(11'000, "lost", "the service has it as CANCELED, reason=wrong version", {},
            R"({"serviceStatus":"CANCELED","serviceDetails":{"reason":"wrong version"}})"),
      Entry(11'000, "called-off", "stopping step 2/2 'configure': the service ended it: CANCELED", 1),
      Entry(11'500, "stopped",
            "step 2/2 'configure': killed by signal 9 (KILL); nothing of it is alive; took 9.3 s", 1,
            R"({"stdout":"","stderr":"\u001b[31mtrapped TERM"})"),
      Entry(11'500, "rolling-back", "the service ended it: CANCELED"),
      Entry(11'900, "undone", "step 2/2 'configure' is undone and verified", 1),
      Entry(12'300, "undone", "step 1/2 'fetch' is undone and verified", 0),
      Entry(12'300, "verdict", "verdict safe", {}, R"({"differences":[],"noWayBack":[],"notVerified":[]})"),
      Entry(12'345, "closed", "CANCELED, verdict safe"),
  };
  report.now = kWall + 60'000;
  return report;
}

// What somebody would write who wants to get into the page, whatever part of it he may fill.
inline const std::string kHostile =
    "</title></style></pre></svg>\"'><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
    "<svg onload=window.pwned=1>&lt;&#60;javascript:alert(1)]]><!-- -->\xE2\x80\xAE\x1b[2J\xff\xc0\xaf";

}  // namespace kedge::report
