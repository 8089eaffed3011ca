// A power cut in the middle of a job, and a boot on which there is no network at all: the job is undone by
// itself, and who is ordered after kedge-recovered.target starts on the restored files and not before.
#include <doctest/doctest.h>

#include <exception>

#include "rig/files.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

const field::Device& TheDevice() { return TheField().device(); }

// The network namespace's one interface, for the device as for the broker.
void Network(bool is_up) {
  const std::string state = is_up ? "up" : "down";
  const rig::Finished set =
      rig::Run({"/bin/sh", "-c", "ip link set lo " + state}, TheField().rig().Folder("scratch"));
  REQUIRE_MESSAGE(set.status == 0, set.err);
}

bool Exists(const std::string& path) { return rig::Exists(TheDevice().Path(path)); }

// Three services of the device, each of which writes down what it finds in the job's files when it starts.
void InstallServices() {
  for (const auto& [name, unit] :
       {std::pair{"free", ""},
        {"after", "After=kedge-recovered.target\n"},
        {"strict", "After=kedge-recovered.target\nRequires=kedge-recovered.target\n"}}) {
    rig::WriteFile(
        TheDevice().Path("/etc/systemd/system/test-" + std::string(name) + ".service"),
        std::string("[Unit]\n") + unit +
            "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'cat /srv/one /srv/two "
            ">/srv/seen-" +
            name + "'\n[Install]\nWantedBy=multi-user.target\n");
  }
  TheDevice().Shell("systemctl daemon-reload; systemctl -q enable test-free test-after test-strict");
}

// The undoing of the second step waits for the test, and ends as it says.
json SlowUndo(const std::string& ending) {
  return {{"rollback",
           {{"command",
             "/bin/sh,-c,touch /srv/undoing; until [ -e /srv/undo ]; do sleep 0.1; done; " + ending}}}};
}

void CutAndBoot() {
  TheDevice().Shell("rm -f /srv/undoing /srv/undo /srv/seen-*; sync");
  const std::string before = TheDevice().BootId();
  Network(false);
  TheDevice().CutPower();
  TheField().rig().WaitUntil("the next boot", [&] {
    const std::string now = TheDevice().BootId();
    return !now.empty() && now != before;
  });
}

std::string Seen(const std::string& name) { return rig::ReadIfThere(TheDevice().Path("/srv/seen-" + name)); }

bool IsLinked() { return TheField().Kedge({"status"})["link"] == "up"; }

void NetworkComesBack() {
  Network(true);
  // The test's own connection to drydock may have died of it.
  TheField().rig().WaitUntil("drydock answers", [] {
    try {
      return TheField().service().Executions().is_array();
    } catch (const std::exception&) {
      return false;
    }
  });
  TheField().rig().WaitUntil("the link", [] { return IsLinked(); });
}

TEST_CASE(
    "without a network what a power cut interrupted is undone, and services wait for it that were told to") {
  InstallServices();
  HeldJob job("cut", SlowUndo("exit 0"));
  job.Start();
  CutAndBoot();
  TheField().rig().WaitUntil("undoing has begun", [] { return Exists("/srv/undoing"); });
  TheField().rig().WaitUntil("others have started", [] { return Exists("/srv/seen-free"); });
  // They saw what should not be seen; those that are ordered after the target wait.
  CHECK(Seen("free").find("new\n") != std::string::npos);
  CHECK_FALSE(IsActive("kedge-recovered.target"));
  CHECK(Property("kedge-recovered.service", "ActiveState") == "activating");
  for (const char* waiting : {"test-after.service", "test-strict.service", "kedge-recovered.target"}) {
    CHECK_MESSAGE(TheDevice().Holds(std::string("systemctl list-jobs --no-legend | grep ") + waiting +
                                    " | grep -q waiting"),
                  TheDevice().Shell("systemctl list-jobs"));
  }
  CHECK_FALSE(Exists("/srv/seen-after"));

  rig::WriteFile(TheDevice().Path("/srv/undo"), "");
  WaitUntilActive("kedge-recovered.target");
  WaitUntilActive("test-after.service");
  WaitUntilActive("test-strict.service");
  CHECK(Seen("after") == "old\nold\n");
  CHECK(Seen("strict") == "old\nold\n");
  CHECK(TheField().Verdict(job.name()) == "safe");
  CHECK_FALSE(IsLinked());  // all of it without a word to anybody

  NetworkComesBack();
  CHECK(job.Judge() == "FAILED");
  CHECK(TheDevice().Run({"systemctl", "is-system-running"}).out == "running\n");
}

