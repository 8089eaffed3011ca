// Who is not root, on a bus with polkit: a polkit that says yes, no, nothing, and goes away.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "operator/agent_client.h"
#include "operator/fake_polkit.h"
#include "operator/private_bus.h"
#include "operator/served_agent.h"

namespace kedge::op {
namespace {

using Says = FakePolkit::Says;

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kCancel = kGdbusCall + "Cancel fw-42 true 'a reason'";

TEST_CASE("whom polkit lets may change, and polkit is told who wants what") {
  if (geteuid() != 0) return;  // the policy lets only root own the names
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kYes);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(RunAsNobody(kCancel).output == "(true, 'done')\n");
    CHECK(RunAsNobody(kBusctlCall + "Cancel sbs '' false ''").output == "bs true \"done\"\n");
    CHECK(RunAsNobody(kGdbusCall + "Rollback").output == "(true, 'done')\n");
    CHECK(RunAsNobody(kGdbusCall + "Clear").output == "(true, 'done')\n");
    CHECK(RunAsNobody(kGdbusCall + "Reload").status == 0);
    CHECK(Has(RunAsNobody(kGdbusCall + "Cancel 'a b' true ''").output, "no job id"));
    const std::string request = R"('{"jobId":"fw-43","force":true}')";
    CHECK(Has(RunAsNobody(kBusctlCall + "CancelExecution s " + request).output, R"(\"accepted\":true)"));
    CHECK(Has(RunAsNobody(kBusctlCall + "CancelExecution s wrong").output, "InvalidRequest"));
  });
  REQUIRE(agent.cancels.size() == 3);
  CHECK(agent.cancels[2].job == JobId{"fw-43"});
  CHECK(agent.cancels[2].origin == "uid 65534 on D-Bus");
  CHECK(agent.cancels[0].job == JobId{"fw-42"});
  CHECK(agent.cancels[0].force);
  CHECK(agent.cancels[0].reason == "a reason");
  CHECK(agent.cancels[0].origin == "uid 65534 on D-Bus");
  CHECK_FALSE(agent.cancels[1].job.has_value());
  CHECK(agent.rollbacks.size() == 1);
  CHECK(agent.clears.size() == 1);
  CHECK(agent.reloads == 1);

  REQUIRE(polkit.questions.size() == 8);
  const auto& first = polkit.questions[0];
  CHECK(first.subject_kind == "system-bus-name");
  CHECK(first.subject.starts_with("name=:1."));
  CHECK(first.action == "org.kedge.agent1.cancel");
  CHECK(first.details == DetailsMap{{"job", "fw-42"}, {"force", "true"}});
  CHECK(first.flags == 0);                // gdbus did not allow to ask the user
  CHECK(polkit.questions[1].flags == 1);  // busctl does
  CHECK(polkit.questions[1].details == DetailsMap{{"job", ""}, {"force", "false"}});
  CHECK(polkit.questions[1].subject != first.subject);
  CHECK(polkit.questions[1].cancellation != first.cancellation);
  CHECK(polkit.questions[2].action == "org.kedge.agent1.rollback");
  CHECK(polkit.questions[3].action == "org.kedge.agent1.clear");
  CHECK(polkit.questions[4].action == "org.kedge.agent1.reload");
  CHECK(polkit.questions[6].action == "org.kedge.agent1.cancel");
  CHECK(polkit.questions[6].details == DetailsMap{{"job", "fw-43"}, {"force", "true"}});
  CHECK(polkit.questions[7].details == DetailsMap{{"job", ""}, {"force", "false"}});
}

TEST_CASE("whom polkit does not let may not, and is told why") {
  if (geteuid() != 0) return;
  struct Row {
    Says says;
    const char* error;
    const char* text;
  };
  for (const Row& row :
       {Row{Says::kNo, "AccessDenied", "polkit does not let you (org.kedge.agent1.cancel)"},
        Row{Says::kAuthenticateFirst, "InteractiveAuthorizationRequired", "authenticates first"},
        Row{Says::kError, "AccessDenied", "Action org.kedge.agent1.cancel is not registered"},
        Row{Says::kNonsense, "AccessDenied", "polkit's answer is not understood"}}) {
    CAPTURE(std::string(row.text));
    PrivateBus bus;
    ServedAgent agent(true);
    FakePolkit polkit(agent.loop, row.says);
    agent.While([&] {
      REQUIRE(FirstCall().status == 0);
      const std::string said = RunAsNobody(kCancel).output;
      CHECK(
          Has(said, std::string("org.freedesktop.DBus.Error.") + row.error + ": only root may cancel a job"));
      CHECK_MESSAGE(Has(said, row.text), said);
    });
    CHECK(polkit.questions.size() == 1);
    CHECK(agent.cancels.empty());
  }
}

TEST_CASE("root is never made to wait for polkit, and reading needs nobody's leave") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kNo);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(Run(kCancel).status == 0);
    CHECK(RunAsNobody(kGdbusCall + "GetStatus").status == 0);
    CHECK(
        RunAsNobody("busctl --system get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 State")
            .output == "s \"idle\"\n");
  });
  CHECK(agent.cancels.size() == 1);
  CHECK(polkit.questions.empty());
}

