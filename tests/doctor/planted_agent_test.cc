// What can be wrong with the agent and its services, planted one thing at a time: exactly that check is not
// ok, and names the fix.
#include <doctest/doctest.h>

#include <filesystem>

#include "doctor/scene.h"
#include "rig/files.h"
#include "rig/program.h"

namespace kedge::doctor_test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a device in quarantine") {
  Scene scene;
  scene.state.quarantine =
      Quarantine{{JobId{"firmware-42"}, 1, 1}, "step 1 could not be undone", 1'764'000'000'000};
  FindsOnly(scene, "quarantine", "problem", "step 1 could not be undone", "sudo kedge clear");
}

TEST_CASE("a device in quarantine, with a job that could not be undone") {
  Scene scene;
  scene.state.quarantine =
      Quarantine{{JobId{"firmware-42"}, 1, 1}, "step 1 could not be undone", 1'764'000'000'000};
  scene.state.stranded.emplace_back().id = {JobId{"firmware-42"}, 1, 1};
  FindsOnly(scene, "quarantine", "problem", "step 1 could not be undone", "sudo kedge rollback --retry");
}

TEST_CASE("a daemon that does not run") {
  Scene scene;
  scene.answers = false;
  FindsOnly(scene, "agent", "problem", "nobody listens at the socket", "sudo systemctl start kedged",
            {"quarantine", "link"});
}

TEST_CASE("a step that outlives KILL") {
  Scene scene;
  Execution& execution = scene.state.current.emplace();
  execution.id = {JobId{"firmware-42"}, 1, 1};
  execution.phase = Phase::kStopping;
  execution.plan.document.steps.resize(1);
  execution.plan.verbs.resize(1);
  execution.steps.resize(1);
  execution.task.emplace();
  execution.survivor = "process 4711 (dd) in uninterruptible sleep";
  FindsOnly(scene, "agent", "problem", "process 4711 (dd)", "sudo reboot");
}

TEST_CASE("an agent that has been undoing for hours") {
  Scene scene;
  scene.recovering = true;
  rig::WriteFile(scene.Folder("run/operator.sock"), "");
  scene.io.device.now = [] { return doctor::WallNow() + 4 * 3'600'000; };
  FindsOnly(scene, "agent", "warning", "has been undoing what was interrupted for 240 min", "kedge status");
  scene.io.device.now = doctor::WallNow;
  CHECK(NotOk(scene.Look()).empty());
}

TEST_CASE("an agent with another configuration") {
  Scene scene;
  scene.Configure("thing: pi-2");
  FindsOnly(scene, "agent", "problem", "is for thing 'pi-1', the configuration for 'pi-2'",
            "sudo systemctl restart kedged");
}

TEST_CASE("a link that is down, and nothing that explains it") {
  Scene scene;
  scene.state.link_up = false;
  FindsOnly(scene, "link", "problem", "not connected to the broker", "journalctl -u kedge-link");
}

TEST_CASE("no memory controller, by the agent's word and by the kernel's") {
  Scene scene;
  scene.notes.push_back(
      "limits of memory are not held: the kernel was booted with this controller switched off (a Raspberry "
      "Pi needs "
      "cgroup_enable=memory in cmdline.txt)");
  FindsOnly(scene, "cgroups", "warning", "limits of memory are not held",
            "sudo sed -i '1s/$/ cgroup_enable=memory/' " + scene.Folder("boot/cmdline.txt"));
  scene.answers = false;
  rig::WriteFile(scene.Folder("cgroups/cgroup.controllers"), "cpuset cpu io pids\n");
  const json line = LineOf(scene.Look({"--only", "cgroups"}), "cgroups");
  CHECK(Has(line["saw"], "no controller 'memory'"));
  CHECK(Has(line["command"], "cgroup_enable=memory"));
  // What is to be typed does what it says.
  const std::string command = line["command"];
  rig::Run({"/bin/sh", "-c", "sudo() { \"$@\"; }; reboot() { :; }; " + command}, scene.Folder("run"));
  CHECK(rig::ReadIfThere(scene.Folder("boot/cmdline.txt")) == "console=tty1 rootwait cgroup_enable=memory\n");
}

