// The whole command, before an agent that answers what the test says.
#include "cancel/cancel.h"

#include <doctest/doctest.h>

#include <deque>
#include <nlohmann/json.hpp>

namespace kedge::cancel {
namespace {

using nlohmann::json;

std::string Running(const std::string& phase) {
  return json{{"execution",
               {{"jobId", "a"},
                {"executionNumber", 1},
                {"acceptedAt", "T"},
                {"phase", phase},
                {"cancel",
                 {{"possible", true},
                  {"text", "undoes these steps when the running one ends; with --force at once"},
                  {"undoes",
                   {{{"step", 2}, {"name", "b"}, {"by", json::array()}},
                    {{"step", 1}, {"name", "a\x1b[2J"}, {"by", {"rollback", "guard files"}}}}}}}}}}
      .dump();
}
std::string Ended(const std::string& job, const std::string& status, const std::string& verdict) {
  return json{{"last",
               {{"jobId", job},
                {"executionNumber", 1},
                {"status", status},
                {"verdict", verdict},
                {"text", "cancelled on the device"}}}}
      .dump();
}

struct FakeAgent : Agent {
  Result<std::string> Cancel(const std::string& request) override {
    requests.push_back(request);
    return answer;
  }
  Result<std::string> Status() override {
    if (statuses.empty()) return Unexpected{ErrorKind::kUnavailable, "kedged does not run"};
    std::string now = statuses.front();
    if (statuses.size() > 1) statuses.pop_front();
    return now;
  }
  Result<std::optional<Past>> FindPast(const std::string& job, int64_t number) override {
    if (job == "a" && number == 1) return past;
    return std::optional<Past>();
  }
  void WaitForChange(std::chrono::milliseconds limit) override { now += limit.count(); }

