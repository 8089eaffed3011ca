// The ten rules that an engineer must not get wrong (reference aws-iot-jobs.md section 0), one test each:
// wire and core together, from payload to decision.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/execution_table.h"
#include "fakes/world.h"
#include "jobs/replies.h"
#include "jobs/requests.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

const jobs::Topics& Thing() {
  static const jobs::Topics topics = *jobs::Topics::For("pi-1");
  return topics;
}

template <typename E>
E Decoded(const std::string& topic, const std::string& payload) {
  auto incoming = jobs::Decode(Thing(), "$aws/things/pi-1/jobs/" + topic, payload);
  REQUIRE(incoming);
  REQUIRE(std::holds_alternative<E>(*incoming));
  return std::get<E>(*incoming);
}

bool Traced(const World& world, const std::string& needle) {
  return world.Trace().find(needle) != std::string::npos;
}

World InStepTwo() {
  World world({{"a", {{}, {.behaviour = Behaviour::kHangs}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 2"));
  return world;
}

constexpr char kOffer[] =
    R"({"timestamp":1730748770,"execution":{"jobId":"b","status":"QUEUED","queuedAt":1730747777,)"
    R"("lastUpdatedAt":1730747777,"versionNumber":1,"executionNumber":1,"jobDocument":{"op":"x"}}})";

}  // namespace

TEST_CASE("rule 1: times are whole seconds") {
  CHECK(Decoded<Offered>("notify-next", kOffer).execution.id.queued_at == 1730747777000);
}

TEST_CASE("rule 2: nothing pending is the absence of the execution, never an error") {
  CHECK(Decoded<NothingNext>("$next/get/accepted", R"({"timestamp":1,"clientToken":"t1"})").token == "t1");
  World world({});
  world.Boot();
  CHECK(world.Settle());
  CHECK(Traced(world, "$next offers nothing -> nothing to do"));
}

TEST_CASE("rule 3: the job document is a JSON object over MQTT") {
  CHECK(Decoded<Offered>("notify-next", kOffer).execution.document == R"({"op":"x"})");
}

TEST_CASE("rule 4: no message says cancelled, that it is no longer pending is learned, then confirmed") {
  World world = InStepTwo();
  world.service.End("a", JobStatus::kCanceled);
  world.Give(Decoded<PendingChanged>("notify", R"({"timestamp":1,"jobs":{}})"));
  REQUIRE(world.RunUntil("describe a#1"));
  CHECK_FALSE(Traced(world, "stop task"));
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(Traced(world, "stop task"));
}

TEST_CASE("rule 5: a cancel without force never touches what is IN_PROGRESS: the device finishes normally") {
  World world({{"a", {{}, {}}}});
  world.Boot();
  world.QueueJobs();
  REQUIRE(world.RunUntil("run of step 1"));
  // The service tells the device nothing at all, and keeps taking its updates.
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("rule 6: after a forced cancel every update is refused: one final report is sent, and no other") {
  World world = InStepTwo();
  const size_t before = world.service.updates.size();
  world.Give(world.service.End("a", JobStatus::kCanceled));
  CHECK(world.Settle());
  CHECK(world.service.updates.size() == before + 1);
  CHECK(world.state.ledger.front().status == JobStatus::kCanceled);
}

TEST_CASE("rule 7: what is IN_PROGRESS comes back unchanged after a crash, and is recognised") {
  World world = InStepTwo();
  world.Restart(true);
  REQUIRE(world.RunUntil("restarted"));
  world.Handle(
      Offered{Source::kNextReply, "", world.service.Find("a")->execution, SimJob{"a", {{}}}.Admit()});
  CHECK(world.Settle());
  CHECK(world.Broken().empty());
  CHECK(world.runs.at("a 1") == 1);
  CHECK(world.runs.at("a 2") == 1);
}

TEST_CASE("rule 8: an execution is job id and execution number") {
  World world({{"a", {{}}}});
  world.Boot();
  world.QueueJobs();
  CHECK(world.Settle());
  world.Give(world.service.Create("a", SimJob{"a", {{}}}.Admit(), 2));
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
  REQUIRE(world.state.ledger.size() == 2);
  CHECK(world.state.ledger[0].id.number == 2);
}

TEST_CASE("rule 9: notifications may be lost: every connection begins with a question") {
  World world({{"a", {{}}}});
  world.Boot();
  CHECK(world.Settle());
  world.Handle(LinkDown{"cable"});
  world.service.Create("a", SimJob{"a", {{}}}.Admit());  // nobody is told
  world.Give(LinkUp{});
  CHECK(world.Settle());
  CHECK(world.service.StatusOf("a") == JobStatus::kSucceeded);
}

TEST_CASE("rule 10: only InternalError, RequestThrottled and silence are worth the same request again") {
  using Kind = RejectedCode;
  for (const Kind code : {Kind::kInvalidTopic, Kind::kInvalidJson, Kind::kInvalidRequest,
                          Kind::kInvalidStateTransition, Kind::kResourceNotFound, Kind::kVersionMismatch,
                          Kind::kTerminalStateReached, Kind::kInternalError, Kind::kRequestThrottled}) {
    World world({{"a", {{}}}});
    world.Boot();
    world.QueueJobs();
    REQUIRE(world.RunUntil("send SUCCEEDED"));
    const Execution before = *world.state.current;
    const Transition next =
        Advance(world.policy, world.state,
                {world.now, UpdateRejected{before.update->token, JobId{"a"}, {code, "", {}}}});
    const bool same_again = next.state.current && next.state.current->update &&
                            next.state.current->phase == Phase::kFinishing &&
                            next.state.current->update->bare == before.update->bare &&
                            next.state.current->update->mismatches == before.update->mismatches;
    CAPTURE(ToString(code));
    CHECK(same_again == (code == Kind::kInternalError || code == Kind::kRequestThrottled));
  }
}
