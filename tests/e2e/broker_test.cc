// The broker goes, freezes or forgets; nothing is lost and nothing is done twice.
#include <doctest/doctest.h>

#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// A lost answer is soon missed: drydock may be back at the broker later than the agent.
constexpr const char* kSoonMissed = "service: {reply_timeout: 2s}";

std::string LinkOf(Rig& rig) { return rig.KedgeJson({"status"})["link"]; }

TEST_CASE("the broker is away while a job ends: the final status arrives after its return, accepted once") {
  Rig rig({.config = kSoonMissed});
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.broker().Kill();
  rig.WaitUntil("link down", [&] { return LinkOf(rig) == "down"; });
  gate.Open();
  rig.WaitUntil("the end of the work", [&] {
    return rig.KedgeJson({"status"}).value("/execution/phase"_json_pointer, "") == "finishing";
  });
  CHECK(rig.service().Status("a") == "IN_PROGRESS");
  rig.StartBroker();
  rig.WaitForStatus("a", "SUCCEEDED");
  rig.WaitUntil("rest", [&] { return rig.IsIdle(); });
  CHECK(rig.service().Accepted("a", "SUCCEEDED") == 1);
  CHECK(gate.Runs() == 1);
  rig.RunsAJob("b");
}

TEST_CASE("the broker is away when a job fails: FAILED arrives after its return") {
  Rig rig({.config = kSoonMissed});
  const Gate gate(rig, "gate", "trap 'exit 4' EXIT");
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.broker().Kill();
  gate.Open();
  rig.WaitUntil("the end of the work", [&] {
    return rig.KedgeJson({"status"}).value("/execution/phase"_json_pointer, "") == "reporting";
  });
  rig.StartBroker();
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.service().Accepted("a", "FAILED") == 1);
}

TEST_CASE(
    "the broker lost the session: the agent subscribes again, asks, and runs what it missed and what "
    "follows") {
  Rig rig({.config = kSoonMissed});
  rig.RunsAJob("before");
  rig.broker().Kill();
  rig.service().CreateJob("missed", rig.Document({rig.CommandStep("true")}));  // told to nobody
  rig.StartBroker();  // it keeps nothing over a restart
  rig.WaitForStatus("missed", "SUCCEEDED");
  rig.RunsAJob("after");
  CHECK(rig.kedged().Runs());
  CHECK(rig.link().Runs());
}

TEST_CASE("a frozen broker is noticed by the keep-alive, and after the thaw the job's end arrives") {
  Rig rig({.config = "{broker: {keep_alive: 1s, connect_timeout: 1s}, service: {reply_timeout: 2s}}"});
  const Gate gate(rig);
  rig.service().CreateJob("a", rig.Document({gate.Step()}));
  gate.WaitUntilReached();
  rig.broker().Freeze();
  rig.WaitUntil("link down", [&] { return LinkOf(rig) == "down"; });
  gate.Open();
  rig.broker().Thaw();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Accepted("a", "SUCCEEDED") == 1);
  CHECK(gate.Runs() == 1);
  rig.RunsAJob("b");
}

TEST_CASE("without a broker the agent starts, says so, and is there when the broker comes") {
  Rig rig({.config = kSoonMissed, .start = false});
  rig.broker().Kill();
  rig.kedged().Start();
  rig.link().Start();
  rig.WaitUntil("the reason in the log", [&] { return rig.link().Said(std::to_string(rig.broker_port())); });
  rig.StartBroker();
  rig.WaitForLink();
  rig.RunsAJob("a");
}

}  // namespace
}  // namespace kedge::e2e
