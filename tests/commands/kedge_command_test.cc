// The real `kedge` program: against a served agent, and against a journal without one.
#include "commands/kedge_command.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "operator/served_agent.h"
#include "operator/states.h"
#include "operator/status_report.h"
#include "store/journal.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

TEST_CASE("kedge: wrong use is one line and exit status 2") {
  for (const char* arguments :
       {"", "stauts", "cancel", "show 'a b'", "history --limit x", "--nonsense", "doctor --only discs"}) {
    CAPTURE(arguments);
    const Outcome outcome = Run(std::string(KEDGE_COMMAND) + " " + arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.output.starts_with("kedge: "));
    CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') == 1);
    CHECK(Has(outcome.output, "type: "));
  }
}

TEST_CASE("kedge: help and version need no configuration and no agent") {
  CHECK(Has(Run(std::string(KEDGE_COMMAND) + " --help").output, "Examples:"));
  CHECK(Run(std::string(KEDGE_COMMAND) + " cancel --help").status == 0);
  CHECK(Run(std::string(KEDGE_COMMAND) + " --version").output == "kedge " KEDGE_VERSION "\n");
}

TEST_CASE("kedge: a wrong configuration is named, exit status 1") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/bad.yaml") << "thnig: x\n";
  const Outcome bad = Run(std::string(KEDGE_COMMAND) + " status --config " + folder.path() + "/bad.yaml");
  CHECK(bad.status == 1);
  CHECK(Has(bad.output, "bad.yaml:1:1: unknown key 'thnig'; did you mean 'thing'?"));
  CHECK(Run(std::string(KEDGE_COMMAND) + " status --config " + folder.path() + "/none.yaml").status == 1);
}

TEST_CASE("kedge: status, cancel, clear and rollback ask the running agent") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  agent.status = StatusJson(With(InStepTwo(Phase::kRunning)),
                            {.thing = "pi-1", .version = "9.9.9", .agent_running = true, .notes = {}});
  agent.While([&] {
    const Outcome status = Run(Kedge(config, "status"));
    CHECK(status.status == 0);
    CHECK(Has(status.output, "     Agent: kedged 9.9.9\n"));
    CHECK(Has(status.output, "step 1, 'fetch': guard files\n"));
    CHECK_FALSE(Has(status.output, "\x1b"));  // not a terminal
    const Outcome json = Run(Kedge(config, "status --json"));
    CHECK(nlohmann::json::parse(json.output) == nlohmann::json::parse(agent.status));

    const Outcome cancel = Run(Kedge(config, "cancel fw-42 --force --reason 'wrong version'"));
    CHECK(cancel.status == 0);
    CHECK(cancel.output == "done\n");
    CHECK(nlohmann::json::parse(Run(Kedge(config, "clear --json")).output)["accepted"] == true);
    CHECK(Run(Kedge(config, "rollback --retry")).output == "done\n");
  });
  CHECK(agent.rollbacks.size() == 1);
  REQUIRE(agent.cancels.size() == 1);
  CHECK(agent.cancels[0].job == JobId{"fw-42"});
  CHECK(agent.cancels[0].force);
  CHECK(agent.cancels[0].reason == "wrong version");
  CHECK(agent.clears.size() == 1);
}

TEST_CASE("kedge: a refusal is exit status 1, in text and in JSON") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  agent.decide = [&](int64_t request) { agent.object->Answer({request, false, "nothing runs"}); };
  agent.While([&] {
    const Outcome text = Run(Kedge(config, "cancel fw-42 --yes"));
    CHECK(text.status == 1);
    CHECK(text.output == "kedge: nothing runs\n");
    const Outcome json = Run(Kedge(config, "--json cancel fw-42 --yes"));
    CHECK(json.status == 1);
    CHECK(nlohmann::json::parse(json.output)["text"] == "nothing runs");
  });
}

