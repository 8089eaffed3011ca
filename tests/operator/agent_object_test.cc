#include "operator/agent_object.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "operator/agent_client.h"
#include "operator/served_agent.h"
#include "sys/clock.h"

namespace kedge::op {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kCall = "call org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 ";

TEST_CASE("a status and a cancel make the round trip over the socket") {
  ServedAgent agent;
  agent.While([&] {
    auto client = AgentClient::Connect(agent.socket, false);
    REQUIRE(client.has_value());
    CHECK(*client->GetStatus() == agent.status);
    const auto cancelled = client->Cancel(JobId{"fw-42"}, true, "wrong\nversion");
    REQUIRE(cancelled.has_value());
    CHECK(cancelled->accepted);
    CHECK(cancelled->text == "done");
    CHECK(client->Clear()->accepted);
    CHECK(client->Rollback()->accepted);
  });
  REQUIRE(agent.cancels.size() == 1);
  CHECK(agent.cancels[0].job == JobId{"fw-42"});
  CHECK(agent.cancels[0].force);
  CHECK(agent.cancels[0].reason == "wrong version");
  CHECK(agent.cancels[0].origin == "uid " + std::to_string(geteuid()) + " on D-Bus");
  REQUIRE(agent.rollbacks.size() == 1);
  CHECK(agent.rollbacks[0].origin == agent.cancels[0].origin);
  REQUIRE(agent.clears.size() == 1);
  CHECK(agent.clears[0].request != agent.cancels[0].request);
}

TEST_CASE("what a job prints makes the trip as it was written, and not to everybody") {
  ServedAgent agent;
  const ExecutionId id{JobId{"fw-42"}, 3, 1000};
  agent.printed.Append(id, 7, false, std::string("a\0\xff\n", 4));
  agent.printed.Append(id, 7, true, "b");
  agent.While([&] {
    auto client = AgentClient::Connect(agent.socket, false);
    const auto output = client->GetOutput(1);
    REQUIRE(output.has_value());
    CHECK(output->execution.job == id.job);
    CHECK(output->execution.number == 3);
    CHECK(output->end == 5);
    REQUIRE(output->pieces.size() == 2);
    CHECK(output->pieces[0].bytes == std::string("\0\xff\n", 3));
    CHECK(output->pieces[1].is_stderr);
    CHECK(output->pieces[1].task == 7);
    CHECK(Has(Run(agent.Busctl(kCall + "GetOutput t 4")).output, "\"fw-42\" 3 5 0 1 7 \"stderr\" 1 98"));
    if (geteuid() == 0)
      CHECK(Has(RunAsNobody(agent.Busctl(kCall + "GetOutput t 0")).output, "Access denied"));
  });
}

TEST_CASE("a cancel as a text is read, asked and answered in that language") {
  ServedAgent agent;
  agent.While([&] {
    auto client = AgentClient::Connect(agent.socket, false);
    REQUIRE(client.has_value());
    CHECK(*client->CancelExecution(R"({"jobId":"a","force":true})") ==
          R"({"accepted":true,"message":"done"})");
    CHECK(*client->CancelExecution("wrong") ==
          R"({"accepted":false,"code":"InvalidRequest","message":"no request"})");
    const Outcome busctl = Run(agent.Busctl(kCall + "CancelExecution s '{}'"));
    CHECK(Has(busctl.output, R"(\"accepted\":true)"));
    CHECK(client->Cancel(JobId{"fw-42"}, false, "")->accepted);  // a boolean and a sentence as ever
  });
  REQUIRE(agent.cancels.size() == 3);
  CHECK(agent.cancels[0].job == JobId{"a"});
  CHECK(agent.cancels[0].force);
  CHECK(agent.cancels[0].origin == "uid " + std::to_string(geteuid()) + " on D-Bus");
  CHECK(agent.cancels[0].request > 0);
}

TEST_CASE("a refusal is an answer, not an error") {
  ServedAgent agent;
  agent.decide = [&](int64_t request) { agent.object->Answer({request, false, "nothing runs"}); };
  agent.While([&] {
    auto client = AgentClient::Connect(agent.socket, false);
    const auto reply = client->Cancel(JobId{"fw-42"}, false, "");
    REQUIRE(reply.has_value());
    CHECK_FALSE(reply->accepted);
    CHECK(reply->text == "nothing runs");
  });
  CHECK_FALSE(agent.cancels[0].force);
}

TEST_CASE("the answer may come later, and in another order") {
  ServedAgent agent;
  std::vector<int64_t> asked;
  agent.decide = [&](int64_t request) {
    asked.push_back(request);
    if (asked.size() < 2) return;
    agent.object->Answer({asked[1], true, "second"});
    agent.object->Answer({asked[0], true, "first"});
    agent.object->Answer({asked[0], true, "first again: ignored"});
    agent.object->Answer({4711, true, "never asked: ignored"});
  };
  agent.While([&] {
    Outcome second = Run(agent.Busctl(kCall + "Cancel sbs a false '' & ") +
                         agent.Busctl(kCall + "Cancel sbs b false ''") + "; wait");
    CHECK(Has(second.output, "bs true \"first\""));
    CHECK(Has(second.output, "bs true \"second\""));
  });
  CHECK(agent.cancels.size() == 2);
}

TEST_CASE("a question without an answer is told so, and a late answer harms nobody") {
  ServedAgent agent(false, std::chrono::milliseconds(50));
  int64_t asked = 0;
  agent.decide = [&](int64_t request) { asked = request; };
  agent.While([&] {
    auto client = AgentClient::Connect(agent.socket, false);
    const auto reply = client->Cancel(JobId{"fw-42"}, false, "");
    REQUIRE_FALSE(reply.has_value());
    CHECK(Has(reply.error().message, "the agent has not decided yet"));
    CHECK(client->GetStatus().has_value());
  });
  agent.object->Answer({asked, true, "late"});
}

TEST_CASE("a caller who left before the answer is no trouble") {
  ServedAgent agent;
  int64_t asked = 0;
  agent.decide = [&](int64_t request) { asked = request; };
  agent.While([&] {
    CHECK(Run("timeout 60 " + agent.Busctl("--timeout=100ms " + kCall + "Cancel sbs a true ''")).status != 0);
    auto client = AgentClient::Connect(agent.socket, false);
    CHECK(client->GetStatus().has_value());
  });
  REQUIRE(asked != 0);
  agent.object->Answer({asked, true, "nobody listens"});
}

TEST_CASE("busctl, a client that is not ours, reads, calls and introspects") {
  ServedAgent agent;
  agent.While([&] {
    CHECK(Run(agent.Busctl(kCall + "GetStatus")).output ==
          "s \"{\\\"thing\\\":\\\"pi-1\\\",\\\"state\\\":\\\"idle\\\"}\"\n");
    CHECK(Run(agent.Busctl("get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Version Thing"))
              .output == "s \"1.2.3\"\ns \"pi-1\"\n");
    CHECK(Has(
        Run(agent.Busctl("get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 State")).output,
        "idle"));
    CHECK(Run(agent.Busctl(kCall + "Cancel sbs fw-42 true 'a reason'")).output == "bs true \"done\"\n");
    const std::string introspection =
        Run(agent.Busctl("introspect org.kedge.Agent1 /org/kedge/Agent1")).output;
    CAPTURE(introspection);
    for (const char* part :
         {".Cancel", ".Clear", ".Rollback", ".GetStatus", ".StatusChanged", ".Thing", ".State", ".Version"}) {
      CHECK(Has(introspection, part));
    }
  });
  REQUIRE(agent.cancels.size() == 1);
  CHECK(agent.cancels[0].reason == "a reason");
}

TEST_CASE("an empty job name means whatever runs") {
  ServedAgent agent;
  agent.While([&] { CHECK(Run(agent.Busctl(kCall + "Cancel sbs '' false ''")).status == 0); });
  REQUIRE(agent.cancels.size() == 1);
  CHECK_FALSE(agent.cancels[0].job.has_value());
}

TEST_CASE("another user may read and may not change") {
  if (geteuid() != 0) return;  // only root can become another user
  ServedAgent agent;
  agent.While([&] {
    CHECK(RunAsNobody(agent.Busctl(kCall + "GetStatus")).status == 0);
    CHECK(RunAsNobody(agent.Busctl("get-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Thing"))
              .output == "s \"pi-1\"\n");
    for (const char* what : {"Cancel sbs fw-42 true ''", "CancelExecution s '{}'"}) {
      const Outcome cancel = RunAsNobody(agent.Busctl(kCall + what));
      CHECK(cancel.status != 0);
      CHECK(Has(cancel.output, "Access denied"));
    }
    CHECK(Has(RunAsNobody(agent.Busctl(kCall + "Rollback")).output, "Access denied"));
    const Outcome clear = RunAsNobody(agent.Busctl(kCall + "Clear"));
    CHECK(clear.status != 0);
    CHECK(Has(clear.output, "Access denied"));
    CHECK(RunAsNobody(
              agent.Busctl("set-property org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 Thing s x"))
              .status != 0);
  });
  CHECK(agent.cancels.empty());
  CHECK(agent.clears.empty());
}

TEST_CASE("malformed calls are refused and change nothing") {
  ServedAgent agent;
  agent.While([&] {
    for (const char* call :
         {"Cancel", "Cancel s fw-42", "Cancel sss a b c", "Clear s x", "Destroy", "GetStatus b true",
          "Cancel sbs 'no job' true ''", "Cancel sbs '../x' true ''", "Cancel sbs '$next' true ''"}) {
      CAPTURE(call);
      CHECK(Run(agent.Busctl(kCall + call)).status != 0);
    }
    CHECK(Has(Run(agent.Busctl(kCall + "Cancel sbs 'a b' true ''")).output, "no job id"));
    CHECK(Run(agent.Busctl("call org.kedge.Agent1 /org/kedge/Other org.kedge.Agent1 GetStatus")).status != 0);
    CHECK(Run(agent.Busctl("call org.kedge.Agent1 /org/kedge/Agent1 org.other GetStatus")).status != 0);
    CHECK(Run(agent.Busctl(kCall + "GetStatus")).status == 0);
  });
  CHECK(agent.cancels.empty());
  CHECK(agent.clears.empty());
}

TEST_CASE("no signal comes before the answer to a client's first call, which may be its Hello") {
  ServedAgent agent;
  agent.decide = [&](int64_t request) {
    agent.object->StatusChanged();
    agent.object->Answer({request, true, "done"});
  };
  int signals = 0;
  agent.While([&] {
    sd_bus* made = nullptr;
    REQUIRE(sd_bus_new(&made) >= 0);
    const Bus silent(made);
    REQUIRE(sd_bus_set_address(made, agent.Address().c_str()) >= 0);
    REQUIRE(sd_bus_start(made) >= 0);
    sd_bus_match_signal(
        made, nullptr, nullptr, kObjectPath, kInterface, "StatusChanged",
        [](sd_bus_message*, void* count, sd_bus_error*) { return ++*static_cast<int*>(count), 0; }, &signals);
    while (sd_bus_is_ready(made) == 0) {
      if (sd_bus_process(made, nullptr) == 0) REQUIRE(sd_bus_wait(made, 20'000'000) > 0);
    }
    // Another one changes something, and is told of it, as the silent one would be.
    auto client = AgentClient::Connect(agent.socket, false);
    REQUIRE(client.has_value());
    REQUIRE(client->Cancel(JobId{"a"}, false, "").has_value());
    REQUIRE(client->WaitForChange(std::chrono::seconds(20)).has_value());
    BusError error;
    sd_bus_message* answer = nullptr;
    REQUIRE(sd_bus_call_method(made, nullptr, kObjectPath, kInterface, "GetStatus", error.get(), &answer,
                               nullptr) >= 0);
    sd_bus_message_unref(answer);
    while (sd_bus_process(made, nullptr) > 0) {
    }
    CHECK(signals == 0);
    REQUIRE(client->Cancel(JobId{"b"}, false, "").has_value());
    while (signals == 0) {
      if (sd_bus_process(made, nullptr) == 0) REQUIRE(sd_bus_wait(made, 20'000'000) > 0);
    }
  });
  CHECK(signals == 1);
}

TEST_CASE("listeners are told of a change, of many at once by one signal") {
  ServedAgent agent;
  int signals = 0;
  agent.While([&] {
    sd_bus* made = nullptr;
    REQUIRE(sd_bus_new(&made) >= 0);
    const Bus bus(made);
    REQUIRE(sd_bus_set_address(made, agent.Address().c_str()) >= 0);
    REQUIRE(sd_bus_start(made) >= 0);
    sd_bus_match_signal(
        made, nullptr, nullptr, kObjectPath, kInterface, "StatusChanged",
        [](sd_bus_message*, void* count, sd_bus_error*) { return ++*static_cast<int*>(count), 0; }, &signals);
    BusError error;
    sd_bus_message* answer = nullptr;
    // The cancel makes the agent's state change, thrice.
    agent.decide = [&](int64_t request) {
      for (int i = 0; i < 3; ++i) agent.object->StatusChanged();
      agent.object->Answer({request, true, "done"});
    };
    REQUIRE(sd_bus_call_method(made, nullptr, kObjectPath, kInterface, "Cancel", error.get(), &answer, "sbs",
                               "a", 0, "") >= 0);
    sd_bus_message_unref(answer);
    const int64_t limit = sys::BootMillis() + 20'000;
    while (signals == 0 && sys::BootMillis() < limit) {
      if (sd_bus_process(made, nullptr) == 0) sd_bus_wait(made, 1'000'000);
    }
    // Whatever else the agent sent before the answer to one more call is here now.
    REQUIRE(sd_bus_call_method(made, nullptr, kObjectPath, kInterface, "GetStatus", error.get(), nullptr,
                               "") >= 0);
    while (sd_bus_process(made, nullptr) > 0) {
    }
  });
  CHECK(signals == 1);
}

TEST_CASE("no agent at the socket is told as one that does not run") {
  const TemporaryFolder folder;
  const auto client = AgentClient::Connect(folder.path() + "/none.sock", false);
  REQUIRE_FALSE(client.has_value());
  CHECK(client.error().kind == ErrorKind::kUnavailable);
  CHECK(Has(client.error().message, "none.sock: No such file or directory"));
}

}  // namespace
}  // namespace kedge::op
