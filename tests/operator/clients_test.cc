// busctl and gdbus, two clients that are not ours and share no code, by both doors: properties, calls, and
// the signals that tell of a change.
#include <doctest/doctest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "operator/follower.h"
#include "operator/private_bus.h"
#include "operator/served_agent.h"
#include "operator/states.h"
#include "operator/status_report.h"

namespace kedge::op {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string StatusOf(const State& state) {
  return StatusJson(state, {.thing = "pi-1", .version = "1.2.3", .notes = {"a note"}});
}

std::string RunningStatus(const std::string& progress) {
  State state = With(InStepTwo(Phase::kRunning));
  state.current->steps[1].told = {{"progress", progress}};
  return StatusOf(state);
}

// One door as the two clients name it on their command lines.
struct Way {
  const char* name;
  bool system_bus;
  std::string busctl;    // before a verb
  std::string gdbus_to;  // after `gdbus VERB`
  std::vector<std::string> busctl_words;
  std::vector<std::string> gdbus_words;
};

Way Socket(const ServedAgent& agent) {
  return {"the socket",
          false,
          "busctl --address=" + agent.Address() + " ",
          " --address " + agent.Address() + " --dest org.kedge.Agent1 ",
          {"busctl", "--address=" + agent.Address()},
          {"--address", agent.Address(), "--dest", "org.kedge.Agent1"}};
}
Way SystemBus() {
  return {"the system bus",       true,
          "busctl --system ",     " --system --dest org.kedge.Agent1 ",
          {"busctl", "--system"}, {"--system", "--dest", "org.kedge.Agent1"}};
}

constexpr char kObject[] = "org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 ";
constexpr char kPath[] = "--object-path /org/kedge/Agent1 ";

void CheckReads(const Way& way) {
  CAPTURE(std::string(way.name));
  CHECK(
      Run(way.busctl + "get-property " + kObject +
          "Thing Version State Link Recovering Job ExecutionNumber Phase Step StepCount StepName Progress "
          "Task "
          "StepTimestamp CanCancel LastJob Quarantined Notes")
          .output ==
      "s \"pi-1\"\ns \"1.2.3\"\ns \"running\"\ns \"up\"\nb false\ns \"fw-42\"\nx 2\ns \"running\"\nu 2\nu 3\n"
      "s \"configure\"\ni 40\ns \"run\"\nt 1795575256000000\nb true\ns \"\"\nb false\nas 1 \"a note\"\n");
  const std::string all = Run("gdbus call" + way.gdbus_to + kPath +
                              "--method org.freedesktop.DBus.Properties.GetAll org.kedge.Agent1")
                              .output;
  CAPTURE(all);
  for (const char* part :
       {"'Thing': <'pi-1'>", "'State': <'running'>", "'Job': <'fw-42'>", "'ExecutionNumber': <int64 2>",
        "'Step': <uint32 2>", "'Progress': <40>", "'StepTimestamp': <uint64 1795575256000000>",
        "'CanCancel': <true>", "'Notes': <['a note']>"}) {
    CHECK(Has(all, part));
  }
  const std::string shown = Run("gdbus introspect" + way.gdbus_to + kPath).output;
  CAPTURE(shown);
  CHECK(Has(shown, "readonly s State = 'running';"));
  CHECK(Has(shown, "PropertiesChanged("));
  CHECK(Has(Run(way.busctl + "introspect org.kedge.Agent1 /org/kedge/Agent1").output, "emits-change"));
}

void CheckChanges(const Way& way) {
  CAPTURE(std::string(way.name));
  CHECK(Run(way.busctl + "call " + kObject + "Cancel sbs fw-42 true 'a reason'").output ==
        "bs true \"done\"\n");
  CHECK(Run("gdbus call" + way.gdbus_to + kPath + "--method org.kedge.Agent1.Cancel fw-42 false ''").output ==
        "(true, 'done')\n");
  for (const char* method : {"Rollback", "Clear"}) {
    CHECK(Run(way.busctl + "call " + kObject + method).output == "bs true \"done\"\n");
    CHECK(Run("gdbus call" + way.gdbus_to + kPath + "--method org.kedge.Agent1." + method).output ==
          "(true, 'done')\n");
  }
  CHECK(Run(way.busctl + "call " + kObject + "Reload").output ==
        "bs true \"thing: no\\nservice.poll: no\"\n");
  CHECK(Run("gdbus call" + way.gdbus_to + kPath + "--method org.kedge.Agent1.Reload").output ==
        "(true, 'thing: no\\nservice.poll: no')\n");
}

// Both look on while a call makes the agent's status change.
void CheckSignals(ServedAgent& agent, const Way& way) {
  CAPTURE(std::string(way.name));
  std::vector<std::string> busctl = way.busctl_words;
  busctl.emplace_back("monitor");
  if (way.system_bus) busctl.emplace_back("org.kedge.Agent1");
  std::vector<std::string> gdbus = {"gdbus", "monitor"};
  gdbus.insert(gdbus.end(), way.gdbus_words.begin(), way.gdbus_words.end());
  gdbus.insert(gdbus.end(), {"--object-path", "/org/kedge/Agent1"});
  Follower first(busctl);
  Follower second(gdbus);
  CHECK_MESSAGE(first.Says("Monitoring bus message stream"), first.said());
  CHECK_MESSAGE(second.Says("is owned by"), second.said());
  agent.decide = [&](int64_t request) {
    agent.status = RunningStatus("80");
    agent.object->StatusChanged();
    agent.object->Answer({request, true, "done"});
  };
  CHECK(Run(way.busctl + "call " + kObject + "Clear").status == 0);
  CHECK_MESSAGE(first.Says("Member=StatusChanged"), first.said());
  CHECK(Has(first.said(), "Member=PropertiesChanged"));
  CHECK(Has(first.said(), "STRING \"Progress\";"));
  CHECK(Has(first.said(), "INT32 80;"));
  CHECK_MESSAGE(second.Says("org.kedge.Agent1.StatusChanged ()"), second.said());
  CHECK(Has(second.said(), "org.freedesktop.DBus.Properties.PropertiesChanged ('org.kedge.Agent1', {"));
  CHECK(Has(second.said(), "'Progress': <80>"));
}

TEST_CASE("busctl and gdbus on the socket read, change and see what changes") {
  ServedAgent agent;
  agent.status = RunningStatus("40");
  const Way way = Socket(agent);
  agent.While([&] { CheckReads(way); });
  agent.While([&] { CheckChanges(way); });
  agent.While([&] { CheckSignals(agent, way); });
  CHECK(agent.cancels.size() == 2);
  CHECK(agent.rollbacks.size() == 2);
  CHECK(agent.reloads == 2);
}

TEST_CASE("busctl and gdbus on the system bus read, change and see what changes") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  agent.status = RunningStatus("40");
  const Way way = SystemBus();
  agent.While([&] { REQUIRE(FirstCall().status == 0); });
  agent.While([&] { CheckReads(way); });
  agent.While([&] { CheckChanges(way); });
  agent.While([&] { CheckSignals(agent, way); });
  CHECK(agent.cancels.size() == 2);
}

