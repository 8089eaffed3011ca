// What the device does when more than a process fails: it is rebooted by a job, its journal is lost or
// damaged, an undo does not come through, the service gives it up.
#include <doctest/doctest.h>

#include <filesystem>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// A device whose reboot is a kill of kedged and a start on another boot id, which is mounted over the
// kernel's.
class Rebootable {
 public:
  explicit Rebootable(const std::string& jobs) : rig_({.start = false}) {
    rig_.Configure("jobs: {reboot_command: [touch, " + asked() + "], " + jobs + "}\n");
    rig_.StartAgent();
  }
  Rig& rig() { return rig_; }
  std::string asked() const { return rig_.Folder("asked-to-reboot"); }

  void WaitUntilAsked() {
    rig_.WaitUntil("the device is asked to reboot", [this] { return rig::Exists(asked()); });
  }
  // The agent of the next boot; the rig's own does not run any more.
  rig::Program Reboot() {
    rig_.kedged().Kill();
    std::filesystem::remove(asked());
    rig::WriteFile(rig_.Folder("boot_id"),
                   "11111111-2222-4333-8444-55555555555" + std::to_string(++boots_) + "\n");
    std::string command =
        "mount --bind " + rig_.Folder("boot_id") + " /proc/sys/kernel/random/boot_id && exec";
    for (const std::string& word : rig_.kedged_argv()) command += " " + word;
    rig::Program next({.name = "rebooted",
                       .argv = {"/usr/bin/unshare", "--mount", "/bin/sh", "-c", command},
                       .log_folder = rig_.Folder("logs")});
    next.Start();
    return next;
  }

 private:
  Rig rig_;
  int boots_ = 0;
};

// Changes the protected file, and wants so many reboots.
json RebootingStep(Rig& rig, int wanted) {
  const std::string file = rig.Folder("device/kernel");
  rig::WriteFile(file, "old\n");
  rig.Script("kernel", "echo $KEDGE_REBOOTS >> " + rig.Folder("calls") + "; echo new > " + file +
                           "; [ $KEDGE_REBOOTS -ge " + std::to_string(wanted) + " ] || exit 194");
  return rig.Step("kernel", {}, {{"protect", {{"files", {file}}}}});
}

TEST_CASE(
    "a step that wants a reboot is called again on the next boot, and the job goes on with the next step") {
  REQUIRE_MESSAGE(geteuid() == 0, "needs root: another boot id is mounted over the kernel's");
  Rebootable device("reboot_wait: 1m");
  Rig& rig = device.rig();
  rig.Script("after", "echo after >> " + rig.Folder("calls"));
  rig.service().CreateJob("a", rig.Document({RebootingStep(rig, 2), rig.Step("after")}));
  device.WaitUntilAsked();
  rig::Program second = device.Reboot();
  device.WaitUntilAsked();
  second.Kill();
  rig::Program third = device.Reboot();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig::ReadIfThere(rig.Folder("calls")) == "0\n1\n2\nafter\n");
  CHECK(rig::ReadIfThere(rig.Folder("device/kernel")) == "new\n");
}

TEST_CASE("a job that is cancelled while the device reboots is undone on the next boot") {
  REQUIRE_MESSAGE(geteuid() == 0, "needs root: another boot id is mounted over the kernel's");
  Rebootable device("reboot_wait: 1m");
  Rig& rig = device.rig();
  rig.service().CreateJob("a", rig.Document({RebootingStep(rig, 1)}));
  device.WaitUntilAsked();
  rig.kedged().Kill();
  REQUIRE(rig.service().CancelExecution("a", {.force = true}));
  rig::Program second = device.Reboot();
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig.service().Status("a") == "CANCELED");
  CHECK(rig::ReadIfThere(rig.Folder("device/kernel")) == "old\n");
}