TEST_CASE("while polkit takes its time everything else goes on, and its late yes counts") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kNothing);
  agent.decide = [&](int64_t request) {
    agent.object->Answer({request, true, "done"});
    polkit.AnswerHeld(true);  // by root's Clear
  };
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    Outcome cancelled;
    std::thread slow([&] { cancelled = RunAsNobody(kCancel); });
    CHECK(polkit.WasAsked(1));
    CHECK(RunAsNobody(kGdbusCall + "GetStatus").status == 0);
    CHECK(AgentClient::Connect(agent.socket, false)->GetStatus().has_value());
    CHECK(Run(kGdbusCall + "Clear").status == 0);
    slow.join();
    CHECK(cancelled.output == "(true, 'done')\n");
  });
  CHECK(agent.cancels.size() == 1);
}

TEST_CASE("what somebody wished who has left before polkit's yes is not done") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kNothing);
  agent.decide = [&](int64_t request) {
    agent.object->Answer({request, true, "done"});
    polkit.AnswerHeld(true);
  };
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(RunAsNobody("busctl --system --timeout=300ms call org.kedge.Agent1 /org/kedge/Agent1 "
                      "org.kedge.Agent1 Cancel sbs fw-42 true ''")
              .status != 0);
    CHECK(polkit.WasAsked(1));
    CHECK(Run(kGdbusCall + "Clear").status == 0);
    // The bus keeps the order of what one sends: polkit's yes, and the agent's look-up of the caller, come
    // before these.
    for (int i = 0; i < 3; ++i) CHECK(Run(kGdbusCall + "GetStatus").status == 0);
  });
  CHECK(agent.clears.size() == 1);
  CHECK(agent.cancels.empty());
}

TEST_CASE("a polkit that never answers is a no, and the question is taken back") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true, std::chrono::seconds(20), std::chrono::milliseconds(100));
  FakePolkit polkit(agent.loop, Says::kNothing);
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    CHECK(Has(RunAsNobody(kCancel).output,
              "AccessDenied: only root may cancel a job: polkit has not answered"));
    CHECK(polkit.WasCancelled(1));
  });
  CHECK(agent.cancels.empty());
  REQUIRE(polkit.questions.size() == 1);
  REQUIRE(polkit.cancellations.size() == 1);
  CHECK(polkit.cancellations[0] == polkit.questions[0].cancellation);
}

TEST_CASE("a polkit that goes away in the middle is a no") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kNothing);
  agent.decide = [&](int64_t request) {
    agent.object->Answer({request, true, "done"});
    polkit.Leave();
  };
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    Outcome cancelled;
    std::thread slow([&] { cancelled = RunAsNobody(kCancel); });
    CHECK(polkit.WasAsked(1));
    CHECK(Run(kGdbusCall + "Clear").status == 0);
    slow.join();
    CHECK(Has(cancelled.output, "AccessDenied: only root may cancel a job"));
    // The next one finds none.
    CHECK(Has(RunAsNobody(kCancel).output, "there is no polkit on this bus"));
  });
  CHECK(agent.cancels.empty());
}

TEST_CASE("nobody takes up polkit's time for others, nor the agent's for root") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kNothing);
  agent.decide = [&](int64_t request) {
    agent.object->Answer({request, true, "done"});
    if (agent.clears.size() == 1 && agent.cancels.size() == 1) polkit.AnswerHeld(false);
  };
  agent.While([&] {
    REQUIRE(FirstCall().status == 0);
    std::vector<std::thread> asking;
    for (int i = 0; i < 4; ++i) asking.emplace_back([] { RunAsNobody(kCancel); });
    CHECK(polkit.WasAsked(4));
    CHECK(Has(RunAsNobody(kCancel).output,
              "LimitsExceeded: polkit is being asked too many questions about you"));
    CHECK(Run(kCancel).output == "(true, 'done')\n");
    CHECK(Run(kGdbusCall + "Clear").status == 0);
    for (std::thread& one : asking) one.join();
    polkit.says = Says::kNo;  // the loop sees nothing of it before the next question
    CHECK(Has(RunAsNobody(kCancel).output, "polkit does not let you"));
  });
  CHECK(agent.cancels.size() == 1);
}

// What the `kedge` command does as nobody: 0 accepted, 1 denied, 2 another end.
int CancelAsNobody(ServedAgent& agent, bool system_bus) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) _exit(2);
    ErrorKind kind = ErrorKind::kDenied;
    for (int i = 0; i < 200 && kind == ErrorKind::kDenied; ++i) {  // until the agent has its name
      auto client = AgentClient::Connect(agent.socket, system_bus);
      if (!client) _exit(2);
      const auto reply = client->Cancel(JobId{"fw-42"}, true, "");
      if (reply) _exit(reply->accepted ? 0 : 2);
      kind = reply.error().kind;
      if (!system_bus) break;
    }
    _exit(kind == ErrorKind::kDenied ? 1 : 2);
  }
  int status = 0;
  agent.While([&] { waitpid(child, &status, 0); });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

TEST_CASE("our own command, denied on the socket, is let by polkit on the bus") {
  if (geteuid() != 0) return;
  PrivateBus bus;
  ServedAgent agent(true);
  FakePolkit polkit(agent.loop, Says::kYes);
  CHECK(CancelAsNobody(agent, false) == 1);
  CHECK(polkit.questions.empty());  // polkit knows nothing of the socket
  CHECK(CancelAsNobody(agent, true) == 0);
  REQUIRE(agent.cancels.size() == 1);
  CHECK(agent.cancels[0].origin == "uid 65534 on D-Bus");
  REQUIRE(polkit.questions.size() == 1);
  CHECK(polkit.questions[0].flags == 1);  // he may be asked for a password
}

}  // namespace
}  // namespace kedge::op