TEST_CASE("kedge: reload prints what the agent says, a line for a line, and fails when it does") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  agent.While([&] {
    Outcome outcome = Run(Kedge(config, "reload"));
    CHECK(outcome.status == 0);
    CHECK(outcome.output == "thing: no\nservice.poll: no\n");
    agent.reload_works = false;
    outcome = Run(Kedge(config, "reload"));
    CHECK(outcome.status == 1);
    CHECK(outcome.output == "kedge: thing: no\nservice.poll: no\n");
    if (geteuid() == 0) {
      CHECK(RunAsNobody("env " + Kedge(config, "reload")).status == 1);
    }
  });
  CHECK(agent.reloads == 2);
}

TEST_CASE("kedge: wait returns when the agent says that it is so, and not before") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  const auto tell = [&](const State& state, bool recovering) {
    agent.status =
        StatusJson(state, {.thing = "pi-1", .version = "1", .recovering = recovering, .notes = {}});
    agent.object->StatusChanged();
  };
  const State running = With(InStepTwo(Phase::kRunning));
  tell(running, false);
  agent.While([&] {
    CHECK(Run(Kedge(config, "wait recovered")).status == 0);
    const Outcome late = Run(Kedge(config, "wait idle --timeout 1"));
    CHECK(late.status == 1);
    CHECK(Has(late.output, "a job is still there"));
  });
  tell(With(InStepTwo(Phase::kRollingBack)), true);
  agent.While([&] {
    const Outcome late = Run(Kedge(config, "wait recovered --timeout 1"));
    CHECK(late.status == 1);
    CHECK(Has(late.output, "still being undone"));
  });
  // It becomes true while somebody waits.
  const auto later = agent.loop.At(sys::BootMillis() + 300, [&] { tell(State{}, false); });
  agent.While([&] { CHECK(Run(Kedge(config, "wait idle")).status == 0); });

  State doubtful;
  doubtful.quarantine = Quarantine{{}, "the journal was lost", kWall};
  tell(doubtful, false);
  agent.While([&] {
    const Outcome outcome = Run(Kedge(config, "wait recovered"));
    CHECK(outcome.status == 1);
    CHECK(Has(outcome.output, "in quarantine"));
  });
}

TEST_CASE("kedge: wait outlasts an agent that is not there, for as long as it may") {
  const TemporaryFolder folder;
  const Outcome outcome = Run(Kedge(ConfigIn(folder.path()), "wait idle --timeout 1"));
  CHECK(outcome.status == 1);
  CHECK(Has(outcome.output, "kedged does not run"));
}

TEST_CASE("kedge: another user may look, and is told what to type to change") {
  if (geteuid() != 0) return;
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  WriteJournal(agent.folder.path());
  agent.While([&] {
    const std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups -- env ";
    CHECK(Run(as_nobody + Kedge(config, "status")).status == 0);
    const Outcome cancel = Run(as_nobody + Kedge(config, "cancel fw-42 --yes"));
    CHECK(cancel.status == 1);
    CHECK(Has(cancel.output, "only root may cancel a job; type: sudo kedge"));
    const Outcome history = Run(as_nobody + Kedge(config, "history"));
    CHECK(history.status == 1);
    CHECK(Has(history.output, "sudo kedge"));
  });
  CHECK(agent.cancels.empty());
}

TEST_CASE("kedge: without an agent, status is read from the journal, and that is said") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  WriteJournal(folder.path());
  const Outcome status = Run(Kedge(config, "status"));
  CAPTURE(status.output);
  CHECK(status.status == 0);
  CHECK(Has(status.output, "kedge: kedged does not run ("));
  CHECK(Has(status.output, "this is read from its journal " + folder.path() + "/state/journal.db\n"));
  CHECK(Has(status.output, "not running: read from the journal"));
  CHECK(Has(status.output, " Job: fw-42, execution 2"));
  CHECK(Has(status.output, "step 2, 'configure': rollback"));
  const Outcome cancel = Run(Kedge(config, "cancel fw-42 --yes"));
  CHECK(cancel.status == 1);
  CHECK(Has(cancel.output, "kedged does not run ("));
  CHECK(Has(cancel.output, "systemctl start kedged"));
}