TEST_CASE("a device that does not reboot fails the step, and everything is undone") {
  Rebootable device("reboot_wait: 1s");
  Rig& rig = device.rig();
  rig.service().CreateJob("a", rig.Document({RebootingStep(rig, 1)}));
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.service().Detail("a", "reason") == "step 1/1 'kernel': the device did not reboot within 1 s");
  CHECK(rig::ReadIfThere(rig.Folder("device/kernel")) == "old\n");
  CHECK(rig::ReadIfThere(rig.Folder("calls")) == "0\n");
}

// A job whose one step fails and whose undo fails as long as the file `jam` is there.
void Jam(Rig& rig) {
  rig::WriteFile(rig.Folder("jam"), "");
  rig.Script("jammed/run", "touch " + rig.Folder("device/mark") + "; exit 3");
  rig.Script("jammed/rollback", "[ ! -e " + rig.Folder("jam") + " ] && rm -f " + rig.Folder("device/mark"));
  rig.Script("jammed/verify", "[ $KEDGE_EXPECT = done ] || [ ! -e " + rig.Folder("device/mark") + " ]");
  rig.service().CreateJob("jammed", rig.Document({rig.Step("jammed")}));
  rig.WaitForStatus("jammed", "FAILED");
  rig.WaitUntil("quarantine", [&] { return rig.KedgeJson({"status"})["state"] == "quarantined"; });
}

TEST_CASE("what could not be undone is undone by another attempt, also after a restart") {
  Rig rig;
  Jam(rig);
  CHECK(rig.service().Detail("jammed", "verdict") == "unsafe");
  CHECK(rig.KedgeJson({"status"})["quarantine"]["stranded"][0]["jobId"] == "jammed");
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.WaitForLink();
  // Still in the way: refused by the facts, and nothing is lost by asking.
  CHECK(rig.Kedge({"rollback", "--retry"}).status == 0);
  rig.WaitUntil("the attempt", [&] { return rig.KedgeJson({"status"})["state"] == "quarantined"; });
  std::filesystem::remove(rig.Folder("jam"));
  CHECK(rig.Kedge({"rollback", "--retry"}).out == "job jammed is being rolled back again\n");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(!rig::Exists(rig.Folder("device/mark")));
  CHECK(rig.Verdict("jammed") == "safe");
  rig.RunsAJob("next");
  CHECK(rig.Kedge({"rollback", "--retry"}).status == 1);
}

TEST_CASE("a repair is taken in quarantine and lifts it, and topic and shadow tell of both") {
  Rig rig({.config = "service: {shadow: kedge}\n"});
  const auto topic = rig.Listen("kedge/things/pi-1/state");
  const auto shadow = rig.Listen("$aws/things/pi-1/shadow/name/kedge/update");
  const auto told = [&](const std::string& words) {
    rig.WaitUntil(words, [&] {
      return topic->Log().find(words) != std::string::npos && shadow->Log().find(words) != std::string::npos;
    });
  };
  Jam(rig);
  told("\"state\":\"quarantined\"");
  rig.Script("repair", "rm -f " + rig.Folder("jam") + " " + rig.Folder("device/mark"));
  json repair = rig.Document({rig.Step("repair")});
  repair["repair"] = true;
  rig.service().CreateJob("repair", repair);
  rig.WaitForStatus("repair", "SUCCEEDED");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  rig.WaitUntil("the end of quarantine", [&] {
    return shadow->Log().find("\"quarantine\":null", shadow->Log().find("quarantined")) != std::string::npos;
  });
  rig.RunsAJob("next");
}

// The next start says so, takes no job, and goes on when the operator has looked.
void IsQuarantinedForItsJournal(Rig& rig, const std::string& words) {
  rig.service().CreateJob("waits", rig.Document({Rig::CommandStep("true")}));
  rig.kedged().Start();
  rig.WaitForLink();
  const json status = rig.KedgeJson({"status"});
  CHECK(status["state"] == "quarantined");
  CHECK_MESSAGE(status["quarantine"]["reason"].get<std::string>().find(words) != std::string::npos,
                status.dump());
  CHECK(rig.service().Status("waits") == "QUEUED");
  CHECK(rig.Kedge({"clear"}).status == 0);
  rig.WaitForStatus("waits", "SUCCEEDED");
}

