// The agent on the system bus of a booted device: who may do what, and who brings it up.
#include <doctest/doctest.h>

#include "units/unit_case.h"

namespace kedge::units {
namespace {

const field::Device& TheDevice() { return TheField().device(); }

std::vector<std::string> Call(const std::string& method, const std::vector<std::string>& arguments = {}) {
  std::vector<std::string> argv = {"busctl",           "call", "org.kedge.Agent1", "/org/kedge/Agent1",
                                   "org.kedge.Agent1", method};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

const std::vector<std::string> kCancel = {"sbs", "", "true", "by a test"};

TEST_CASE("an ordinary user may look at everything and change nothing") {
  for (const auto& verb :
       {std::vector<std::string>{"introspect", "org.kedge.Agent1", "/org/kedge/Agent1"},
        {"get-property", "org.kedge.Agent1", "/org/kedge/Agent1", "org.kedge.Agent1", "Thing"}}) {
    std::vector<std::string> argv = {"busctl"};
    argv.insert(argv.end(), verb.begin(), verb.end());
    const rig::Finished asked = RunAsNobody(argv);
    CHECK_MESSAGE(asked.status == 0, asked.err);
    if (verb[0] == "introspect") {
      for (const char* member : {".Cancel", ".Clear", ".GetStatus", ".Reload", ".Rollback", ".State",
                                 ".StatusChanged", ".Thing", ".Version"}) {
        CHECK_MESSAGE(asked.out.find(member) != std::string::npos, member << " is not in\n" << asked.out);
      }
    } else {
      CHECK(asked.out == "s \"pi-1\"\n");
    }
  }
  CHECK(RunAsNobody(Call("GetStatus")).out.find("pi-1") != std::string::npos);
  CHECK(RunAsNobody({"kedge", "status"}).status == 0);

  HeldJob job("kept");
  job.Start();
  for (const auto& call : {Call("Cancel", kCancel),
                           Call("Clear"),
                           Call("Rollback"),
                           Call("Reload"),
                           {"kedge", "cancel", job.name(), "--force"},
                           {"kedge", "clear"},
                           {"kedge", "reload"}}) {
    const rig::Finished refused = RunAsNobody(call);
    CAPTURE(call.back());
    CHECK(refused.status != 0);
    CHECK_MESSAGE(
        (refused.err.find("denied") != std::string::npos || refused.err.find("root") != std::string::npos),
        refused.err);
  }
  CHECK(RunAsNobody({"busctl", "set-property", "org.kedge.Agent1", "/org/kedge/Agent1", "org.kedge.Agent1",
                     "Thing", "s", "mine"})
            .status != 0);
  job.LetGo();
  CHECK(job.Judge() == "SUCCEEDED");
}

TEST_CASE("root calls a job off on the bus") {
  HeldJob job("called-off");
  job.Start();
  const rig::Finished cancelled = TheDevice().Run(Call("Cancel", kCancel));
  CHECK_MESSAGE(cancelled.out.starts_with("bs true"), cancelled.out << cancelled.err);
  CHECK(job.Judge() == "FAILED");
}

TEST_CASE("nobody but root's agent can have its name") {
  TheDevice().Shell("systemctl stop kedge-link kedged; systemctl -q disable kedged");
  const rig::Finished taken =
      RunAsNobody({"busctl", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                   "RequestName", "su", "org.kedge.Agent1", "0"});
  CHECK(taken.status != 0);
  CHECK_MESSAGE(taken.err.find("denied") != std::string::npos, taken.err);
  TheDevice().Shell("systemctl -q enable kedged");
  TheField().StartAgent();
}

TEST_CASE("who calls the agent while it is down has it started, unless it is switched off") {
  TheDevice().Shell("systemctl reset-failed; systemctl stop kedge-link kedged");
  CHECK_FALSE(IsActive("kedged.service"));
  const rig::Finished asked = RunAsNobody(Call("GetStatus"));
  CHECK_MESSAGE(asked.status == 0, asked.err);
  CHECK(IsActive("kedged.service"));
  WaitUntilActive("kedge-link.service");  // it comes along

  TheDevice().Shell("systemctl stop kedge-link kedged; systemctl -q disable kedged");
  const rig::Finished refused = RunAsNobody(Call("GetStatus"));
  CHECK(refused.status != 0);
  CHECK_MESSAGE(refused.err.find("not found") != std::string::npos, refused.err);
  CHECK_FALSE(IsActive("kedged.service"));
  TheDevice().Shell("systemctl -q enable kedged");
  TheField().StartAgent();
}

TEST_CASE("without a bus the agent starts and answers, and is on the bus at its next start") {
  TheDevice().Shell("systemctl stop kedged; systemctl stop dbus.socket dbus.service");
  TheDevice().Shell("systemctl start kedged");
  CHECK(IsActive("kedged.service"));
  CHECK(TheDevice().Run({"kedge", "status"}).status == 0);
  TheDevice().Shell("systemctl start dbus.socket dbus.service; systemctl restart kedged");
  CHECK(TheDevice().Run(Call("GetStatus")).status == 0);
}

}  // namespace
}  // namespace kedge::units