TEST_CASE("a service that waits for the undoing, and is undone itself, keeps nobody waiting") {
  rig::WriteFile(TheDevice().Path("/etc/systemd/system/test-both.service"),
                 "[Unit]\nAfter=kedge-recovered.target\n[Service]\nExecStart=sleep infinity\n"
                 "[Install]\nWantedBy=multi-user.target\n");
  TheDevice().Shell("systemctl daemon-reload; systemctl -q enable --now test-both");
  TheField().service().CreateJob(
      "both", field::DocumentOf({field::ShellStep("systemctl stop test-both; touch /srv/stopped; sleep 1000",
                                                  {{"protect", {{"services", {"test-both"}}}}})}));
  TheField().rig().WaitUntil("the step has stopped it", [] { return Exists("/srv/stopped"); });
  CutAndBoot();
  WaitUntilActive("kedge-recovered.target");
  CHECK(IsActive("test-both.service"));
  CHECK(TheField().Verdict("both") == "safe");
  NetworkComesBack();
  CHECK(TheField().WaitForEnd("both") == "FAILED");
  TheDevice().Shell(
      "systemctl -q disable --now test-both; rm /etc/systemd/system/test-both.service /srv/stopped");
}

TEST_CASE("a boot with nothing to undo reaches the target at once, and a restart of the agent leaves it") {
  InstallServices();
  TheDevice().Shell("echo old >/srv/one; echo old >/srv/two");
  CutAndBoot();
  WaitUntilActive("kedge-recovered.target");
  WaitUntilActive("test-strict.service");
  CHECK_FALSE(IsLinked());
  // It was not too early for the bus.
  TheField().rig().WaitUntil("the agent is on the bus",
                             [] { return TheDevice().Holds("busctl status org.kedge.Agent1"); });
  NetworkComesBack();
  const std::string since = Property("test-strict.service", "InvocationID");
  TheDevice().Shell("systemctl restart kedged");
  TheField().KillAgent();
  TheField().rig().WaitUntil("the link", [] { return IsLinked(); });
  CHECK(IsActive("kedge-recovered.target"));
  CHECK(Property("test-strict.service", "InvocationID") == since);
}

TEST_CASE("when undoing fails the target does too: only a service that requires it stays down") {
  InstallServices();
  HeldJob job("stranded", SlowUndo("echo it is stuck >&2; exit 1"));
  job.Start();
  CutAndBoot();
  rig::WriteFile(TheDevice().Path("/srv/undo"), "");
  TheField().rig().WaitUntil("waiting is over",
                             [] { return Property("kedge-recovered.service", "ActiveState") == "failed"; });
  WaitUntilActive("test-after.service");
  CHECK_FALSE(IsActive("kedge-recovered.target"));
  CHECK_FALSE(IsActive("test-strict.service"));
  CHECK_FALSE(Exists("/srv/seen-strict"));
  CHECK(TheField().IsQuarantined());
  CHECK(TheField().Verdict(job.name()) == "unsafe");
  CHECK(TheDevice().Holds("journalctl -q -b -u kedge-recovered | grep -q quarantine"));

  NetworkComesBack();
  CHECK(TheField().WaitForEnd(job.name()) == "FAILED");
  // Somebody has looked: it is fine as it is.
  TheDevice().Shell(
      "kedge clear && systemctl reset-failed && systemctl start kedge-recovered.target test-strict");
  CHECK(IsActive("kedge-recovered.target"));
  CHECK(IsActive("test-strict.service"));
  TheDevice().Shell("systemctl -q disable test-free test-after test-strict");
}

}  // namespace
}  // namespace kedge::units
