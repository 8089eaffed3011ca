// The door on a bus: a real dbus-daemon as the system bus, with the shipped policy file.
#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "operator/agent_client.h"
#include "operator/served_agent.h"

namespace kedge::op {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A bus of this test's own, which programs find as the system bus.
class PrivateBus {
 public:
  enum class Policy { kShipped, kOpen };
  explicit PrivateBus(Policy policy = Policy::kShipped) {
    std::filesystem::copy(std::string(KEDGE_SYSTEMD_FOLDER) + "/org.kedge.Agent1.conf", folder_.path());
    if (policy == Policy::kOpen) {
      std::ofstream(folder_.path() + "/org.kedge.Agent1.conf")
          << "<busconfig><policy context=\"default\"><allow own=\"*\"/><allow "
             "send_destination=\"*\"/></policy></busconfig>";
    }
    std::ofstream(folder_.path() + "/bus.conf")
        << "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\" "
           "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig>\n"
        << "<type>system</type><listen>unix:path=" << folder_.path() << "/bus</listen><auth>EXTERNAL</auth>\n"
        << "<policy context=\"default\"><allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/>"
           "<allow send_type=\"signal\"/><allow send_requested_reply=\"true\" send_type=\"method_return\"/>"
           "<allow send_requested_reply=\"true\" send_type=\"error\"/><allow receive_type=\"method_call\"/>"
           "<allow receive_type=\"method_return\"/><allow receive_type=\"error\"/><allow "
           "receive_type=\"signal\"/>"
           "<allow send_destination=\"org.freedesktop.DBus\"/></policy>\n"
        << "<include>" << folder_.path() << "/org.kedge.Agent1.conf</include>\n</busconfig>\n";
    const Outcome started =
        Run("dbus-daemon --config-file=" + folder_.path() + "/bus.conf --fork --print-pid=1");
    REQUIRE_MESSAGE(started.status == 0, started.output);
    pid_ = std::stoi(started.output);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + folder_.path() + "/bus").c_str(), 1);
  }
  ~PrivateBus() {
    Stop();
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }
  void Stop() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    pid_ = 0;
  }

 private:
  TemporaryFolder folder_;
  pid_t pid_ = 0;
};

const std::string kCall = "busctl --system call org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 ";

// The name is asked for in the background: calls until it is there.
Outcome FirstCall() {
  Outcome outcome;
  for (int i = 0; i < 200 && outcome.status != 0; ++i) outcome = Run(kCall + "GetStatus");
  return outcome;
}

TEST_CASE("on a system bus the agent has its name, and root may cancel") {
  if (geteuid() != 0) return;  // the policy lets only root own the name
  PrivateBus bus;
  ServedAgent agent(true);
  agent.While([&] {
    CHECK(Has(FirstCall().output, "pi-1"));
    CHECK(Run(kCall + "Cancel sbs fw-42 true 'a reason'").output == "bs true \"done\"\n");
    CHECK(Run(kCall + "Clear").output == "bs true \"done\"\n");
    CHECK(Run(kCall + "Cancel sbs 'a b' true ''").status != 0);
    // Our own client falls back to the bus where it cannot find the socket.
    auto client = AgentClient::Connect(agent.socket + ".none");
    REQUIRE(client.has_value());
    CHECK(*client->GetStatus() == agent.status);
    CHECK(client->Cancel(JobId{"fw-43"}, false, "")->accepted);
  });
  REQUIRE(agent.cancels.size() == 2);
  CHECK(agent.cancels[0].job == JobId{"fw-42"});
  CHECK(agent.cancels[0].origin == "uid 0 on D-Bus");
  CHECK(agent.cancels[1].job == JobId{"fw-43"});
  CHECK(agent.clears.size() == 1);
  CHECK(agent.object->Doors() == agent.socket + " and the system bus as org.kedge.Agent1");
}

TEST_CASE("on a system bus another user may read and may not change") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(RunAsNobody(kCall + "GetStatus").status == 0);
    CHECK(
        RunAsNobody("busctl --system get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Thing")
            .output == "s \"pi-1\"\n");
    CHECK(RunAsNobody("busctl --system introspect org.kedge.Agent1 /org/kedge/Agent1").status == 0);
    CHECK(RunAsNobody(kCall + "Cancel sbs fw-42 true ''").status != 0);
    CHECK(RunAsNobody(kCall + "Clear").status != 0);
  });
  CHECK(agent.cancels.empty());
  CHECK(agent.clears.empty());
}

TEST_CASE("the agent itself refuses another user, even on a bus that lets him through") {
  if (geteuid() != 0) return;
  PrivateBus bus(PrivateBus::Policy::kOpen);
  ServedAgent agent(true);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(Has(RunAsNobody(kCall + "Cancel sbs fw-42 true ''").output, "Access denied"));
    CHECK(Has(RunAsNobody(kCall + "Clear").output, "Access denied"));
    CHECK(Run(kCall + "Clear").status == 0);
  });
  CHECK(agent.cancels.empty());
  CHECK(agent.clears.size() == 1);
}

TEST_CASE("when the bus goes away the socket still serves, and it is said") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    bus.Stop();
    for (int i = 0; i < 200 && Run(kCall + "GetStatus").status == 0; ++i) {
    }
    CHECK(AgentClient::Connect(agent.socket, false)->GetStatus().has_value());
  });
  CHECK(Has(agent.object->Doors(), "only " + agent.socket + ": "));
}

TEST_CASE("without a system bus the agent serves the socket alone, and says so") {
  setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  ServedAgent agent(true);
  CHECK(agent.object->Doors() == "only " + agent.socket + ": no system bus (No such file or directory)");
  agent.While([&] { CHECK(AgentClient::Connect(agent.socket)->GetStatus().has_value()); });
  const auto none = AgentClient::Connect(agent.socket + ".none");
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  REQUIRE_FALSE(none.has_value());
  CHECK(Has(none.error().message, "system bus: No such file or directory"));
}

TEST_CASE("the shipped interface description is what the agent serves") {
  ServedAgent agent;
  std::string served;
  agent.While([&] {
    served =
        Run(agent.Busctl(
                "call org.kedge.Agent1 /org/kedge/Agent1 org.freedesktop.DBus.Introspectable Introspect"))
            .output;
  });
  std::ifstream file(std::string(KEDGE_SYSTEMD_FOLDER) + "/org.kedge.Agent1.xml");
  REQUIRE(file.good());
  CAPTURE(served);
  size_t lines = 0;
  bool comment = false;
  for (std::string line; std::getline(file, line);) {
    comment = comment || Has(line, "<!--");
    const bool ends = Has(line, "-->");
    if (!comment && (Has(line, "<method") || Has(line, "<arg") || Has(line, "<property") ||
                     Has(line, "<signal") || Has(line, "<annotation"))) {
      std::string wanted = line.substr(line.find('<'));
      wanted.erase(wanted.find_last_not_of("/>") + 1);
      for (size_t at = 0; (at = wanted.find('"', at)) != std::string::npos; at += 2) wanted.insert(at, "\\");
      CAPTURE(wanted);
      CHECK(Has(served, wanted));
      ++lines;
    }
    comment = comment && !ends;
  }
  CHECK(lines >= 17);
}

}  // namespace
}  // namespace kedge::op
