// A local run beside a daemon that does nothing: what it is given, what is printed, how the loop ends.
#include "local/local_run.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <variant>
#include <vector>

namespace kedge::local {
namespace {

using What = decltype(Event::what);
using Json = nlohmann::json;

constexpr char kDocument[] = R"({"version":"1.0","steps":[{"action":{"name":"a","type":"runCommand",
  "input":{"command":"true"}}}]})";

class Bench {
 public:
  explicit Bench(bool json = false)
      : run(kDocument, loop, topics,
            RunPrinter(json, {}, [this](const std::string& text) { printed += text; }),
            [this](What what) { given.push_back(std::move(what)); }) {
    run.Begin("job.json");
    REQUIRE(given.size() == 2);
    REQUIRE(std::holds_alternative<Offered>(given[1]));
    id = std::get<Offered>(given[1]).execution.id;
    state.link_up = true;
  }
  void Work() {
    state.current = Execution{};
    state.current->id = id;
    run.Look(state);
    given.clear();
  }
  int EndAs(JobStatus status, std::optional<Verdict> verdict) {
    state.current.reset();
    state.ledger.push_front({id, status, verdict, "because", 0, 1});
    run.Look(state);
    run.Look(state);  // again, before the loop turns
    return loop.Run();
  }

  sys::EventLoop loop;
  const jobs::Topics topics = *jobs::Topics::For("local");
  std::string printed;
  std::vector<What> given;
  LocalRun run;
  ExecutionId id;
  State state;
};

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

TEST_CASE("local run: the exit status says whether it is done, undone, or not proven to be either") {
  struct Row {
    JobStatus status;
    std::optional<Verdict> verdict;
    int exit_status;
    const char* words;
  };
  for (const Row& row : {Row{JobStatus::kSucceeded, {}, 0, "SUCCEEDED after "},
                         Row{JobStatus::kFailed, Verdict::kSafe, 1, "the device is as it was before"},
                         Row{JobStatus::kCanceled, Verdict::kSafe, 1, "CANCELED, verdict safe after "},
                         Row{JobStatus::kRejected, Verdict::kSafe, 1, "REJECTED, verdict safe after "},
                         Row{JobStatus::kFailed, Verdict::kUnknown, 3, "nobody can tell"},
                         Row{JobStatus::kFailed, Verdict::kUnsafe, 3, "in quarantine"}}) {
    Bench bench;
    bench.Work();
    CHECK(bench.EndAs(row.status, row.verdict) == row.exit_status);
    CAPTURE(bench.printed);
    CHECK(bench.printed.find(row.words) != std::string::npos);
    CHECK(bench.printed.find("Ctrl-C calls it off") != std::string::npos);
  }
}

TEST_CASE(
    "local run: the first Ctrl-C asks the agent, the second ends it at the service, more change nothing") {
  Bench bench;
  bench.Work();
  bench.run.Interrupt();
  REQUIRE(bench.given.size() == 1);
  const auto cancel = std::get<CancelRequested>(bench.given[0]);
  CHECK(cancel.job == bench.id.job);
  CHECK_FALSE(cancel.force);
  CHECK(bench.run.Takes(Answer{cancel.request, true, "job x is rolled back"}));
  CHECK(bench.printed.find("job x is rolled back; Ctrl-C again stops it at once\n") != std::string::npos);
  CHECK_FALSE(bench.run.Takes(Answer{1, true, "for a door"}));
  bench.given.clear();
  bench.run.Interrupt();
  REQUIRE(bench.given.size() == 1);
  CHECK(std::holds_alternative<NothingNext>(bench.given[0]));
  bench.run.Interrupt();
  CHECK(bench.given.size() == 1);
  CHECK(bench.printed.find("that is not cut short\n") != std::string::npos);
}

TEST_CASE("local run: called off before it was begun, it ends when what an earlier run left is undone") {
  Bench bench;
  bench.state.current = Execution{};
  bench.state.current->id = {JobId{"local-before"}, kLocalNumber, 1};
  bench.run.Look(bench.state);
  bench.run.Interrupt();
  bench.run.Look(bench.state);
  bench.state.current.reset();
  bench.run.Look(bench.state);
  CHECK(bench.loop.Run() == kNotDone);
  CHECK(bench.printed.find("NOT RUN after ") != std::string::npos);
}

TEST_CASE("local run: nothing is run when what an earlier run left cannot be undone") {
  Bench bench;
  bench.state.quarantine = Quarantine{{JobId{"local-before"}, kLocalNumber, 1}, "mode differs", 1};
  bench.run.Look(bench.state);
  CHECK(bench.loop.Run() == kNotProven);
  CHECK(bench.printed.find("the device is in quarantine: mode differs") != std::string::npos);
}

TEST_CASE("local run: a device that owes something is told what to do first") {
  State state;
  CHECK(WhyNot(state, false) == "");
  state.current = Execution{};
  state.current->id = {JobId{"fw"}, 1, 1};
  CHECK(WhyNot(state, false).find("job fw of the service is not over (checking)") == 0);
  state.current->id.number = kLocalNumber;  // undone by the start itself
  CHECK(WhyNot(state, false) == "");
  state.quarantine = Quarantine{{}, "the journal was lost", 1};
  CHECK(WhyNot(state, false).find("kedge clear") != std::string::npos);
  CHECK(WhyNot(state, true) == "");
}

TEST_CASE("local run: what steps print comes line by line, and cannot steer the terminal") {
  Bench bench;
  bench.printed.clear();
  bench.run.Printed(1, false, "one\ntw");
  bench.run.Printed(1, true, "bad\x1b[2J\n");
  CHECK(bench.printed == "      | one\n  err | bad\n");
  bench.run.Printed(1, false, "o\n");
  CHECK(bench.printed.ends_with("      | two\n"));
  bench.run.Printed(1, false, std::string(5000, 'x'));  // broken, and told although it does not end
  CHECK(bench.printed.ends_with("xxx\n"));
}

TEST_CASE("local run: as JSON each line is an object, and the last one is the end") {
  Bench bench(true);
  bench.Work();
  bench.run.Printed(1, false, "no line feed");
  CHECK(bench.EndAs(JobStatus::kFailed, Verdict::kSafe) == kNotDone);
  const auto lines = Lines(bench.printed);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == Json{{"event", "run-started"}, {"jobId", bench.id.job.value}, {"file", "job.json"}});
  CHECK(lines[1] == Json{{"event", "output"}, {"task", 1}, {"stream", "stdout"}, {"text", "no line feed"}});
  CHECK(lines[2]["event"] == "run-ended");
  CHECK(lines[2]["status"] == "FAILED");
  CHECK(lines[2]["verdict"] == "safe");
  CHECK(lines[2]["exitStatus"] == 1);
}

TEST_CASE("local run: a step that wants a reboot has no reboot, and the job no lease") {
  CHECK(PolicyFor({}).reboot_limit == 0);
  CHECK_FALSE(PolicyFor({}).lease);
}

}  // namespace
}  // namespace kedge::local