TEST_CASE("control groups that are switched off") {
  Scene scene;
  scene.Configure("process: {cgroups: no}");
  FindsOnly(scene, "cgroups", "warning", "switched off (process.cgroups)", "sudoedit");
}

TEST_CASE("control groups of version 1, and no agent to tell") {
  Scene scene;
  scene.answers = false;
  fs::remove(scene.Folder("cgroups/cgroup.controllers"));
  fs::remove(scene.Folder("boot/cmdline.txt"));
  rig::WriteFile(scene.Folder("etc/grub"), "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"quiet\"\n");
  const json line = LineOf(scene.Look({"--only", "cgroups"}), "cgroups");
  CHECK(Has(line["advice"], "systemd.unified_cgroup_hierarchy=1"));
  const std::string command = line["command"];
  rig::Run({"/bin/sh", "-c", "sudo() { [ $1 != sed ] || \"$@\"; }; " + command}, scene.Folder("run"));
  CHECK(rig::ReadIfThere(scene.Folder("etc/grub")) ==
        "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"systemd.unified_cgroup_hierarchy=1 quiet\"\n");
}

// What systemd says of one of the two.
void FindsAtUnit(const std::string& unit, const std::string& properties, const std::string& level,
                 const std::string& saw, const std::string& fix) {
  Scene scene;
  scene.Unit(unit, properties);
  FindsOnly(scene, "services", level, saw, fix);
}

TEST_CASE("a service that hung and was ended by its watchdog") {
  FindsAtUnit("kedged", "ActiveState=failed\nResult=watchdog\n", "problem", "it hung, and was ended",
              "journalctl -u kedged");
}

TEST_CASE("a service that ends again and again") {
  FindsAtUnit("kedge-link", "ActiveState=activating\nSubState=auto-restart\nResult=exit-code\n", "problem",
              "ends again and again", "journalctl -u kedge-link");
}

TEST_CASE("a service that is stopped") {
  FindsAtUnit("kedged", "ActiveState=inactive\n", "problem", "does not run", "sudo systemctl start kedged");
}

TEST_CASE("a service that the next boot does not start") {
  FindsAtUnit("kedge-link", "UnitFileState=disabled\n", "warning", "the next boot does not start it",
              "sudo systemctl enable kedge-link");
}

TEST_CASE("a service that is masked") {
  FindsAtUnit("kedged", "LoadState=masked\n", "problem", "is masked", "sudo systemctl unmask kedged");
}

TEST_CASE("a service that is not installed") {
  FindsAtUnit("kedge-link", "LoadState=not-found\n", "problem", "is not installed", "sudo apt install");
}

TEST_CASE("a service without its watchdog") {
  FindsAtUnit("kedged", "WatchdogUSec=0\n", "warning", "without a watchdog", "systemctl cat kedged");
}

TEST_CASE("a service that was restarted many times") {
  FindsAtUnit("kedged", "NRestarts=7\n", "warning", "was restarted 7 times", "journalctl -u kedged");
}

TEST_CASE("programs of different versions") {
  Scene scene;
  scene.io.device.kedged = scene.Script("bin/kedged", "#!/bin/sh\necho kedged 9.9.9\n");
  FindsOnly(scene, "versions", "problem", "is version 9.9.9", "sudo apt install");
}

TEST_CASE("a program that is not there") {
  Scene scene;
  scene.io.device.kedged = scene.Folder("bin/no-kedged");
  FindsOnly(scene, "versions", "problem", "there is no program", "sudo apt install");
}

TEST_CASE("a daemon older than what is installed") {
  Scene scene;
  scene.io.status = [](const std::string&) -> Result<std::string> {
    return std::string(
        R"({"agent": {"version": "0.0.9", "running": true}, "thing": "pi-1", "link": "up", "state": "idle", "notes": ["x"]})");
  };
  FindsOnly(scene, "versions", "warning", "runs is version 0.0.9", "sudo systemctl restart kedged");
}

}  // namespace
}  // namespace kedge::doctor_test
