// `kedge run FILE` with real programs: one job document without a service, on the device's own journal.
#include <doctest/doctest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "rig/files.h"
#include "rig/rig.h"

namespace kedge::e2e {
namespace {

using rig::json;
using rig::Rig;

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A device whose agent does not run, and a document that changes a protected file in its second step.
class Device {
 public:
  Device() : rig_({.start = false}) {
    rig::WriteFile(file(), "before\n");
    rig_.Script("first", "echo first says hello");
  }
  Rig& rig() { return rig_; }
  std::string file() const { return rig_.Folder("device/app.conf"); }
  std::string content() const { return rig::ReadIfThere(file()); }

  // The second step changes the file, then does `then`. Gives the document's path.
  std::string Document(const std::string& then, const json& more = json::object()) {
    rig_.Script("second", "echo after > " + file() + "\n" + then);
    const json guarded = {{"protect", {{"files", {file()}}}}};
    json members = guarded;
    members.update(more);
    const json document = rig_.Document({rig_.Step("first", {}, guarded), rig_.Step("second", {}, members)});
    rig::WriteFile(rig_.Folder("job.json"), document.dump());
    return rig_.Folder("job.json");
  }
  // A step that says when it runs, and goes on when it may.
  std::string Waiting() const {
    return "touch " + rig_.Folder("runs") + "\nuntil [ -e " + rig_.Folder("may-end") +
           " ]; do sleep 0.05; done";
  }
  // In the background, with Waiting() under way.
  std::unique_ptr<rig::Program> Begin(const std::string& document) {
    auto run = rig_.StartKedge({"run", document});
    rig_.WaitUntil("the step runs", [this] { return rig::Exists(rig_.Folder("runs")); });
    return run;
  }
  void WaitUntilSaid(const rig::Program& run, const std::string& words) {
    rig_.WaitUntil("'" + words + "' is said", [&] { return run.Said(words); });
  }
  json History() { return rig_.KedgeJson({"history"}); }

