// The same life under each fault that drydock can make: jobs that succeed, fail, are refused, are cancelled
// by force in the middle, and an agent that is killed in the middle. Whatever is lost, late, doubled, out of
// order or refused on the way, the service and the device agree in the end, and nothing ran twice. The last
// test says whether really every fault of drydock has its trial.
#include <doctest/doctest.h>

#include <set>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// Short waits, so that a loss costs a second and not a quarter of a minute.
constexpr const char* kImpatient =
    "service: {reply_timeout: 1s, poll: 2s, report_attempts: 50, notice_wait: 300ms}\n";

// What goes wrong in a trial: a JSON array of drydock's rules.
class Faults {
 public:
  Faults(Rig& rig, const char* rules) : rig_(rig) {
    for (const json& rule : json::parse(rules)) ids_.push_back(rig.service().AddFault(rule));
  }
  // Or the trial has shown nothing.
  void HaveAllHappened() const {
    std::set<int64_t> happened;
    for (const std::string& line : rig::Lines(rig::ReadIfThere(rig_.Folder("history")))) {
      const json entry = json::parse(line, nullptr, false);  // the last may not be whole yet
      if (entry.is_object() && entry["kind"] == "fault") happened.insert(entry["rule"].get<int64_t>());
    }
    for (const int64_t id : ids_) CHECK_MESSAGE(happened.contains(id), "rule ", id);
  }

 private:
  Rig& rig_;
  std::vector<int64_t> ids_;
};

class Life {
 public:
  explicit Life(const char* rules) : rig_({.config = kImpatient}), faults_(rig_, rules) {}

  void Lead() {
    Succeeds("first");
    Fails("second");
    IsRefused("third");
    IsCancelled();
    Succeeds("fourth");
    IsKilled();
    Succeeds("fifth");
    faults_.HaveAllHappened();
  }

 private:
  void WaitFor(const std::string& job, const std::string& status) {
    rig_.WaitForStatus(job, status);
    rig_.WaitUntil("rest", [this] { return rig_.IsIdle(); });
    CHECK(rig_.Show(job)["status"] == status);
    CHECK(rig_.StepProcesses().empty());
  }
  std::string Runs(const std::string& job) const { return rig::ReadIfThere(rig_.Folder("runs-of-" + job)); }

  // A job of two steps that writes a protected file and counts its runs; the second step ends with `status`.
  void Create(const std::string& job, int status) {
    const std::string file = rig_.Folder("device/" + job);
    rig::WriteFile(file, "old\n");
    rig_.Script("one-" + job, "echo ran >> " + rig_.Folder("runs-of-" + job) + "; echo new > " + file);
    rig_.Script("two-" + job, "exit " + std::to_string(status));
    const json protect = {{"protect", {{"files", {file}}}}};
    rig_.service().CreateJob(
        job, rig_.Document({rig_.Step("one-" + job, {}, protect), rig_.Step("two-" + job, {}, protect)}));
  }
  void Succeeds(const std::string& job) {
    Create(job, 0);
    WaitFor(job, "SUCCEEDED");
    CHECK(Runs(job) == "ran\n");
    CHECK(rig::ReadIfThere(rig_.Folder("device/" + job)) == "new\n");
  }
  void Fails(const std::string& job) {
    Create(job, 3);
    WaitFor(job, "FAILED");
    CHECK(Runs(job) == "ran\n");
    CHECK(rig::ReadIfThere(rig_.Folder("device/" + job)) == "old\n");
    CHECK(rig_.Verdict(job) == "safe");
  }
  void IsRefused(const std::string& job) {
    rig_.service().CreateJob(job, json{{"version", "1.0"}, {"steps", "none"}});
    WaitFor(job, "REJECTED");
  }
  void IsCancelled() {
    Upgrade upgrade(rig_, "cancelled");
    upgrade.BringToStep2();
    REQUIRE(rig_.service().CancelExecution(upgrade.job(), {.force = true}));
    WaitFor(upgrade.job(), "CANCELED");
    IsUndone(upgrade);
  }
  void IsKilled() {
    Upgrade upgrade(rig_, "killed");
    upgrade.BringToStep2();
    rig_.kedged().Kill();
    rig_.kedged().Start();
    WaitFor(upgrade.job(), "FAILED");
    IsUndone(upgrade);
  }
  void IsUndone(const Upgrade& upgrade) {
    CHECK(upgrade.Difference() == "");
    CHECK(upgrade.Runs() == 1);
    CHECK(rig_.Verdict(upgrade.job()) == "safe");
  }

  Rig rig_;
  Faults faults_;
};

void LeadsALife(const char* rules) { Life(rules).Lead(); }

// What drydock was told to do in any trial: "notify drop", "request reject InternalError", ...
std::set<std::string>& Tried() {
  static std::set<std::string> tried;
  return tried;
}