TEST_CASE("kedge: history and show read the journal, beside a running agent and without one") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  WriteJournal(agent.folder.path());
  const auto look = [&](bool runs) {
    const Outcome history = Run(Kedge(config, "history"));
    CHECK(history.status == 0);
    CHECK(Has(history.output, "does not run") == !runs);
    CHECK(Has(history.output, "fw-41#1  CANCELED  safe"));
    CHECK(Has(history.output, "fw-42#2  running"));
    CHECK_FALSE(Has(Run(Kedge(config, "history --limit 1")).output, "fw-41#1"));
    const Outcome show = Run(Kedge(config, "show fw-41"));
    CHECK(show.status == 0);
    CHECK(Has(show.output, "  Verdict: safe\n"));
    CHECK(Has(show.output, " Operator: reason = wrong version\n"));
    CHECK(Has(show.output, "offered  job fw-41 with 1 step\n"));
    CHECK(Has(show.output, "+29.0s  lost     the service has it as CANCELED\n"));
    CHECK(nlohmann::json::parse(
              Run(Kedge(config, "show fw-42#2 --json 2>/dev/null")).output)["document"]["version"] == "1.0");
    const Outcome none = Run(Kedge(config, "show nothing"));
    CHECK(none.status == 1);
    CHECK(Has(none.output, "no job nothing in the history"));
    CHECK(Has(Run(Kedge(config, "show fw-41#7")).output, "no job fw-41#7 in the history"));
  };
  agent.While([&] { look(true); });
  agent.object.reset();
  look(false);
}

TEST_CASE("kedge: history is narrowed, and says when there is more") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  WriteJournal(folder.path());
  const auto history = [&](const std::string& options) {
    return Run(Kedge(config, "history " + options + " 2>/dev/null")).output;
  };
  CHECK(Has(history("--limit 1"), "\nThere are older ones: the same with --page 2\n"));
  CHECK(Has(history("--limit 1 --page 2"), "fw-41#1"));
  CHECK_FALSE(Has(history("--limit 1 --page 2"), "older"));
  CHECK(Has(history("--status canceled"), "fw-41#1"));
  CHECK_FALSE(Has(history("--status canceled"), "fw-42"));
  CHECK(history("--job 'nothing-*'") == "No such job in the history.\n");
  CHECK(history("--job 'nothing-*' --json") == "[]\n");
  CHECK(nlohmann::json::parse(history("--verdict safe --json")).size() == 1);
}

TEST_CASE("kedge: logs prints what steps have printed, and nothing that steers a terminal") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  WriteJournal(folder.path());
  {
    auto journal = store::OpenJournal(folder.path() + "/state/journal.db");
    REQUIRE(journal);
    auto state = (*journal)->Load();
    REQUIRE(state);
    const ExecutionId id = state->current->id;
    REQUIRE((*journal)->Commit(*state, *state,
                               {{id, kWall, "step-ended", 0, "step 1/3 'fetch': exit status 0",
                                 R"({"stdout":"one\ntwo\u001b[31m\n","stderr":"careful\n"})"},
                                {id, kWall, "step-ended", 1, "step 2/3 'configure': exit status 0", "{}"}}));
  }
  const Outcome logs = Run(Kedge(config, "logs fw-42 2>/dev/null"));
  CHECK(logs.status == 0);
  CHECK(logs.output == "== step 1/3 'fetch': exit status 0\none\ntwo\nerr | careful\n");
  const Outcome json = Run(Kedge(config, "logs fw-42 --json 2>/dev/null"));
  const std::string last = json.output.substr(json.output.rfind('\n', json.output.size() - 2) + 1);
  CHECK(nlohmann::json::parse(last)["step"] == 2);
  const Outcome quiet = Run(Kedge(config, "logs fw-41"));
  CHECK(quiet.status == 0);
  CHECK(quiet.output == "kedge: the steps of fw-41 have printed nothing\n");
  CHECK(Run(Kedge(config, "logs nothing")).status == 1);
  // Nobody is there to go on with it.
  const Outcome follow = Run(Kedge(config, "logs fw-42 --follow"));
  CHECK(follow.status == 1);
  CHECK(Has(follow.output, "so nothing more happens to the job"));
}