 private:
  Rig rig_;
};

TEST_CASE("local run: done, told while it happens, and in the history like any job") {
  Device device;
  const auto run = device.rig().Kedge({"run", device.Document("exit 0")});
  CAPTURE(run.out);
  CAPTURE(run.err);
  CHECK(run.status == 0);
  CHECK(device.content() == "after\n");
  CHECK(Has(run.out, "      | first says hello\n"));
  CHECK(Has(run.out, "  step-ended  step 2/2 'second'"));
  CHECK(Has(run.out, "SUCCEEDED after "));
  const json history = device.History();
  REQUIRE(history.size() == 1);
  CHECK(history[0]["status"] == "SUCCEEDED");
  CHECK(history[0]["executionNumber"] == 0);
  const std::string job = history[0]["jobId"];
  CHECK(job.starts_with("local-"));
  CHECK(Has(device.rig().Kedge({"show", job}).out, job + ", a local run\n"));
  CHECK(device.rig().service().Requests(job + "/update") == 0);
}

TEST_CASE("local run: a step that fails is undone, and so is one that wants a reboot") {
  Device device;
  for (const auto& [then, why] :
       {std::pair{"exit 3", "exit status 3"}, std::pair{"exit 194", "a reboot, which is not allowed here"}}) {
    const auto run = device.rig().Kedge({"run", device.Document(then), "--json"});
    CAPTURE(run.out);
    CHECK(run.status == 1);
    CHECK(device.content() == "before\n");
    const json end = json::parse(rig::Lines(run.out).back());
    CHECK(end["event"] == "run-ended");
    CHECK(end["status"] == "FAILED");
    CHECK(end["verdict"] == "safe");
    CHECK(Has(end["text"], why));
  }
}

TEST_CASE("local run: what cannot be undone ends with another status, and a bad document with nothing done") {
  Device device;
  json document = device.rig().Document({device.rig().Step("first")});
  device.rig().Script("first", "exit 1");
  rig::WriteFile(device.rig().Folder("job.json"), document.dump());
  const auto unknown = device.rig().Kedge({"run", device.rig().Folder("job.json")});
  CHECK(unknown.status == 3);
  CHECK(Has(unknown.out, "FAILED, verdict unknown after "));
  rig::WriteFile(device.rig().Folder("job.json"), R"({"version":"1.0","steps":[]})");
  const auto refused = device.rig().Kedge({"run", device.rig().Folder("job.json")});
  CHECK(refused.status == 1);
  CHECK(Has(refused.out, "REJECTED, verdict safe after "));
}

TEST_CASE("local run: an undo that does not come through ends in quarantine, and a repair ends that") {
  Device device;
  Rig& rig = device.rig();
  const std::string file = rig.Folder("job.json");
  rig.Script("bad/run", "exit 1");
  rig.Script("bad/rollback", "exit 1");
  rig::WriteFile(file, rig.Document({rig.Step("bad")}).dump());
  const auto unsafe = rig.Kedge({"run", file});
  CAPTURE(unsafe.out);
  CHECK(unsafe.status == 3);
  CHECK(Has(unsafe.out, "FAILED, verdict unsafe after "));
  json harmless = rig.Document({Rig::CommandStep("true")});
  rig::WriteFile(file, harmless.dump());
  const auto refused = rig.Kedge({"run", file});
  CHECK(refused.status == 1);
  CHECK(Has(refused.err, "the device is in quarantine: "));
  CHECK(Has(refused.err, "kedge rollback --retry"));
  harmless["repair"] = true;
  rig::WriteFile(file, harmless.dump());
  CHECK(rig.Kedge({"run", file}).status == 0);
  CHECK(rig.KedgeJson({"status"})["state"] == "idle");
}

TEST_CASE("local run: --dry-run is check") {
  Device device;
  const std::string document = device.Document("exit 0");
  const auto plan = device.rig().Kedge({"run", "--dry-run", document});
  CHECK(plan.status == 0);
  CHECK(plan.out == device.rig().Kedge({"check", document}).out);
  CHECK(device.content() == "before\n");
}

TEST_CASE("local run: Ctrl-C once waits for the step, and undoes everything") {
  Device device;
  const auto run = device.Begin(device.Document(device.Waiting()));
  CHECK(device.rig().KedgeJson({"status"})["execution"]["phase"] == "running");
  run->Signal(SIGINT);
  device.WaitUntilSaid(*run, "Ctrl-C again stops it at once");
  CHECK(device.content() == "after\n");  // the step has not been stopped
  rig::WriteFile(device.rig().Folder("may-end"), "");
  CHECK(run->Wait() == 1);
  CHECK(device.content() == "before\n");
  CHECK(Has(run->Log(), "FAILED, verdict safe after "));
  CHECK(Has(run->Log(), "cancelled on the device (the terminal)"));
}

TEST_CASE("local run: Ctrl-C twice stops the step, as the service's forced cancel") {
  Device device;
  const auto run = device.Begin(device.Document(device.Waiting()));
  run->Signal(SIGINT);
  device.WaitUntilSaid(*run, "Ctrl-C again stops it at once");
  run->Signal(SIGINT);
  CHECK(run->Wait() == 1);
  CHECK(device.content() == "before\n");
  CHECK(Has(run->Log(), "CANCELED, verdict safe after "));
  CHECK(device.rig().StepProcesses().empty());
}

TEST_CASE("local run: killed in a step, the next kedged undoes it and asks no service about it") {
  Device device;
  const json more = {{"onInterrupt", "retry"}};  // by a service's job it would be run again
  const auto run = device.Begin(device.Document(device.Waiting(), more));
  run->Kill();
  CHECK(device.content() == "after\n");
  device.rig().StartAgent();
  device.rig().WaitUntil("the device is at rest", [&] { return device.rig().IsIdle(); });
  CHECK(device.content() == "before\n");
  CHECK(device.rig().StepProcesses().empty());
  const json history = device.History();
  REQUIRE(history.size() == 1);
  CHECK(history[0]["status"] == "FAILED");
  CHECK(history[0]["verdict"] == "safe");
  CHECK(history[0]["text"] == "the local run was interrupted");
  device.rig().RunsAJob("b");  // a whole conversation later: nothing of the local run is in it
  for (const rig::Entry& entry : device.rig().service().History()) {
    CHECK_FALSE(Has(entry.topic, history[0]["jobId"]));
  }
}

TEST_CASE("local run: killed in a step, the next local run undoes it first") {
  Device device;
  device.Begin(device.Document(device.Waiting()))->Kill();
  CHECK(device.content() == "after\n");
  const auto next = device.rig().Kedge({"run", device.Document("exit 0")});
  CAPTURE(next.out);
  CHECK(next.status == 0);
  CHECK(Has(next.out, "-- of job local-"));
  CHECK(Has(next.out, "step 2/2 'second' is undone and verified"));
  CHECK(device.content() == "after\n");
  const json history = device.History();
  REQUIRE(history.size() == 2);
  CHECK(history[0]["status"] == "SUCCEEDED");
  CHECK(history[1]["verdict"] == "safe");
}

TEST_CASE("local run: refused while kedged runs, and while a job of the service is unfinished") {
  Device device;
  Rig& rig = device.rig();
  rig.StartAgent();
  const std::string local = device.Document("exit 0");
  const auto busy = rig.Kedge({"run", local});
  CHECK(busy.status == 1);
  CHECK(Has(busy.err, "(process " + std::to_string(rig.kedged().pid()) + ")"));
  CHECK(Has(busy.err, "systemctl stop kedged"));
  rig.Script("long", device.Waiting());
  rig.service().CreateJob("a", rig.Document({rig.Step("long")}));
  rig.WaitUntil("the step runs", [&] { return rig::Exists(rig.Folder("runs")); });
  rig.kedged().Kill();
  const auto unfinished = rig.Kedge({"run", local});
  CHECK(unfinished.status == 1);
  CHECK(Has(unfinished.err, "job a of the service is not over (running)"));
  CHECK(Has(unfinished.err, "systemctl start kedged"));
  CHECK(device.content() == "before\n");
}

TEST_CASE("local run: a bench needs neither a thing nor an endpoint") {
  Device device;
  const std::string folder = device.rig().Folder("bench");
  rig::WriteFile(device.rig().Folder("bench.yaml"), "paths: {state: " + folder + "/state, run: " + folder +
                                                        "/run}\njobs: {sync: false}\n" +
                                                        "process: {cgroups: no}\n");
  rig::WriteFile(device.rig().Folder("job.json"), device.rig().Document({Rig::CommandStep("true")}).dump());
  const auto run = device.rig().Kedge(
      {"run", device.rig().Folder("job.json"), "--config", device.rig().Folder("bench.yaml")});
  CAPTURE(run.err);
  CHECK(run.status == 0);
}

}  // namespace
}  // namespace kedge::e2e