bool Note(const char* rules) {
  for (const json& rule : json::parse(rules)) {
    const std::string code = rule.contains("code") ? " " + rule["code"].get<std::string>() : "";
    Tried().insert(rule["on"].get<std::string>() + " " + rule["do"].get<std::string>() + code);
  }
  return true;
}

// A test case, and its faults among those that were tried.
#define KEDGE_TRIAL(name, story, rules)                               \
  [[maybe_unused]] const bool DOCTEST_ANONYMOUS(noted) = Note(rules); \
  TEST_CASE("weather: " name) { story(rules); }

KEDGE_TRIAL("one request in five never arrives", LeadsALife, R"([{"on":"request","do":"drop","chance":0.2}])")

KEDGE_TRIAL("one reply in five is lost", LeadsALife, R"([{"on":"reply","do":"drop","chance":0.2}])")

KEDGE_TRIAL("one reply in three comes after the agent has given it up", LeadsALife,
            R"([{"on":"reply","do":"delay","ms":1500,"chance":0.33}])")

KEDGE_TRIAL("every reply comes twice, the second time late", LeadsALife,
            R"([{"on":"reply","do":"duplicate","ms":200}])")

KEDGE_TRIAL("replies overtake each other", LeadsALife, R"([{"on":"reply","do":"reorder","ms":300}])")

KEDGE_TRIAL("no notify", LeadsALife, R"([{"on":"notify","do":"drop"}])")

KEDGE_TRIAL("no notify-next", LeadsALife, R"([{"on":"notify-next","do":"drop"}])")

KEDGE_TRIAL("no news at all", LeadsALife,
            R"([{"on":"notify","do":"drop"}, {"on":"notify-next","do":"drop"}])")

KEDGE_TRIAL("every event comes twice, the second time stale", LeadsALife,
            R"([{"on":"notify","do":"duplicate","ms":400}, {"on":"notify-next","do":"duplicate","ms":700}])")

KEDGE_TRIAL("every event comes late", LeadsALife,
            R"([{"on":"notify","do":"delay","ms":500}, {"on":"notify-next","do":"delay","ms":300}])")

KEDGE_TRIAL("events overtake each other", LeadsALife,
            R"([{"on":"notify","do":"reorder","ms":300}, {"on":"notify-next","do":"reorder","ms":300}])")

KEDGE_TRIAL("one request in three is throttled", LeadsALife,
            R"([{"on":"request","do":"reject","code":"RequestThrottled","chance":0.33}])")

KEDGE_TRIAL("one request in three meets an internal error", LeadsALife,
            R"([{"on":"request","do":"reject","code":"InternalError","chance":0.33}])")

// These two without notify-next, or there would be no questions.
//
// Of updates these codes say what has become of an execution, and would be lies: answers_test.cc has the
// truths.
KEDGE_TRIAL("the first seven questions are refused, each for another reason", LeadsALife,
            R"([{"on":"request","do":"reject","code":"InvalidTopic","operation":"describe-next","count":1},
 {"on":"request","do":"reject","code":"InvalidJson","operation":"describe-next","skip":1,"count":1},
 {"on":"request","do":"reject","code":"InvalidRequest","operation":"describe-next","skip":2,"count":1},
 {"on":"request","do":"reject","code":"InvalidStateTransition","operation":"describe-next","skip":3,"count":1},
 {"on":"request","do":"reject","code":"ResourceNotFound","operation":"describe-next","skip":4,"count":1},
 {"on":"request","do":"reject","code":"VersionMismatch","operation":"describe-next","skip":5,"count":1},
 {"on":"request","do":"reject","code":"TerminalStateReached","operation":"describe-next","skip":6,"count":1},
 {"on":"notify-next","do":"drop"}])")

KEDGE_TRIAL("one question in three gets a stale answer", LeadsALife,
            R"([{"on":"request","do":"stale","operation":"describe-next","chance":0.33},
 {"on":"notify-next","do":"drop"}])")

KEDGE_TRIAL("the connection is cut at one request in ten", LeadsALife,
            R"([{"on":"request","do":"disconnect","chance":0.1}])")

KEDGE_TRIAL("cut off together with a reply, one in ten", LeadsALife,
            R"([{"on":"reply","do":"drop","chance":0.1}, {"on":"reply","do":"disconnect","chance":0.1}])")

KEDGE_TRIAL("cut off with one event in three", LeadsALife,
            R"([{"on":"notify","do":"disconnect","chance":0.33},
 {"on":"notify-next","do":"disconnect","chance":0.33}])")

TEST_CASE("weather: the service's clock jumps, by an hour forwards and back") {
  Rig rig({.config = kImpatient});
  rig.RunsAJob("before");
  for (const int64_t offset : {int64_t{3600} * 1000, int64_t{-3600} * 1000, int64_t{0}}) {
    rig.service().Must("POST", "/drydock/clock", json{{"offset_ms", offset}}.dump());
    const std::string job = "at" + std::to_string(offset);
    const Gate gate(rig, "gate" + job);
    rig.service().CreateJob(job, rig.Document({gate.Step()}));
    gate.WaitUntilReached();
    gate.Open();
    rig.WaitForStatus(job, "SUCCEEDED");
    CHECK(gate.Runs() == 1);
  }
}

