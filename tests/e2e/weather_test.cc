// The same life under each fault that drydock can make: jobs that succeed, fail, are refused, are cancelled
// by force in the middle, and an agent that is killed in the middle. Whatever is lost, late, doubled, out of
// order or refused on the way, the service and the device agree in the end, and nothing ran twice.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// Short waits, so that a loss costs a second and not a quarter of a minute.
constexpr const char* kImpatient =
    "service: {reply_timeout: 1s, poll: 2s, report_attempts: 50, notice_wait: 300ms}\n";

class Life {
 public:
  // A JSON array of drydock's rules.
  explicit Life(const char* faults) : rig_({.config = kImpatient}) {
    for (const json& fault : json::parse(faults)) rig_.service().AddFault(fault);
  }

  void Lead() {
    Succeeds("first");
    Fails("second");
    IsRefused("third");
    IsCancelled();
    Succeeds("fourth");
    IsKilled();
    Succeeds("fifth");
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
};

TEST_CASE("weather: one request in five never arrives") {
  Life(R"([{"on":"request","do":"drop","chance":0.2}])").Lead();
}

TEST_CASE("weather: one reply in five is lost") {
  Life(R"([{"on":"reply","do":"drop","chance":0.2}])").Lead();
}

TEST_CASE("weather: one reply in three comes after the agent has given it up") {
  Life(R"([{"on":"reply","do":"delay","ms":1500,"chance":0.33}])").Lead();
}

TEST_CASE("weather: every reply comes twice, the second time late") {
  Life(R"([{"on":"reply","do":"duplicate","ms":200}])").Lead();
}

TEST_CASE("weather: replies overtake each other") {
  Life(R"([{"on":"reply","do":"reorder","ms":300}])").Lead();
}

TEST_CASE("weather: no notify") { Life(R"([{"on":"notify","do":"drop"}])").Lead(); }

TEST_CASE("weather: no notify-next") { Life(R"([{"on":"notify-next","do":"drop"}])").Lead(); }

TEST_CASE("weather: every event comes twice, the second time stale") {
  Life(R"([{"on":"notify","do":"duplicate","ms":400},
 {"on":"notify-next","do":"duplicate","ms":700}])")
      .Lead();
}

TEST_CASE("weather: every event comes late") {
  Life(R"([{"on":"notify","do":"delay","ms":500},
 {"on":"notify-next","do":"delay","ms":300}])")
      .Lead();
}

TEST_CASE("weather: events overtake each other") {
  Life(R"([{"on":"notify","do":"reorder","ms":300},
 {"on":"notify-next","do":"reorder","ms":300}])")
      .Lead();
}

TEST_CASE("weather: one request in three is throttled") {
  Life(R"([{"on":"request","do":"reject","code":"RequestThrottled","chance":0.33}])").Lead();
}

TEST_CASE("weather: one request in three meets an internal error") {
  Life(R"([{"on":"request","do":"reject","code":"InternalError","chance":0.33}])").Lead();
}

TEST_CASE("weather: one question in three gets a stale answer") {
  Life(R"([{"on":"request","do":"stale","operation":"describe-next","chance":0.33}])").Lead();
}

TEST_CASE("weather: the connection is cut at one request in ten") {
  Life(R"([{"on":"request","do":"disconnect","chance":0.1,"client":"pi-1"}])").Lead();
}

TEST_CASE("weather: cut off together with a reply, one in ten") {
  Life(R"([{"on":"reply","do":"drop","chance":0.1},
 {"on":"reply","do":"disconnect","chance":0.1,"client":"pi-1"}])")
      .Lead();
}

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
void TheLastWordMeetsACancel(const char* when, const std::string& status, const std::string& content) {
  Rig rig({.config = kImpatient});
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  rig.service().AddFault(
      {{"on", "request"}, {"do", when}, {"operation", "update"}, {"status", "SUCCEEDED"}, {"count", 1}});
  rig.Script("work", "echo new > " + file);
  rig.service().CreateJob("a", rig.Document({rig.Step("work", {}, {{"protect", {{"files", {file}}}}})}));
  rig.WaitForStatus("a", status);
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig::ReadIfThere(file) == content);
  rig.RunsAJob("next");
}

TEST_CASE("weather: cancelled just before SUCCEEDED is accepted: CANCELED, and undone") {
  TheLastWordMeetsACancel("cancel-before", "CANCELED", "old\n");
}

TEST_CASE("weather: cancelled just after SUCCEEDED was accepted: SUCCEEDED, and not undone") {
  TheLastWordMeetsACancel("cancel-after", "SUCCEEDED", "new\n");
}

}  // namespace
}  // namespace kedge::e2e
