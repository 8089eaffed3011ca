#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <nlohmann/json.hpp>

#include "operator/history_report.h"
#include "operator/states.h"

namespace kedge::op {
namespace {

void UseUtc() {
  setenv("TZ", "UTC", 1);
  tzset();
}

const ExecutionId kId{JobId{"fw-42"}, 1, kWall - 9000};

PastExecution Cancelled() {
  return {kId,   "CANCELED",    "safe", "the service ended it: CANCELED", R"({"version":"1.0"})",
          kWall, kWall + 12'345};
}

std::vector<HistoryEntry> CancelledEntries() {
  return {
      {kId, kWall, "offered", {}, "job fw-42 with 2 steps", ""},
      {kId, kWall + 150, "accepted", {}, "the service accepted IN_PROGRESS (version 2)", ""},
      {kId, kWall + 160, "step-started", 0, "step 1/2 'fetch'", ""},
      {kId, kWall + 2160, "step-ended", 0, "step 1/2 'fetch': exit status 0",
       R"({"stdout":"one\ntwo\n","stderr":""})"},
      {kId, kWall + 2170, "step-started", 1, "step 2/2 'configure'", ""},
      {kId,
       kWall + 12'000,
       "lost",
       {},
       "the service has it as CANCELED, reason=wrong version",
       R"({"serviceStatus":"CANCELED","serviceDetails":{"reason":"wrong version"}})"},
      {kId, kWall + 12'200, "stopped", 1, "step 2/2 'configure': killed by signal 9 (KILL)",
       R"({"stdout":"","stderr":"\u001b[31mtrapped TERM"})"},
      {kId,
       kWall + 12'300,
       "verdict",
       {},
       "verdict safe",
       R"({"differences":[],"noWayBack":[],"notVerified":[]})"},
      {kId, kWall + 12'345, "closed", {}, "CANCELED, verdict safe", ""},
  };
}

TEST_CASE("a cancelled job's page: outcome, the operator's reason, timeline, output") {
  UseUtc();
  CHECK(ShowText(Cancelled(), CancelledEntries(), {}) ==
        "      Job: fw-42, execution 1\n"
        "   Status: CANCELED\n"
        "  Verdict: safe\n"
        "     Text: the service ended it: CANCELED\n"
        "  Offered: 2026-11-25 02:54:11, took 12.3s\n"
        " Operator: reason = wrong version\n"
        "\n"
        "TIME                 DELTA  EVENT         WHAT\n"
        "2026-11-25 02:54:11         offered       job fw-42 with 2 steps\n"
        "2026-11-25 02:54:11  +0.1s  accepted      the service accepted IN_PROGRESS (version 2)\n"
        "2026-11-25 02:54:11  +0.0s  step-started  step 1/2 'fetch'\n"
        "2026-11-25 02:54:13  +2.0s  step-ended    step 1/2 'fetch': exit status 0\n"
        "2026-11-25 02:54:13  +0.0s  step-started  step 2/2 'configure'\n"
        "2026-11-25 02:54:23  +9.8s  lost          the service has it as CANCELED, reason=wrong version\n"
        "2026-11-25 02:54:23  +0.2s  stopped       step 2/2 'configure': killed by signal 9 (KILL)\n"
        "2026-11-25 02:54:23  +0.1s  verdict       verdict safe\n"
        "2026-11-25 02:54:23  +0.0s  closed        CANCELED, verdict safe\n"
        "\n"
        "step 1/2 'fetch': exit status 0\n"
        "  out | one\n"
        "  out | two\n"
        "\n"
        "step 2/2 'configure': killed by signal 9 (KILL)\n"
        "  err | trapped TERM\n");
}

TEST_CASE("an unsafe job's page lists what is not as before") {
  UseUtc();
  PastExecution past = Cancelled();
  past.verdict = "unsafe";
  const std::string text = ShowText(
      past,
      {{kId,
        kWall,
        "verdict",
        {},
        "verdict unsafe",
        R"({"differences":["files /etc/app.conf: mode is 0644, was 0600"],"noWayBack":["step 2"],"notVerified":[]})"}},
      {});
  CHECK(text.find("\nNot as before the job:\n  files /etc/app.conf: mode is 0644, was 0600\n"
                  "\nWithout a way back:\n  step 2\n") != std::string::npos);
  CHECK(text.find("Undone, not verified") == std::string::npos);
}

TEST_CASE("the newest word of the service counts") {
  UseUtc();
  auto entries = CancelledEntries();
  entries.push_back({kId,
                     kWall + 12'400,
                     "lost",
                     {},
                     "again",
                     R"({"serviceStatus":"CANCELED","serviceDetails":{"by":"anna","reason":"v2"}})"});
  CHECK(ShowText(Cancelled(), entries, {}).find(" Operator: by = anna\n           reason = v2\n") !=
        std::string::npos);
}

TEST_CASE("long output is cut to its end, and a running job has no end") {
  UseUtc();
  PastExecution past = Cancelled();
  past.closed_wall = 0;
  past.status = "running";
  past.verdict = "";
  std::string output;
  for (int i = 1; i <= 30; ++i) output += "line " + std::to_string(i) + "\n";
  const nlohmann::json detail = {{"stdout", output}, {"stderr", ""}};
  const std::string text =
      ShowText(past, {{kId, kWall, "step-ended", 0, "step 1/1 'a': exit status 0", detail.dump()}}, {});
  CHECK(text.find("  Offered: 2026-11-25 02:54:11\n") != std::string::npos);
  CHECK(text.find("Verdict") == std::string::npos);
  CHECK(text.find("  out | line 20\n") == std::string::npos);
  CHECK(text.find("step 1/1 'a': exit status 0\n  out | line 21\n") != std::string::npos);
  CHECK(text.find("  out | line 30\n") != std::string::npos);
}

TEST_CASE("details that are no JSON, or another JSON, are no crash") {
  UseUtc();
  for (const char* detail :
       {"{", "[]", "5", "\"x\"", R"({"stdout":5,"serviceDetails":[1],"differences":"x"})",
        R"({"serviceDetails":{"k":[{}]},"differences":[1]})"}) {
    for (const char* kind : {"lost", "verdict", "step-ended"}) {
      const std::vector<HistoryEntry> entries{{kId, kWall, kind, 0, "text", detail}};
      CHECK_FALSE(ShowText(Cancelled(), entries, {}).empty());
      CHECK(nlohmann::json::accept(ShowJson(Cancelled(), entries)));
    }
  }
}

TEST_CASE("the history is a table, newest first, with no blanks at the ends") {
  UseUtc();
  PastExecution running = Cancelled();
  running.id = {JobId{"a-much-longer-job-name"}, 12, 0};
  running.status = "running";
  running.verdict = "";
  running.text = "";
  running.closed_wall = 0;
  CHECK(HistoryText({running, Cancelled()}, {}) ==
        "JOB                        STATUS    VERDICT  OFFERED              TOOK   WHAT\n"
        "a-much-longer-job-name#12  running   -        2026-11-25 02:54:11  -\n"
        "fw-42#1                    CANCELED  safe     2026-11-25 02:54:11  12.3s  the service ended it: "
        "CANCELED\n");
  CHECK(HistoryText({}, {}) == "No job has been offered to this device yet.\n");
}

TEST_CASE("colours do not move the columns") {
  UseUtc();
  std::string text = HistoryText({Cancelled()}, {.colour = true});
  CHECK(text.find('\x1b') != std::string::npos);
  for (size_t at; (at = text.find('\x1b')) != std::string::npos;) text.erase(at, text.find('m', at) - at + 1);
  CHECK(text == HistoryText({Cancelled()}, {}));
}

TEST_CASE("the JSON forms carry everything, with times in UTC") {
  const auto history = nlohmann::json::parse(HistoryJson({Cancelled()}));
  REQUIRE(history.size() == 1);
  CHECK(history[0]["jobId"] == "fw-42");
  CHECK(history[0]["closedAt"] == "2026-11-25T02:54:23.345Z");

  const auto show = nlohmann::json::parse(ShowJson(Cancelled(), CancelledEntries()));
  CHECK(show["document"]["version"] == "1.0");
  REQUIRE(show["history"].size() == 9);
  CHECK(show["history"][3]["step"] == 1);
  CHECK(show["history"][3]["detail"]["stdout"] == "one\ntwo\n");
  CHECK(show["history"][5]["detail"]["serviceDetails"]["reason"] == "wrong version");
}

TEST_CASE("a document that is no JSON, or nests without end, is given as the text it was") {
  PastExecution past = Cancelled();
  for (const std::string& document :
       {std::string("{not json"), std::string(10'000, '[') + std::string(10'000, ']')}) {
    past.document = document;
    CHECK(nlohmann::json::parse(ShowJson(past, {}))["document"] == document);
  }
}

}  // namespace
}  // namespace kedge::op
