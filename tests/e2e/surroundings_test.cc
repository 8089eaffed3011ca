// What a handler finds around itself.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <set>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// What the probe, a handler of one file, had to tell.
json Told(Rig& rig, const std::string& job, const json& document) {
  rig.service().CreateJob(job, document);
  rig.WaitForStatus(job, "SUCCEEDED");
  const json shown = rig.Show(job);
  json told;
  for (const json& entry : shown["history"]) {
    if (entry["event"] == "step-ended")
      told = json::parse(entry["detail"]["stdout"].get<std::string>(), nullptr, false);
  }
  REQUIRE(told.is_object());
  return told;
}

void TellsOfCleanSurroundings(bool cgroups) {
  Rig rig({.cgroups = cgroups});
  const std::string probe = rig.Binary("probe", E2E_PROBE);
  const json told =
      Told(rig, "a", rig.Document({rig.CommandStep("true"), rig.Step(probe, {"x y", "", "$HOME;*"})}));

  CHECK(told["fds"] == json::array({0, 1, 2, 3}));
  CHECK(told["blocked"] == json::array());
  CHECK(told["ignored"] == json::array());
  CHECK(told["umask"] == 0077);
  CHECK(told["own_session"] == true);
  CHECK(told["argv"] == json::array({rig.handlers() + "/probe", "", "x y", "", "$HOME;*"}));

  const std::string folder = told["cwd"];
  CHECK(folder.starts_with(rig.Folder("state/undo/")));

  std::map<std::string, std::string> environment;
  for (const std::string variable : told["environment"]) {
    environment[variable.substr(0, variable.find('='))] = variable.substr(variable.find('=') + 1);
  }
  std::set<std::string> names;
  for (const auto& [name, value] : environment) names.insert(name);
  CHECK(names == std::set<std::string>{"HOME", "KEDGE_EXECUTION", "KEDGE_GUARDS", "KEDGE_JOB_ID",
                                       "KEDGE_NO_WAY_BACK", "KEDGE_REBOOTS", "KEDGE_STATE_DIR",
                                       "KEDGE_STATUS_FD", "KEDGE_STEP", "KEDGE_STEPS", "KEDGE_STEP_NAME",
                                       "KEDGE_TASK", "KEDGE_THING", "KEDGE_TRIES", "KEDGE_VERB", "KEDGE_VERSION", "LANG", "LOGNAME", "PATH", "SHELL",
                                       "USER"});
  CHECK(environment["KEDGE_JOB_ID"] == "a");
  CHECK(environment["KEDGE_EXECUTION"] == "1");
  CHECK(environment["KEDGE_STEP"] == "2");
  CHECK(environment["KEDGE_STEPS"] == "2");
  CHECK(environment["KEDGE_STEP_NAME"] == "probe");
  CHECK(environment["KEDGE_THING"] == "pi-1");
  CHECK(environment["KEDGE_VERB"] == "run");
  CHECK(environment["KEDGE_STATE_DIR"].starts_with(rig.Folder("state/undo/")));
  CHECK(environment["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

TEST_CASE(
    "a handler starts clean: no signal blocked or ignored, four descriptors, a session, an exact "
    "environment") {
  TellsOfCleanSurroundings(true);
}

TEST_CASE("a handler starts clean where there are no control groups") { TellsOfCleanSurroundings(false); }

TEST_CASE("a handler's folder is its own: nobody else's, and gone after the job") {
  Rig rig;
  const Gate gate(rig, "gate", "pwd > " + rig.Folder("cwd"));
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.WaitUntil("the folder's name", [&] { return !rig::ReadIfThere(rig.Folder("cwd")).empty(); });
  const std::string folder = rig::Lines(rig::ReadIfThere(rig.Folder("cwd")))[0];
  struct stat found {};
  REQUIRE(stat(folder.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0700);
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  rig.WaitUntil("the removal of " + folder, [&] { return !rig::Exists(folder); });
}

TEST_CASE("the older operation form runs, and its handler gets a user's name first too") {
  Rig rig;
  rig.Binary("probe", E2E_PROBE);
  const json document = {{"operation", "probe"}, {"args", {"tree"}}, {"path", rig.handlers()}};
  CHECK(Told(rig, "a", document)["argv"] == json::array({rig.handlers() + "/probe", "", "tree"}));
}

TEST_CASE("an installed handler folder is called without a user's name") {
  Rig rig;
  rig.service().CreateJob(
      "a", json::parse(R"({"version":"1.0","steps":[{"action":{"name":"say","type":"runHandler",
      "input":{"handler":"echo","args":["one","two"],"path":"default"}}}]})"));
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Detail("a", "stdout") == "one two");
}

}  // namespace
}  // namespace kedge::e2e