TEST_CASE("an unprivileged listener on the system bus is told of changes too") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  agent.decide = [&](int64_t request) {
    agent.status = RunningStatus("80");
    agent.object->StatusChanged();
    agent.object->Answer({request, true, "done"});
  };
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    Follower nobody({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "gdbus", "monitor",
                     "--system", "--dest", "org.kedge.Agent1", "--object-path", "/org/kedge/Agent1"});
    CHECK_MESSAGE(nobody.Says("is owned by"), nobody.said());
    CHECK(Run(kGdbusCall + "Clear").status == 0);
    CHECK_MESSAGE(nobody.Says("'Job': <'fw-42'>"), nobody.said());
  });
}

TEST_CASE("a change that is over before it is told is told to whoever has read it") {
  ServedAgent agent;
  agent.status = RunningStatus("40");
  const Way way = Socket(agent);
  agent.While([&] {
    Follower follower({"busctl", "--address=" + agent.Address(), "monitor"});
    CHECK(follower.Says("Monitoring bus message stream"));
    agent.decide = [&](int64_t request) {
      const std::string before = agent.status;
      agent.status = RunningStatus("41");
      agent.object->StatusChanged();
      agent.object->properties();  // somebody reads
      agent.status = before;
      agent.object->StatusChanged();
      agent.object->Answer({request, true, "done"});
    };
    CHECK(Run(way.busctl + "call " + kObject + "Clear").status == 0);
    CHECK(follower.Says("Member=StatusChanged"));
    CHECK(Has(follower.said(), "STRING \"Progress\";"));
    CHECK(Has(follower.said(), "INT32 40;"));
    CHECK_FALSE(Has(follower.said(), "INT32 41;"));
  });
}

TEST_CASE("text that no bus takes does not keep the status from being read") {
  ServedAgent agent;
  State state = With(InStepTwo(Phase::kRunning));
  state.current->plan.document.steps[1].name = "odd \xEF\xBF\xBE \xFF name";
  agent.status = StatusOf(state);
  const Way way = Socket(agent);
  agent.While([&] {
    CHECK(Run(way.busctl + "get-property " + kObject + "StepName").output ==
          R"(s "odd \357\277\275 \357\277\275 name")"
          "\n");
    CHECK(Run(way.busctl + "call " + kObject + "GetStatus").status == 0);
  });
}

}  // namespace
}  // namespace kedge::op
