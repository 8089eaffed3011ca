// The door on a bus: a real dbus-daemon as the system bus, with the shipped policy file.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include "operator/agent_client.h"
#include "operator/private_bus.h"
#include "operator/served_agent.h"

namespace kedge::op {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("on a system bus the agent has its name, and root may cancel") {
  if (geteuid() != 0) return;  // the policy lets only root own the name
  PrivateBus bus;
  ServedAgent agent(true);
  agent.While([&] {
    CHECK(Has(FirstCall().output, "pi-1"));
    CHECK(Run(kBusctlCall + "Cancel sbs fw-42 true 'a reason'").output == "bs true \"done\"\n");
    CHECK(Run(kBusctlCall + "Clear").output == "bs true \"done\"\n");
    CHECK(Run(kBusctlCall + "Cancel sbs 'a b' true ''").status != 0);
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
    CHECK(RunAsNobody(kBusctlCall + "GetStatus").status == 0);
    CHECK(
        RunAsNobody("busctl --system get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Thing")
            .output == "s \"pi-1\"\n");
    CHECK(RunAsNobody("busctl --system introspect org.kedge.Agent1 /org/kedge/Agent1").status == 0);
    for (const char* change :
         {"Cancel sbs fw-42 true ''", "CancelExecution s {}", "Rollback", "Clear", "Reload"}) {
      CAPTURE(change);
      CHECK(Has(RunAsNobody(kBusctlCall + change).output, "Access denied"));
    }
    for (const char* change : {"Cancel fw-42 true ''", "CancelExecution {}", "Rollback", "Clear", "Reload"}) {
      CAPTURE(change);
      const std::string said = RunAsNobody(kGdbusCall + change).output;
      CHECK(Has(said, "org.freedesktop.DBus.Error.AccessDenied: only root may"));
      CHECK(Has(said, "there is no polkit on this bus"));
    }
    CHECK(RunAsNobody(
              "busctl --system set-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Thing s x")
              .status != 0);
  });
  CHECK(agent.cancels.empty());
  CHECK(agent.rollbacks.empty());
  CHECK(agent.clears.empty());
  CHECK(agent.reloads == 0);
}

TEST_CASE("the agent itself refuses another user, even on a bus that lets him through") {
  if (geteuid() != 0) return;
  PrivateBus bus(PrivateBus::Policy::kOpen);
  ServedAgent agent(true);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(Has(RunAsNobody(kBusctlCall + "Cancel sbs fw-42 true ''").output, "Access denied"));
    CHECK(Has(RunAsNobody(kBusctlCall + "Clear").output, "Access denied"));
    CHECK(Run(kBusctlCall + "Clear").status == 0);
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
    for (int i = 0; i < 200 && Run(kBusctlCall + "GetStatus").status == 0; ++i) {
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

}  // namespace
}  // namespace kedge::op
