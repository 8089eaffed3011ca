// The package on a booted device, while jobs run. Started by run.sh; the cases build on each other, in this
// order.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "field/field_case.h"

namespace kedge::field {
namespace {

struct Scratch {
  Scratch() {
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path = std::filesystem::temp_directory_path() / "kedge-package.XXXXXX";
};

// For apt, which is right about Depends; and dpkg alone, where apt would ask first.
void Install(const Device& device, const std::string& version) {
  device.Shell("DEBIAN_FRONTEND=noninteractive apt-get -y --allow-downgrades install /srv/kedge/kedge_" +
               version + "_*.deb 2>&1");
}
rig::Finished Dpkg(const std::string& words) {
  return TheField().device().Run({"/bin/sh", "-c", "dpkg " + words + " 2>&1"});
}
std::string Deb(const std::string& version) { return "/srv/kedge/kedge_" + version + "_*.deb"; }

std::string Installed() {
  return TheField().device().Shell("dpkg-query -W -f '${db:Status-Abbrev}${Version}' kedge");
}
std::string AgentPid() { return TheField().device().Shell("systemctl show -p MainPID --value kedged"); }
bool RunsInstalled() {
  return TheField().device().Holds(
      "exe=$(readlink /proc/$(systemctl show -p MainPID --value kedged)/exe) && [ \"$exe\" = "
      "/usr/sbin/kedged "
      "]");
}
bool IsUp() { return TheField().Kedge({"status"}).value("link", "") == "up"; }

// A job that has changed a file and would run for long.
std::string BeginJob(const std::string& what) {
  Field& field = TheField();
  field.device().Shell("rm -f /srv/begun; echo before > /srv/kept");
  const std::string job = NewJob(what);
  field.service().CreateJob(
      job, DocumentOf({ShellStep("echo changed > /srv/kept; touch /srv/begun; exec sleep 600",
                                 {{"protect", {{"files", {"/srv/kept"}}}}})}));
  field.rig().WaitUntil("the step runs", [&] { return field.device().Holds("test -e /srv/begun"); });
  return job;
}

// The service and the device agree that it failed, and nothing of it is left.
void CheckUndone(const std::string& job) {
  Field& field = TheField();
  CHECK_MESSAGE(field.WaitForEnd(job) == "FAILED", field.Story(job));
  field.WaitForRest(job);
  CHECK_MESSAGE(field.Verdict(job) == "safe", field.Story(job));
  CHECK(field.device().Shell("cat /srv/kept") == "before\n");
  CHECK(field.TaskProcesses().empty());
}

void CheckWorks() {
  const std::string job = NewJob("works");
  CHECK_MESSAGE(RunJob(job, DocumentOf({ShellStep("true")})) == "SUCCEEDED", TheField().Story(job));
}

TEST_CASE("a first installation starts nothing, and nothing has failed") {
  const Scratch scratch;
  const Device device(scratch.path);
  Install(device, "1.0");
  CHECK(device.Shell("systemctl is-enabled kedged kedge-link") == "enabled\nenabled\n");
  CHECK(device.Shell("systemctl is-active kedged kedge-link || true") == "inactive\ninactive\n");
  CHECK(device.Shell("systemctl is-system-running") == "running\n");
  CHECK(device.Holds("test ! -e /var/lib/kedge && test -z \"$(ls -A /etc/kedge)\""));
}

TEST_CASE("an upgrade while a job runs: the new version undoes and reports it") {
  const std::string job = BeginJob("upgraded");
  Install(TheField().device(), "2.0");
  CHECK(Installed() == "ii 2.0");
  CheckUndone(job);
  CHECK(RunsInstalled());
  CheckWorks();
}

TEST_CASE("a downgrade with an interrupted job: the older version undoes and reports it") {
  const std::string job = BeginJob("downgraded");
  TheField().device().Shell("systemctl stop kedged");
  Install(TheField().device(), "1.0");
  CHECK(Installed() == "ii 1.0");
  CheckUndone(job);
  CheckWorks();
}

TEST_CASE("an upgrade that fails leaves the old version running") {
  const std::string pid = AgentPid();
  const rig::Finished unwilling = Dpkg("-i " + Deb("3.0"));
  CHECK(unwilling.status != 0);
  CHECK_MESSAGE(unwilling.out.find("this version takes no configuration") != std::string::npos,
                unwilling.out);
  CHECK(Installed() == "iF 3.0");
  CHECK(AgentPid() == pid);
  CheckWorks();

  Install(TheField().device(), "2.0");
  CHECK(RunsInstalled());
  const std::string next = AgentPid();
  CHECK(next != pid);
  CHECK(Dpkg("-i " + Deb("4.0")).status != 0);
  CHECK(Installed() == "ii 2.0");
  CHECK(AgentPid() == next);
  CheckWorks();
}

TEST_CASE("KEDGE_UPDATE: whoever sets it restarts the agent itself") {
  const std::string pid = AgentPid();
  CHECK(TheField().device().Holds("KEDGE_UPDATE=1 dpkg -i " + Deb("1.0")));
  CHECK(AgentPid() == pid);
  CHECK_FALSE(RunsInstalled());
  TheField().StartAgent();
  CHECK(RunsInstalled());
}

TEST_CASE("a job that upgrades the package is not ended by it, and the new version takes over afterwards") {
  Field& field = TheField();
  const std::string pid = AgentPid();
  const std::string job = NewJob("by-a-job");
  CHECK_MESSAGE(
      RunJob(job, DocumentOf({ShellStep("dpkg -i " + Deb("2.0")), ShellStep("true")})) == "SUCCEEDED",
      field.Story(job));
  field.rig().WaitUntil("the new version runs",
                        [&] { return AgentPid() != pid && RunsInstalled() && IsUp(); });
  CHECK(Installed() == "ii 2.0");
  CheckWorks();
}

TEST_CASE("a job cannot remove the package that runs it") {
  const std::string pid = AgentPid();
  const std::string job = NewJob("removes");
  CHECK(RunJob(job, DocumentOf({ShellStep("dpkg -r kedge")})) == "FAILED");
  CHECK(Installed() == "ri 2.0");  // dpkg keeps in mind that it was asked to
  CHECK(AgentPid() == pid);
  CheckWorks();
}

TEST_CASE("a removal while a job runs undoes it first, and keeps everything for another installation") {
  Field& field = TheField();
  const std::string job = BeginJob("removed");
  const rig::Finished removal = Dpkg("-r kedge");
  CHECK_MESSAGE(removal.status == 0, removal.out);
  CHECK_MESSAGE(removal.out.find(job) != std::string::npos, removal.out);
  CHECK_MESSAGE(field.WaitForEnd(job) == "FAILED", removal.out);
  CHECK(field.device().Shell("cat /srv/kept") == "before\n");
  CHECK(field.device().Holds("test ! -e /usr/sbin/kedged && test -s /var/lib/kedge/journal.db"));
  CHECK(field.device().Shell("systemctl is-system-running") == "running\n");

  Install(field.device(), "1.0");
  field.rig().WaitUntil("the agent is back", IsUp);
  CHECK(field.Verdict(job) == "safe");
  CheckWorks();
}

TEST_CASE(
    "a removal of a stopped agent names the job that is half done, and the next installation undoes it") {
  Field& field = TheField();
  const std::string job = BeginJob("left");
  field.device().Shell("systemctl stop kedged");
  const rig::Finished removal = Dpkg("-r kedge");
  CHECK_MESSAGE(removal.status == 0, removal.out);
  CHECK_MESSAGE(removal.out.find("the job " + job + " is not over") != std::string::npos, removal.out);
  Install(field.device(), "1.0");
  CheckUndone(job);
}

TEST_CASE("a purge deletes what Kedge has made, and keeps the device's keys") {
  Field& field = TheField();
  const rig::Finished purge = Dpkg("-P kedge");
  CHECK_MESSAGE(purge.status == 0, purge.out);
  CHECK_MESSAGE(purge.out.find("device.key") != std::string::npos, purge.out);
  CHECK(field.device().Holds("test -s /etc/kedge/device.key && test ! -e /etc/kedge/kedge.yaml"));
  CHECK(field.device().Holds("test ! -e /var/lib/kedge && test ! -e /run/kedge"));
  CHECK(field.device().Shell("systemctl list-units --all --plain --no-legend 'kedge*'").empty());
  CHECK(field.device().Shell("systemctl is-system-running") == "running\n");
}

}  // namespace
}  // namespace kedge::field
