// The shell of kedged alone: event -> Advance -> commit -> act. Journal, children and link are recorders that
// write into one list, so that order can be compared.
#include "daemon.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sys/clock.h"

namespace kedge {
namespace {

using Record = std::vector<std::string>;

class RecordedJournal : public store::Journal {
 public:
  explicit RecordedJournal(Record& record) : record_(record) {}
  Result<State> Load() override { return held; }
  Result<void> Commit(const State& before, const State& after,
                      const std::vector<HistoryEntry>& history) override {
    if (before != held) record_.push_back("commit from what the journal does not hold");
    if (failing) {
      record_.push_back("commit fails");
      return Unexpected(*failing, "the disk says no");
    }
    record_.push_back("commit");
    held = after;
    entries += history.size();
    return {};
  }
  bool FreeReserve() override {
    if (!reserve) return false;
    record_.push_back("reserve freed");
    reserve = false;
    failing.reset();
    return true;
  }
  Result<void> StartAnew(const State& state, const std::string&) override {
    record_.push_back("journal anew");
    if (!can_start_anew) return Unexpected(ErrorKind::kIo, "nor anew");
    held = state;
    failing.reset();
    return {};
  }

  State held;
  std::optional<ErrorKind> failing;
  bool reserve = false;
  bool can_start_anew = true;
  size_t entries = 0;

 private:
  Record& record_;
};

class RecordedChildren : public process::Children {
 public:
  explicit RecordedChildren(Record& record) : record_(record) {}
  void Start(const process::ChildSpec& spec) override {
    if (spec.program == "sync") return StartSync(spec);
    record_.push_back("start " + spec.env.at("KEDGE_VERB"));
    last = spec.name;
  }
  void Stop(const process::TaskName&, std::chrono::milliseconds) override { record_.push_back("stop"); }
  void StopLeftovers(const process::TaskName& name) override {
    record_.push_back("stop leftovers");
    last = name;
  }
  std::set<process::TaskName> StopStrays(const std::string&) override { return strays; }

  process::TaskName last;
  process::TaskName sync;
  std::set<process::TaskName> strays;

 private:
  void StartSync(const process::ChildSpec& spec) {
    record_.push_back("start sync");
    sync = spec.name;
  }
  Record& record_;
};

class RecordedLink : public link::JobLink {
 public:
  explicit RecordedLink(Record& record) : record_(record) {}
  void Publish(const std::string& topic, const std::string& payload, bool) override {
    const auto body = nlohmann::json::parse(payload);
    if (topic.ends_with("/update")) record_.push_back("send " + body["status"].get<std::string>());
    if (topic.ends_with("/state")) state = body["state"];
    if (topic.find("/cancel/") != std::string::npos) {
      cancel_answers.push_back(topic.substr(topic.rfind('/') + 1) + " " + body.value("clientToken", "-") +
                               " " + body.value("code", "-"));
      return;
    }
    if (body.contains("clientToken")) token = body["clientToken"];
  }
  void Reconnect() override { record_.push_back("connect anew"); }
  std::string token;
  std::string state;
  std::vector<std::string> cancel_answers;  // "accepted TOKEN CODE"

 private:
  Record& record_;
};

// A daemon with recorders around it, in a folder of its own.
class Bench {
 public:
  explicit Bench(const std::string& jobs = "{sync: false}")
      : config_(Settings(jobs)), topics_(*jobs::Topics::For("pi-1")) {}
  ~Bench() { std::filesystem::remove_all(folder_); }

  void Start(const std::string& trouble = "") {
    daemon_ =
        std::make_unique<Daemon>(config_, loop_, journal, children, topics_,
                                 Daemon::Doors{[this](const Answer& a) { answers.push_back(a); }, [] {}});
    REQUIRE(daemon_->Start(link, "boot-1", trouble));
    daemon_->LinkIsUp();
    record.clear();
  }
  void Offer() {
    daemon_->Receive(
        "$aws/things/pi-1/jobs/notify-next",
        R"({"timestamp":1,"execution":{"jobId":"a","status":"QUEUED","queuedAt":1,"lastUpdatedAt":1,)"
        R"("versionNumber":1,"executionNumber":1,"jobDocument":{"version":"1.0","steps":[{"action":)"
        R"({"name":"s","type":"runCommand","input":{"command":"true"},"rollback":{"command":"true"}}}]}}})");
  }
  void Accept() {
    daemon_->Receive("$aws/things/pi-1/jobs/a/update/accepted", R"({"clientToken":")" + link.token + R"("})");
  }
  void End(int status) { daemon_->TaskIsOver(children.last, {0, Exited{status}}); }
  void BringToRun() {
    Offer();
    Accept();
    REQUIRE(record.back() == "start run");
    record.clear();
  }
  Daemon& daemon() { return *daemon_; }