TEST_CASE("kedge: config tells each value and where it comes from") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  const Outcome all = Run(Kedge(config, "config"));
  CHECK(all.status == 0);
  CHECK(Has(all.output, "# default\n"));
  const Outcome thing = Run(Kedge(config, "config thing paths.state"));
  CHECK(thing.output ==
        "thing: pi-1  # " + config + ":1\npaths.state: " + folder.path() + "/state  # " + config + ":2\n");
  const auto json = nlohmann::json::parse(Run(Kedge(config, "config jobs --json")).output);
  REQUIRE(json.size() > 3);
  CHECK(json[0]["origin"] == "default");
  CHECK(Run(Kedge(config, "config nonsense")).status == 1);
  std::ofstream(config, std::ios::app) << "jobs: {stepp_limit: 1h}\n";
  const Outcome wrong = Run(Kedge(config, "config"));
  CHECK(wrong.status == 1);
  CHECK(Has(wrong.output, "kedge.yaml:3:8: unknown key 'stepp_limit'; did you mean 'step_limit'?"));
}

// What `kedge watch` has printed when it has so many lines.
Outcome WatchLines(const std::string& config, const std::string& options, int lines,
                   const std::string& folder) {
  const std::string out = folder + "/watched";
  // What an earlier watch had written is out of the way before anybody counts lines.
  return Run(": >" + out + "; " + Kedge(config, "watch" + options) + " >" + out +
             " 2>&1 & timeout 60 sh -c 'until [ $(wc -l <" + out + ") -ge " + std::to_string(lines) +
             " ]; do :; done'; kill $!; wait; cat " + out);
}

TEST_CASE("kedge: check tells what a document would do here, or why it may not run") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  const std::string file = folder.path() + "/job.json";
  std::ofstream(file) << R"({"version":"1.0","steps":[{"action":{"name":"touch","type":"runCommand",
    "input":{"command":"touch,/tmp/x y"},"runAsUser":"root","rollback":{"command":"rm,-f,/tmp/x y"}}}]})";
  const Outcome text = Run(Kedge(config, "check " + file));
  CHECK(text.status == 0);
  CHECK(text.output ==
        "1 touch\n   command: touch /tmp/x y\n      user: root\n      undo: rollback of the document\n"
        "            nothing verifies it: the verdict would be unknown\n\n"
        "may run here: 1 step; each can be undone\n");
  const auto json = nlohmann::json::parse(Run(Kedge(config, "check - --json <" + file)).output);
  CHECK(json["accepted"] == true);
  CHECK(json["steps"][0]["runs"] == nlohmann::json{"touch", "/tmp/x y"});
  CHECK(Run(Kedge(config, "run --dry-run " + file)).output == text.output);
  std::ofstream(file) << R"({"version":"1.0","steps":[{"action":{"name":"x","type":"runCommand",
    "input":{"command":"no-such-program"}}}]})";
  const Outcome refused = Run(Kedge(config, "check " + file));
  CHECK(refused.status == 1);
  CHECK(Has(refused.output, "cannot run here: step 1 'x': "));
  CHECK(Has(refused.output, "no-such-program"));
  CHECK(Run(Kedge(config, "run --dry-run " + file)).status == 1);
  CHECK(Run(Kedge(config, "check " + folder.path() + "/none")).status == 1);
  std::ofstream(file) << std::string(40000, ' ');
  CHECK(Run(Kedge(config, "check " + file)).status == 1);
}

