// FLEET.md's commands, as they stand there; the rollouts' numbers; and a rollout that stops by itself with a
// real device in it.
#include <cmath>
#include <filesystem>
#include <set>
#include <vector>

#include "fleet/stage.h"

namespace kedge::fleet {
namespace {

using rig::Rig;

TEST_CASE("every command of FLEET.md is accepted, and does what the page says of it") {
  Rig rig({.start = false});
  Fleet fleet(rig, "others", 3);
  const std::string url = "http://127.0.0.1:" + std::to_string(fleet.port());
  rig::WriteFile(rig.Folder("scratch/things.txt"), "t-1\nt-2\nt-3\n");
  fleet.CreateJob("waiting", json::object(), json::object());

  const rig::Finished page =
      rig::Run({"/bin/bash", FLEET_PAGE, FLEET_CONFIG, url, rig.Folder("scratch")}, rig.Folder("logs"));
  REQUIRE_MESSAGE(page.status == 0,
                  page.out.substr(page.out.size() - std::min<size_t>(page.out.size(), 2000)),
                  page.err.substr(page.err.size() - std::min<size_t>(page.err.size(), 4000)));
  CHECK(rig::Lines(rig::ReadIfThere(rig.Folder("scratch/ran"))).size() >= 40);

  CHECK(fleet.JobStatus("app-7") == "CANCELED");
  CHECK(fleet.Job("app-7")["reasonCode"] == "WRONG_IMAGE");
  // The one that was named, the other that was at it, and one that had not begun.
  const json named = fleet.thing(1).Execution("app-7");
  CHECK(named["status"] == "CANCELED");
  CHECK(named["forceCanceled"] == true);
  CHECK(fleet.thing(1).Detail("app-7", "by") == "operator");
  CHECK(fleet.thing(2).Status("app-7") == "CANCELED");
  CHECK(fleet.thing(2).Detail("app-7", "reason") == "wrong-image");
  CHECK(fleet.thing(3).Status("app-7") == "CANCELED");
  CHECK(fleet.thing(1).Status("app-7-canary") == "CANCELED");
  // The device in quarantine: what stood before the repair is out of its way.
  CHECK(fleet.thing(3).Status("waiting") == "CANCELED");
  CHECK(fleet.thing(3).Detail("waiting", "reason") == "repair-first");
  CHECK(fleet.thing(3).Status("repair-1") == "QUEUED");
  CHECK(fleet.thing(2).Status("repair-1").empty());
}

TEST_CASE("every sample document may run on a device, and what FLEET.md calls protected is") {
  Rig rig({.start = false});
  for (const auto& entry : std::filesystem::directory_iterator(FLEET_CONFIG "/jobs")) {
    const rig::Finished check = rig.Kedge({"check", entry.path().string(), "--json"});
    CHECK_MESSAGE(check.status == 0, entry.path().filename().string(), check.out, check.err);
  }
  for (const std::string name : {"release", "repair", "three-steps", "change-network"}) {
    const json document = json::parse(Shipped("jobs/" + name + ".json"));
    bool is_protected = false;
    for (const json& step : document["steps"]) is_protected |= step["action"].contains("protect");
    CHECK_MESSAGE(is_protected, name);
  }
}

// Failures that meet the criterion and no other one of the file.
std::vector<std::string> FailuresFor(const json& criterion) {
  const std::string type = criterion["failureType"];
  const double percent = criterion["thresholdPercentage"];
  const int least = criterion["minNumberOfExecutedThings"];
  const auto bad = static_cast<size_t>(std::ceil(percent * least / 100));
  if (type != "ALL") return std::vector<std::string>(bad, type);
  std::vector<std::string> mixed(bad, "TIMED_OUT");
  mixed[0] = "FAILED";
  if (bad > 1) mixed[1] = "REJECTED";
  return mixed;
}

// Of all failures but the last `spared`; the others of the least number of things SUCCEED before them.
void Run(Rig& rig, Fleet& fleet, const std::string& job, const json& criterion, size_t spared) {
  const std::vector<std::string> failures = FailuresFor(criterion);
  const int least = criterion["minNumberOfExecutedThings"];
  int next = 1;
  for (int i = 0; i < least - static_cast<int>(failures.size() - spared); ++i) {
    fleet.Update(job, next++, "SUCCEEDED");
  }
  bool times_out = false;
  for (size_t i = spared; i < failures.size(); ++i) {
    const bool timed = failures[i] == "TIMED_OUT";
    fleet.Update(job, next++, timed ? "IN_PROGRESS" : failures[i]);
    times_out |= timed;
  }
  if (times_out) rig.service().Must("POST", "/drydock/clock", R"({"jump_ms": 7260000})");
}

TEST_CASE("the rollouts stop at just the numbers that they name, for each of their criteria") {
  Rig rig({.start = false});
  Fleet fleet(rig, "all", 110);
  int jobs = 0;
  for (const char* name : {"canary", "fleet", "repair"}) {
    const json rollout = json::parse(Shipped("fleet/rollout/" + std::string(name) + ".json"));
    for (const json& criterion : rollout["abortConfig"]["criteriaList"]) {
      CAPTURE(name);
      CAPTURE(criterion.dump());
      for (const size_t spared : {size_t{1}, size_t{0}}) {
        const std::string job = "job-" + std::to_string(++jobs);
        fleet.CreateJob(job, json::object(), rollout);
        const int least = criterion["minNumberOfExecutedThings"];
        Run(rig, fleet, job, criterion, spared);
        const bool stops = spared == 0;
        rig.WaitUntil("the timers",
                      [&] { return fleet.Job(job)["jobProcessDetails"]["numberOfInProgressThings"] == 0; });
        CHECK(fleet.JobStatus(job) == (stops ? "CANCELED" : "IN_PROGRESS"));
        CHECK(fleet.thing(least + 2).Status(job) == (stops ? "CANCELED" : "QUEUED"));
        rig.service().Must("DELETE", "/jobs/" + job + "?force=true");
      }
    }
  }
  CHECK(jobs == 16);
}

TEST_CASE("the numbers of templates and rollouts are the same, and those in FLEET.md") {
  for (const auto& [name, other] : {std::pair{"app-config", "fleet"}, std::pair{"repair", "repair"}}) {
    json settings = json::parse(Shipped("fleet/templates/" + std::string(name) + ".json"));
    settings.erase("jobTemplateId");
    settings.erase("description");
    CHECK(settings == json::parse(Shipped("fleet/rollout/" + std::string(other) + ".json")));
  }
  const std::string page = Shipped("FLEET.md");
  const auto number = [](const json& value) { return value.dump(); };
  for (const char* name : {"canary", "fleet"}) {
    const json rollout = json::parse(Shipped("fleet/rollout/" + std::string(name) + ".json"));
    for (const json& criterion : rollout["abortConfig"]["criteriaList"]) {
      const std::string words = number(criterion["thresholdPercentage"]) + " %, from " +
                                number(criterion["minNumberOfExecutedThings"]);
      const std::string shorter = number(criterion["thresholdPercentage"]) + " % from " +
                                  number(criterion["minNumberOfExecutedThings"]) + " on";
      CHECK_MESSAGE((page.find(words) != std::string::npos || page.find(shorter) != std::string::npos),
                    words);
    }
  }
  const json fleet = json::parse(Shipped("fleet/rollout/fleet.json"))["jobExecutionsRolloutConfig"];
  const json& rate = fleet["exponentialRate"];
  CHECK(page.find(number(rate["baseRatePerMinute"]) + " at first; doubled each time " +
                  number(rate["rateIncreaseCriteria"]["numberOfSucceededThings"]) +
                  " more have SUCCEEDED; at most " + number(fleet["maximumPerMinute"])) != std::string::npos);
  CHECK(rate["incrementFactor"] == 2);
}

// The shadow as AWS would hold it: each update of the log merged into it, null takes a member away.
json ShadowFrom(const std::string& log) {
  json shadow = json::object();
  for (const std::string& line : rig::Lines(log)) {
    const size_t at = line.find("/shadow/name/kedge/update {");
    if (at == std::string::npos) continue;
    const json update = json::parse(line.substr(line.find('{', at)), nullptr, false);
    if (update.is_object()) shadow.merge_patch(update["state"]["reported"]);
  }
  return shadow;
}

TEST_CASE(
    "a rollout stops by itself: the device that was at it goes on, until it is forced, and then says that it "
    "is as before") {
  Rig rig({.config = "service: {shadow: kedge}\n"});
  const auto listener = rig.Listen("$aws/things/pi-1/shadow/name/kedge/update");
  const auto shadow = [&] { return ShadowFrom(listener->Log()); };
  Fleet fleet(rig, "canary", 20);
  fleet.Join("pi-1");
  const std::string file = rig.Folder("device/app.conf");
  rig::WriteFile(file, "old\n");
  rig.Script("release", "echo new >" + file + "\nexec sleep 600");
  fleet.CreateJob("app-7", rig.Document({rig.Step("release", {}, {{"protect", {{"files", {file}}}}})}),
                  json::parse(Shipped("fleet/rollout/canary.json")));
  rig.WaitUntil("the new file", [&] { return rig::ReadIfThere(file) == "new\n"; });

  for (int i = 1; i <= 18; ++i) fleet.Update("app-7", i, "SUCCEEDED");
  fleet.Update("app-7", 19, "FAILED");
  CHECK(fleet.JobStatus("app-7") == "IN_PROGRESS");
  fleet.Update("app-7", 20, "SUCCEEDED");
  CHECK(fleet.JobStatus("app-7") == "CANCELED");
  CHECK(rig.service().Status("app-7") == "IN_PROGRESS");
  CHECK(rig::ReadIfThere(file) == "new\n");
  rig.WaitUntil("the shadow's job", [&] { return shadow().value("job", "") == "app-7"; });
  CHECK(shadow().at("state") == "running");

  CHECK(rig.service().CancelExecution("app-7", {.force = true, .details = {{"reason", "wrong-image"}}}));
  rig.WaitUntil("the verdict", [&] { return shadow().contains("last"); });
  const json last = shadow()["last"];
  CHECK(last["jobId"] == "app-7");
  CHECK(last["status"] == "CANCELED");
  CHECK(last["verdict"] == "safe");
  CHECK(rig::ReadIfThere(file) == "old\n");
  CHECK(rig.StepProcesses().empty());
}

TEST_CASE("the index and the queries of FLEET.md name what the shadow really has, also while a repair runs") {
  Rig rig({.config = "service: {shadow: kedge}\n"});
  const auto listener = rig.Listen("$aws/things/pi-1/shadow/name/kedge/update");
  const auto shadow = [&] { return ShadowFrom(listener->Log()); };
  rig.Script("jam/run", "exit 1");
  rig.Script("jam/rollback", "exit 1");
  rig.service().CreateJob("jam", rig.Document({rig.Step("jam")}));
  // It begins with the verdict; the job is over when the service has heard of it.
  rig.WaitUntil("quarantine", [&] { return shadow().contains("last"); });
  const json quarantined = shadow();
  CHECK(quarantined.at("state") == "quarantined");

  std::set<std::string> named;
  const std::string prefix = "shadow.name.kedge.reported.";
  for (const std::string& text : {Shipped("FLEET.md"), Shipped("fleet/index.json")}) {
    for (size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
      at += prefix.size();
      named.insert(text.substr(at, text.find_first_of(":> \\\"\n", at) - at));
    }
  }
  CHECK(named.size() >= 4);
  const json index = json::parse(Shipped("fleet/index.json"));
  CHECK(index["thingIndexingConfiguration"]["filter"]["namedShadowNames"] == json::array({"kedge"}));
  CHECK(Shipped("iot-policy.json").find("/shadow/name/kedge/update\"") != std::string::npos);
  for (std::string pointer : named) {
    CAPTURE(pointer);
    for (size_t at = 0; (at = pointer.find('.', at)) != std::string::npos;) pointer[at] = '/';
    CHECK(quarantined.contains(json::json_pointer("/" + pointer)));
  }
  CHECK(quarantined.at("quarantine").at("since") > 0);
  CHECK(quarantined.at("last").at("verdict") == "unsafe");

  // A group by `state` would lose the device in the middle of its repair.
  rig.Script("repair", "exec sleep 600");
  json repair = rig.Document({rig.Step("repair")});
  repair["repair"] = true;
  rig.service().CreateJob("repair", repair);
  rig.WaitUntil("the repair", [&] { return shadow().value("state", "") == "running"; });
  CHECK(shadow().at("quarantine") == quarantined.at("quarantine"));
}

}  // namespace
}  // namespace kedge::fleet