  Record record;
  RecordedJournal journal{record};
  RecordedChildren children{record};
  RecordedLink link{record};
  std::vector<Answer> answers;

 private:
  Config Settings(const std::string& jobs) {
    char name[] = "/tmp/kedge-daemon-test-XXXXXX";
    folder_ = mkdtemp(name);
    auto config = ParseConfig("thing: pi-1\nbroker: {endpoint: localhost}\npaths: {state: " + folder_ +
                                  "}\nservice: {progress: 0s}\njobs: " + jobs + "\n",
                              "test");
    return *config;
  }
  std::string folder_;
  const Config config_;
  sys::EventLoop loop_;
  const jobs::Topics topics_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_CASE("a decision is in the journal before it is acted upon") {
  Bench bench;
  bench.Start();
  bench.Offer();
  CHECK(bench.record == Record{"commit", "send IN_PROGRESS"});
  bench.Accept();
  CHECK(bench.record == Record{"commit", "send IN_PROGRESS", "commit", "start run"});
  bench.record.clear();
  bench.End(0);
  CHECK(bench.record == Record{"commit", "send SUCCEEDED"});
}

TEST_CASE("on a full disk nothing new is started, and what happened is not forgotten") {
  Bench bench;
  bench.Start();
  bench.BringToRun();
  bench.journal.failing = ErrorKind::kUnavailable;
  bench.End(0);
  CHECK(bench.record == Record{"commit fails"});
  CHECK(bench.daemon().state().current->phase == Phase::kRunning);
}

TEST_CASE("on a full disk the end of a step comes before the end of what it kept, with all that it told") {
  Bench bench;
  bench.Start();
  bench.BringToRun();
  bench.journal.failing = ErrorKind::kUnavailable;
  bench.daemon().TaskTells(bench.children.last, {{"package", "old"}, {"mirror", "near"}});
  bench.daemon().TaskTells(bench.children.last, {{"package", "new"}});
  TaskEnded kept{0, Exited{0}};
  kept.usage.kept = true;
  bench.daemon().TaskIsOver(bench.children.last, kept);
  CHECK(bench.daemon().state().current->task);
  bench.journal.failing.reset();
  bench.daemon().TaskIsOver(bench.children.last, {0, Interrupted{}});  // of what was kept
  CHECK(bench.record.back() == "send SUCCEEDED");
  const StepRecord& step = bench.daemon().state().current->steps[0];
  CHECK(step.ending == Ending(Exited{0}));
  CHECK(step.told == DetailsMap{{"package", "new"}, {"mirror", "near"}});
}

TEST_CASE("on a full disk stopping and undoing use the reserve, and go on without it") {
  for (const bool reserve : {true, false}) {
    Bench bench;
    bench.Start();
    bench.BringToRun();
    bench.journal.failing = ErrorKind::kUnavailable;
    bench.journal.reserve = reserve;
    bench.daemon().Handle(CancelRequested{1, {}, true, "", "test"});
    CHECK(bench.record == (reserve ? Record{"commit fails", "reserve freed", "commit", "stop"}
                                   : Record{"commit fails", "stop"}));
    bench.End(15);
    CHECK(bench.record.back() == "start run");  // the document's rollback command
    CHECK(bench.daemon().state().current->phase == Phase::kRollingBack);
  }
}

TEST_CASE("history of decisions that could not be journaled goes with the next one") {
  Bench bench;
  bench.Start();
  bench.BringToRun();
  const size_t before = bench.journal.entries;
  bench.journal.failing = ErrorKind::kUnavailable;
  bench.daemon().Handle(CancelRequested{1, {}, true, "", "test"});
  CHECK(bench.journal.entries == before);
  bench.journal.failing.reset();
  bench.End(15);
  CHECK(bench.journal.entries >= before + 3);  // cancel-requested, called-off, stopped
  CHECK(std::count(bench.record.begin(), bench.record.end(), "commit from what the journal does not hold") ==
        0);
}

TEST_CASE("a journal that fails is begun anew, and what would have gone forward is called off") {
  for (const bool anew : {true, false}) {
    Bench bench;
    bench.Start();
    bench.BringToRun();
    bench.journal.failing = ErrorKind::kIo;
    bench.journal.can_start_anew = anew;
    bench.End(0);
    const auto& record = bench.record;
    CAPTURE(record.size());
    REQUIRE(record.size() > 3);
    CHECK(record[0] == "commit fails");
    CHECK(record[1] == "journal anew");
    CHECK(std::count(record.begin(), record.end(), "send SUCCEEDED") == 0);
    CHECK(bench.daemon().state().quarantine);
    CHECK(bench.journal.held.quarantine.has_value() == anew);
    CHECK(bench.daemon().state().current->cause->kind == CauseKind::kDevice);
  }
}

TEST_CASE("a question whose answer cannot be journaled is answered: not now") {
  Bench bench;
  bench.journal.held.quarantine = Quarantine{{JobId{"a"}, 1, 1}, "why", 1};
  bench.journal.held.stranded.emplace_back();
  bench.journal.held.stranded[0].id = {JobId{"a"}, 1, 1};
  bench.Start();
  bench.journal.failing = ErrorKind::kUnavailable;
  bench.daemon().Handle(ClearRequested{7, "test"});  // drops undo data: that waits for the journal
  REQUIRE(bench.answers.size() == 1);
  CHECK(bench.answers[0].request == 7);
  CHECK_FALSE(bench.answers[0].accepted);
  CHECK(bench.daemon().state().quarantine);
}

TEST_CASE("nothing happens before what earlier lives left is ended") {
  Bench bench;
  bench.children.strays = {"task-9-x"};
  bench.Start();
  CHECK(bench.daemon().state().boot_id.empty());
  bench.Offer();
  CHECK(bench.record.empty());
  bench.daemon().TaskIsOver("task-9-x", {0, Interrupted{}});
  CHECK(bench.daemon().state().boot_id == "boot-1");
  CHECK(std::count(bench.record.begin(), bench.record.end(), "send IN_PROGRESS") == 1);
}

TEST_CASE("a journal in doubt quarantines from the first commit on, and is told") {
  Bench bench;
  bench.Start("the journal is gone");
  CHECK(bench.journal.held.quarantine->reason == "the journal is gone");
  CHECK(bench.link.state == "quarantined");
  bench.Offer();
  CHECK(bench.record.empty());
}

TEST_CASE("a step is done when what it wrote is on the disks, and not before") {
  Bench bench("{sync: true}");
  bench.Start();
  bench.BringToRun();
  bench.End(0);
  CHECK(bench.record == Record{"start sync"});  // nothing is journaled, nothing goes on
  CHECK(bench.daemon().state().current->task.has_value());
  // What comes of the same task meanwhile waits behind.
  bench.daemon().TaskIsOver(bench.children.last, {0, Interrupted{}});
  CHECK(bench.record == Record{"start sync"});
  bench.daemon().TaskIsOver(bench.children.sync, {0, Exited{0}});
  REQUIRE(bench.record.size() > 1);
  CHECK(bench.record[1] == "commit");
  CHECK(bench.record.back() == "send SUCCEEDED");
}

TEST_CASE("a step whose effects do not come to the disks has failed, and is undone durably") {
  Bench bench("{sync: true}");
  bench.Start();
  bench.BringToRun();
  bench.End(0);
  TaskEnded failure{0, Exited{1}};
  failure.output.err.head = "sync: error syncing '/'";
  bench.daemon().TaskIsOver(bench.children.sync, failure);
  const Execution& execution = *bench.daemon().state().current;
  CHECK(execution.phase == Phase::kRollingBack);
  CHECK(execution.steps[0].ending == Ending(NotDurable{"sync: exit status 1, sync: error syncing '/'"}));
  bench.record.clear();
  bench.End(0);  // the rollback
  CHECK(bench.record == Record{"start sync"});
  bench.daemon().TaskIsOver(bench.children.sync, {0, Exited{0}});
  CHECK(bench.record.back() == "send FAILED");
}

TEST_CASE("a retained cancel ends nothing, and is answered, and the same one published now ends the job") {
  Bench bench;
  bench.Start();
  bench.BringToRun();
  const std::string request = R"({"jobId":"a","force":true,"clientToken":"op-1"})";
  bench.daemon().Receive("kedge/things/pi-1/cancel", request, true);
  CHECK(bench.link.cancel_answers == std::vector<std::string>{"rejected op-1 InvalidRequest"});
  CHECK(bench.record.empty());
  bench.daemon().Receive("kedge/things/pi-1/cancel", "");  // who takes it away again gives no order either
  CHECK(bench.link.cancel_answers.back() == "rejected - InvalidRequest");
  CHECK(bench.record.empty());
  bench.daemon().Receive("kedge/things/pi-1/cancel", request);
  CHECK(bench.link.cancel_answers.back() == "accepted op-1 -");
  CHECK(bench.record == Record{"commit", "stop"});
}

TEST_CASE("answers on the cancel topic go to those who asked, in the words of the Jobs API") {
  Bench bench;
  bench.Start();
  const auto ask = [&bench](const std::string& members) {
    bench.daemon().Receive("kedge/things/pi-1/cancel", "{" + members + "}");
    return bench.link.cancel_answers.back();
  };
  CHECK(ask(R"("clientToken":"t1")") == "rejected t1 ResourceNotFound");
  CHECK(ask(R"("clientToken":"t1")") == "rejected t1 InvalidRequest");  // once is enough without a job
  bench.BringToRun();
  CHECK(ask(R"("jobId":"b")") == "rejected - ResourceNotFound");
  CHECK(ask(R"("jobId":"a","executionNumber":2)") == "rejected - ResourceNotFound");
  CHECK(ask(R"("jobId":"a","expectedVersion":9,"clientToken":"t2")") == "rejected t2 VersionMismatch");
  CHECK(ask(R"("jobId":"a","thingName":"pi-2")") == "rejected - InvalidRequest");
  CHECK(bench.record.empty());
  CHECK(ask(R"("jobId":"a","ifMatch":"1:2","clientToken":"t3")") == "accepted t3 -");
  CHECK(bench.daemon().state().current->called_off);
  CHECK(bench.answers.empty());
}

TEST_CASE("what is being called off is not brought to the disks first") {
  Bench bench("{sync: true}");
  bench.Start();
  bench.BringToRun();
  CancelRequested cancel;
  cancel.request = 7;
  cancel.force = true;
  bench.daemon().Handle(cancel);
  REQUIRE(bench.record.back() == "stop");
  bench.daemon().TaskIsOver(bench.children.last, {0, Signalled{15}});
  CHECK(std::find(bench.record.begin(), bench.record.end(), "start sync") == bench.record.end());
  CHECK(bench.daemon().state().current->phase == Phase::kRollingBack);
}

TEST_CASE("what is due and not done is told to the watchdog, and waiting is not") {
  Bench bench;
  bench.Start();
  CHECK(bench.daemon().Stuck(sys::BootMillis()).empty());
  bench.Offer();  // the update wants an answer within ten seconds
  CHECK(bench.daemon().Stuck(sys::BootMillis()).empty());
  const std::string words = bench.daemon().Stuck(sys::BootMillis() + 600'000);
  CHECK(words.find("is not done") != std::string::npos);
}

TEST_CASE("the agent recovers from the start, when a step was interrupted, until that is undone") {
  Bench before;
  before.Start();
  before.BringToRun();
  Bench bench;
  bench.journal.held = before.journal.held;
  bench.Start();
  REQUIRE(bench.daemon().state().current->phase == Phase::kRunning);
  CHECK(bench.daemon().Recovering());
  bench.daemon().TaskIsOver(bench.children.last, {0, Interrupted{}});
  CHECK(bench.daemon().state().current->phase == Phase::kRollingBack);
  CHECK(bench.daemon().Recovering());
  bench.End(0);
  CHECK_FALSE(bench.daemon().Recovering());
}

TEST_CASE("the agent recovers until what an earlier life left is ended and undone") {
  Bench bench;
  bench.children.strays = {"old"};
  bench.Start();
  CHECK(bench.daemon().Recovering());
  bench.daemon().TaskIsOver("old", {0, Exited{0}});
  CHECK_FALSE(bench.daemon().Recovering());
  bench.BringToRun();
  CHECK_FALSE(bench.daemon().Recovering());
  bench.End(1);  // the step failed, and is undone
  CHECK(bench.daemon().Recovering());
  bench.End(0);
  CHECK_FALSE(bench.daemon().Recovering());
}

}  // namespace
}  // namespace kedge