  Result<std::string> answer = std::string(
      R"({"accepted":true,"message":"job a is rolled back after step 1/2 'x'","jobId":"a","executionNumber":1,)"
      R"("executionState":{"status":"IN_PROGRESS","versionNumber":2}})");
  std::deque<std::string> statuses = {Running("running")};
  std::optional<Past> past;
  std::vector<std::string> requests;
  int64_t now = 0;
};

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
  std::string asked;
};
Ran Do(FakeAgent& agent, const std::vector<std::string>& words,
       std::optional<bool> at_terminal = std::nullopt) {
  Ran ran;
  const Io io{.out = [&](const std::string& text) { ran.out += text; },
              .err = [&](const std::string& text) { ran.err += text + "\n"; },
              .agent = [&](const std::string&) -> Result<Agent*> { return &agent; },
              .read = [](const std::string& path) -> Result<std::string> {
                return Unexpected{ErrorKind::kNotFound, path + ": No such file or directory"};
              },
              .confirm =
                  [&](const std::string& question) {
                    ran.asked += question;
                    return at_terminal;
                  },
              .now = [&] { return agent.now; }};
  ran.status = Cancel(words, io);
  return ran;
}
bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("an accepted cancel says what happens now") {
  FakeAgent agent;
  const Ran ran = Do(agent, {"a", "--yes", "--reason", "smoke"});
  CHECK(ran.status == 0);
  CHECK(ran.out == "job a is rolled back after step 1/2 'x'\n");
  CHECK(ran.err.empty());
  CHECK(ran.asked.empty());
  CHECK(agent.requests == std::vector<std::string>{R"({"jobId":"a","reason":"smoke"})"});
}

TEST_CASE("who sits at a terminal is asked, and told what it would do, and no is no") {
  FakeAgent agent;
  Ran ran = Do(agent, {"a"}, false);
  CHECK(ran.status == 1);
  CHECK(ran.asked ==
        "A cancel of job a: undoes these steps when the running one ends:\n"
        "  step 2, 'b': no way back\n"
        "  step 1, 'a': rollback, guard files\n"
        "Call job a off?");
  CHECK(ran.err == "not called off\n");
  CHECK(agent.requests.empty());
  ran = Do(agent, {"a", "--is-forced", "true"}, true);
  CHECK(ran.status == 0);
  CHECK(Has(ran.asked, "A cancel of job a: stops the running step now, and undoes these:\n  step 2"));
  CHECK(Has(ran.asked, "\nCall job a off at once?"));
  CHECK(agent.requests.size() == 1);
  // What can be said of one that is not there is nothing.
  CHECK(Do(agent, {"b"}, false).asked == "Call job b off?");
}

TEST_CASE("without a terminal nothing is done that nobody agreed to, in one line that says what to type") {
  FakeAgent agent;
  const Ran ran = Do(agent, {"a"});
  CHECK(ran.status == 1);
  CHECK(ran.err == "nobody is at a terminal to be asked; type: kedge cancel a --yes\n");
  CHECK(agent.requests.empty());
  for (const char* enough : {"--yes", "-y", "--force"}) CHECK(Do(agent, {"a", enough}).status == 0);
}

TEST_CASE("a refusal is said with its code, and is a failure") {
  FakeAgent agent;
  agent.answer = std::string(
      R"({"accepted":false,"code":"VersionMismatch","message":"job a has version 4\u001b[2J","executionState":)"
      R"({"status":"IN_PROGRESS","versionNumber":4}})");
  Ran ran = Do(agent, {"a", "--yes", "--expected-version", "3", "--wait-for-state", "CANCELED"});
  CHECK(ran.status == 1);
  CHECK(ran.out.empty());
  CHECK(Has(ran.err, "job a has version 4"));
  CHECK(Has(ran.err, "(VersionMismatch)"));
  CHECK_FALSE(Has(ran.err, "\x1b"));
  ran = Do(agent, {"a", "--yes", "--json", "--client-token", "t"});
  CHECK(ran.status == 1);
  CHECK(ran.err.empty());
  const json printed = json::parse(ran.out);
  CHECK(printed["accepted"] == false);
  CHECK(printed["executionState"]["versionNumber"] == 4);
  CHECK(printed["clientToken"] == "t");
}

TEST_CASE("who may not, and who finds no agent, is told what to type") {
  FakeAgent agent;
  agent.answer = Unexpected{ErrorKind::kDenied, "only root may cancel a job"};
  CHECK(Do(agent, {"a", "--yes"}).err == "only root may cancel a job; type: sudo kedge cancel ...\n");
  agent.answer = Unexpected{ErrorKind::kUnavailable, "kedged does not run; start it: systemctl start kedged"};
  const Ran ran = Do(agent, {"a", "--yes"});
  CHECK(ran.status == 1);
  CHECK(Has(ran.err, "systemctl start kedged"));
  agent.answer = std::string("yes");
  CHECK(Has(Do(agent, {"a", "--yes"}).err, "not understood"));
}

TEST_CASE("it waits for the state, and says how it ended") {
  FakeAgent agent;
  agent.statuses = {Running("running"), Running("rolling-back"), Ended("a", "FAILED", "safe")};
  Ran ran = Do(agent, {"a", "--yes", "--wait-for-state", "CANCELED"});
  CHECK(ran.status == 0);
  CHECK(Has(ran.out, "job a is CANCELED, verdict safe\n"));
  CHECK(ran.err == "waiting for CANCELED, at most 1200 s; Ctrl-C stops only the waiting\n");
  agent.statuses = {Ended("a", "FAILED", "unsafe")};
  ran = Do(agent, {"a", "--yes", "--wait-for-state", "FAILED"});
  CHECK(ran.status == 0);
  CHECK(Has(ran.err, "the device is not as it was"));
}

TEST_CASE("another end has a status and words of its own") {
  FakeAgent agent;
  agent.statuses = {Running("running"), Ended("a", "TIMED_OUT", "safe")};
  const Ran ran = Do(agent, {"a", "--yes", "--wait-for-state", "CANCELED", "--wait-for-state", "FAILED"});
  CHECK(ran.status == 3);
  CHECK(ran.err ==
        "waiting for CANCELED or FAILED, at most 1200 s; Ctrl-C stops only the waiting\n"
        "job a ended TIMED_OUT, verdict safe, so CANCELED or FAILED cannot come any more: cancelled on the "
        "device\n");
}

TEST_CASE("when the time is over the status is OCI's, and the words too") {
  FakeAgent agent;
  const Ran ran =
      Do(agent, {"a", "--yes", "--wait-for-state", "CANCELED", "--max-wait-seconds", "40", "--json"});
  CHECK(ran.status == 2);
  CHECK(Has(ran.err,
            "Failed to wait until job a entered the specified state CANCELED within 40 s: it is running"));
  CHECK(agent.now == 40'000);
  const json printed = json::parse(ran.out);
  CHECK(!Has(ran.err, "waiting"));
  CHECK(printed["wait"]["reached"] == false);
  CHECK(printed["wait"]["phase"] == "running");
}

TEST_CASE("an execution that others have come after is looked up in the journal") {
  FakeAgent agent;
  agent.statuses = {Ended("b", "SUCCEEDED", "")};
  agent.past = Past{"FAILED", "safe", "cancelled on the device"};
  CHECK(Do(agent, {"a", "--yes", "--wait-for-state", "CANCELED"}).status == 0);
  agent.past.reset();
  const Ran ran = Do(agent, {"a", "--yes", "--wait-for-state", "CANCELED", "--max-wait-seconds", "0"});
  CHECK(ran.status == 2);
  CHECK(Has(ran.err, "neither the agent nor its journal knows"));
}

TEST_CASE("wrong use is one line and asks nobody anything, help and skeletons need no agent") {
  FakeAgent agent;
  const Ran wrong = Do(agent, {"a", "--wait-for-state", "DONE"}, true);
  CHECK(wrong.status == 2);
  CHECK(wrong.asked.empty());
  CHECK(wrong.err.find('\n') == wrong.err.size() - 1);
  for (const char* shown : {"--help", "--generate-cli-skeleton", "--generate-full-command-json-input"}) {
    const Ran ran = Do(agent, {shown});
    CHECK(ran.status == 0);
    CHECK_FALSE(ran.out.empty());
  }
  CHECK(agent.requests.empty());
}

}  // namespace
}  // namespace kedge::cancel