TEST_CASE("weather: the service is killed in the middle of a job, and comes back with what it knew") {
  Rig rig({.config = kImpatient, .store = true});
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  rig.service().CreateJob("b", rig.Document({rig.CommandStep("true")}));
  gate.WaitUntilReached();
  rig.drydock().Kill();
  gate.Open();
  rig.StartDrydock();
  rig.WaitForStatus("a", "SUCCEEDED");
  rig.WaitForStatus("b", "SUCCEEDED");
  CHECK(gate.Runs() == 1);
}

TEST_CASE(
    "weather: cancelled by force while the device is away, the service killed too: undone on its return") {
  Rig rig({.config = kImpatient, .store = true});
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  rig.link().Kill();
  REQUIRE(
      rig.service().CancelExecution(upgrade.job(), {.force = true, .details = {{"reason", "wrong-image"}}}));
  rig.drydock().Kill();
  rig.StartDrydock();
  rig.link().Start();
  rig.WaitUntil("the verdict", [&] { return rig.Verdict(upgrade.job()) == "safe" && rig.IsIdle(); });
  CHECK(upgrade.Difference() == "");
  CHECK(rig.service().Status(upgrade.job()) == "CANCELED");
  rig.RunsAJob("next");
}

// The operator's cancel and the device's last word meet: whoever is first at the service has it, and the
// device follows.
void TheLastWordMeetsACancel(const char* rules, const std::string& status, const std::string& content) {
  Rig rig({.config = kImpatient});
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const Faults faults(rig, rules);
  rig.Script("work", "echo new > " + file);
  rig.service().CreateJob("a", rig.Document({rig.Step("work", {}, {{"protect", {{"files", {file}}}}})}));
  rig.WaitForStatus("a", status);
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig::ReadIfThere(file) == content);
  rig.RunsAJob("next");
  faults.HaveAllHappened();
}

void TheCancelIsFirst(const char* rules) { TheLastWordMeetsACancel(rules, "CANCELED", "old\n"); }
void TheCancelIsLate(const char* rules) { TheLastWordMeetsACancel(rules, "SUCCEEDED", "new\n"); }

KEDGE_TRIAL("cancelled just before SUCCEEDED is accepted: CANCELED, and undone", TheCancelIsFirst,
            R"([{"on":"request","do":"cancel-before","operation":"update","status":"SUCCEEDED","count":1}])")

KEDGE_TRIAL("cancelled just after SUCCEEDED was accepted: SUCCEEDED, and not undone", TheCancelIsLate,
            R"([{"on":"request","do":"cancel-after","operation":"update","status":"SUCCEEDED","count":1}])")

// What the service refuses the operator has not been said to the device.
void OnlyTheThirdCancelCounts(const char* rules) {
  Rig rig({.config = kImpatient});
  const Faults faults(rig, rules);
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  for (int i = 0; i < 2; ++i) CHECK_FALSE(rig.service().CancelExecution(upgrade.job(), {.force = true}));
  rig.service().CreateJob("waits", rig.Document({rig.CommandStep("true")}));
  CHECK_FALSE(rig.StepProcesses().empty());
  CHECK(rig.service().Status(upgrade.job()) == "IN_PROGRESS");
  REQUIRE(rig.service().CancelExecution(upgrade.job(), {.force = true}));
  rig.WaitForStatus("waits", "SUCCEEDED");
  CHECK(rig.service().Status(upgrade.job()) == "CANCELED");
  CHECK(rig.Verdict(upgrade.job()) == "safe");
  CHECK(upgrade.Difference() == "");
  faults.HaveAllHappened();
}

KEDGE_TRIAL(
    "the operator's cancel is throttled, then fails, then is answered late", OnlyTheThirdCancelCounts,
    R"([{"on":"http","do":"reject","code":"RequestThrottled","operation":"CancelJobExecution","count":1},
 {"on":"http","do":"reject","code":"InternalError","operation":"CancelJobExecution","skip":1,"count":1},
 {"on":"http","do":"delay","ms":300,"operation":"CancelJobExecution","skip":2,"count":1}])")

TEST_CASE("weather: there is a trial for every fault that drydock can make, with every code") {
  Rig rig({.start = false});
  std::string untried;
  const json known = rig.service().Must("GET", "/drydock/faults")["known"];
  for (const auto& [on, acts] : known.items()) {
    for (const auto& [act, codes] : acts.items()) {
      const std::string fault = on + " " + act;
      if (codes.empty() && !Tried().contains(fault)) untried += fault + "\n";
      for (const std::string code : codes) {
        if (!Tried().contains(fault + " " + code)) untried += fault + " " + code + "\n";
      }
    }
  }
  CHECK(known.size() == 5);
  CHECK(untried == "");
}

}  // namespace
}  // namespace kedge::e2e