TEST_CASE("kedge: metrics are figures of the agent, and of its absence") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  WriteJournal(agent.folder.path());
  agent.status = StatusJson(With(InStepTwo(Phase::kRunning)), {.thing = "pi-1", .version = "9", .notes = {}});
  agent.While([&] {
    const Outcome text = Run(Kedge(config, "metrics"));
    CHECK(text.status == 0);
    CHECK(Has(text.output, "kedge_up 1\n"));
    CHECK(Has(text.output, "kedge_job_step 2\n"));
    CHECK(Has(text.output, "kedge_history_jobs{status=\"CANCELED\",verdict=\"safe\"} 1\n"));
    const std::string file = agent.folder.path() + "/kedge.prom";
    CHECK(Run(Kedge(config, "metrics --output " + file)).output == "");
    std::ifstream written(file);
    CHECK(std::string(std::istreambuf_iterator<char>(written), {}) == text.output);
    CHECK(Run(Kedge(config, "metrics -o /nonexistent/kedge.prom")).status == 1);
  });
  agent.object.reset();
  const Outcome gone = Run(Kedge(config, "metrics"));
  CHECK(gone.status == 0);
  CHECK(Has(gone.output, "kedge_up 0\n"));
  CHECK(Has(gone.output, "kedge_job_in_progress 1\n"));  // the journal's word
  const TemporaryFolder nothing;
  CHECK(Run(Kedge(ConfigIn(nothing.path()), "metrics")).output.ends_with("kedge_up 0\n"));
}

TEST_CASE("kedge: watch prints each change, and goes on without the agent") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  const auto tell = [&](const State& state) {
    agent.status = StatusJson(state, {.thing = "pi-1", .version = "1", .notes = {}});
    agent.object->StatusChanged();
  };
  tell(State{});
  const auto later = agent.loop.At(sys::BootMillis() + 300, [&] { tell(With(InStepTwo(Phase::kRunning))); });
  agent.While([&] {
    const Outcome json = WatchLines(config, " --json", 2, agent.folder.path());
    CHECK(std::count(json.output.begin(), json.output.end(), '\n') == 2);
    CHECK(Has(json.output, "\"state\":\"idle\""));
    CHECK(Has(json.output, "\"jobId\":\"fw-42\""));
  });
  agent.object.reset();
  CHECK(Has(WatchLines(config, "", 1, agent.folder.path()).output, "kedge: kedged does not run ("));
}

TEST_CASE("kedge: neither an agent nor a journal is told with both reasons") {
  const TemporaryFolder folder;
  const Outcome status = Run(Kedge(ConfigIn(folder.path()), "status"));
  CHECK(status.status == 1);
  CHECK(Has(status.output, "operator.sock: No such file or directory"));
  CHECK(Has(status.output, "journal.db"));
}

TEST_CASE("kedge: doctor asks the agent, and looks without one") {
  ServedAgent agent;
  const std::string config = ConfigIn(agent.folder.path());
  agent.status = StatusJson(State{}, {.thing = "pi-1", .version = "1", .notes = {}});
  const auto level = [&config] {
    const auto report = nlohmann::json::parse(Run(Kedge(config, "--json doctor --only agent")).output);
    return report["checks"][0]["level"];
  };
  agent.While([&] { CHECK(level() == "ok"); });
  agent.object.reset();
  CHECK(level() == "problem");
  const Outcome text = Run(Kedge(config, "--only agent doctor"));
  CHECK(text.status == 1);
  CHECK(Has(text.output, "problem  agent        kedged does not answer: "));
  CHECK(Has(text.output, "                      type: kedged --config " + config + "\n"));
}

TEST_CASE("kedge: an output that cannot be written is a failure") {
  CHECK(Run(std::string(KEDGE_COMMAND) + " doctor --only memory > /dev/full").status == 1);
  CHECK(Run(std::string(KEDGE_COMMAND) + " --help > /dev/full").status == 1);
}

}  // namespace
}  // namespace kedge::op