TEST_CASE("a journal that is gone: the device says so, and nothing runs forward") {
  Rig rig;
  rig.RunsAJob("a");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig.kedged().Stop() == 0);
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
    std::filesystem::remove(rig.Folder("state/") + name);
  }
  IsQuarantinedForItsJournal(rig, "is gone");
}

TEST_CASE("a damaged journal is kept as evidence, what its job started is ended, and nothing runs forward") {
  Rig rig;
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  rig.kedged().Kill();
  CHECK(!rig.StepProcesses().empty());
  for (const char* name : {"journal.db", "journal.db-wal"}) {
    rig::WriteFile(rig.Folder("state/") + name, std::string(8192, 'x'));
  }
  rig.kedged().Start();
  rig.WaitForLink();
  CHECK(rig.KedgeJson({"status"})["state"] == "quarantined");
  rig.WaitUntil("the strays are ended", [&] { return rig.StepProcesses().empty(); });
  CHECK(upgrade.Runs() == 1);
  bool evidence = false;
  for (const auto& entry : std::filesystem::directory_iterator(rig.Folder("state"))) {
    evidence = evidence || entry.path().filename().string().find("journal.db.failed") == 0;
  }
  CHECK(evidence);
}

TEST_CASE("a device that is away for longer than its lease finds its work timed out, and undoes it") {
  Rig rig({.config = "service: {lease_margin: 1s}\n"});
  Upgrade upgrade(rig);
  upgrade.BringToStep2();
  rig.kedged().Kill();
  rig.service().Must("POST", "/drydock/clock", json{{"offset_ms", 26 * 3600 * 1000}}.dump());
  rig.WaitForStatus(upgrade.kJob, "TIMED_OUT");
  rig.kedged().Start();
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(upgrade.Difference() == "");
  CHECK(rig.Verdict(upgrade.kJob) == "safe");
  if (Rig::TellsHowItEnded()) CHECK(rig.Show(upgrade.kJob)["status"] == "TIMED_OUT");
}

// `sync` of the device, written by the test: it tells what it was called with, and works or not.
TEST_CASE("what a step wrote is brought to the disks before the service hears of it") {
  Rig rig({.start = false});
  const std::string bin = rig.Folder("bin");
  std::filesystem::create_directories(bin);
  rig::WriteFile(bin + "/sync", "#!/bin/sh\necho \"$@\" >> " + rig.Folder("synced") + "; test ! -e " +
                                    rig.Folder("broken") + "\n");
  std::filesystem::permissions(bin + "/sync", std::filesystem::perms::owner_all);
  rig.Configure("jobs: {sync: true}\nprocess: {search_path: \"" + bin +
                ":/usr/sbin:/usr/bin:/sbin:/bin\"}\n");
  rig.StartAgent();
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  const json protect = {{"protect", {{"files", {file}}}}};
  rig.Script("write", "test -e " + rig.Folder("synced") + " && echo already; echo new > " + file);
  rig.service().CreateJob("a", rig.Document({rig.Step("write", {}, protect)}));
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Detail("a", "stdout") == "");
  CHECK(rig::ReadIfThere(rig.Folder("synced")).starts_with("-f -- /"));

  rig::WriteFile(file, "old\n");
  rig::WriteFile(rig.Folder("broken"), "");
  rig.service().CreateJob("b", rig.Document({rig.Step("write", {}, protect)}));
  rig.WaitForStatus("b", "FAILED");
  CHECK(rig.service().Detail("b", "reason").find("cannot be brought to the disk: sync: exit status 1") !=
        std::string::npos);
  CHECK(rig.service().Detail("b", "verdict") == "safe");
  CHECK(rig::ReadIfThere(file) == "old\n");
}

}  // namespace
}  // namespace kedge::e2e
