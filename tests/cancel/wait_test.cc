#include "cancel/wait.h"

#include <doctest/doctest.h>

#include <deque>

namespace kedge::cancel {
namespace {

using std::chrono::seconds;

Stand Going(const std::string& phase) { return {.begun = true, .phase = phase}; }
Stand Over(JobStatus status) { return {.over = true, .status = status}; }

// Time passes only by pausing; the script goes on at each look, and its last line stays.
struct Script {
  std::deque<Result<Stand>> stands;
  int64_t now = 0;
  int looks = 0;
  std::vector<int64_t> pauses{};  // seconds

  Waited Wait(const std::vector<Awaited>& states, int most = 60, int interval = 30) {
    return cancel::Wait(states, seconds(most), seconds(interval),
                        {.look =
                             [this] {
                               ++looks;
                               Result<Stand> stand = stands.front();
                               if (stands.size() > 1) stands.pop_front();
                               return stand;
                             },
                         .pause =
                             [this](std::chrono::milliseconds limit) {
                               pauses.push_back(limit.count() / 1000);
                               now += limit.count();
                             },
                         .now = [this] { return now; }});
  }
};

TEST_CASE("what is called off here is over as FAILED at the service, and is CANCELED too") {
  for (const Awaited state : {Awaited::kCanceled, Awaited::kFailed}) {
    Script script{{Going("running"), Going("rolling-back"), Over(JobStatus::kFailed)}};
    const Waited waited = script.Wait({Awaited::kSucceeded, state});
    CHECK(waited.end == Waited::End::kReached);
    CHECK(waited.state == state);
    CHECK(script.looks == 3);
    CHECK(script.pauses == std::vector<int64_t>{30, 30});
  }
}

TEST_CASE("another end makes the state impossible, and the wait is over at once") {
  Script script{{Going("running"), Over(JobStatus::kSucceeded)}};
  const Waited waited = script.Wait({Awaited::kCanceled, Awaited::kRemoved}, 1200);
  CHECK(waited.end == Waited::End::kImpossible);
  CHECK_FALSE(waited.state.has_value());
  CHECK(waited.stand->status == JobStatus::kSucceeded);
  CHECK(script.now == 30'000);
}

TEST_CASE("the time is kept, and not overshot by an interval") {
  Script script{{Going("running")}};
  const Waited waited = script.Wait({Awaited::kCanceled}, 70);
  CHECK(waited.end == Waited::End::kTooLong);
  CHECK(script.pauses == std::vector<int64_t>{30, 30, 10});
  CHECK(script.now == 70'000);
  CHECK(waited.stand->phase == "running");

  Script once{{Over(JobStatus::kFailed)}};
  CHECK(once.Wait({Awaited::kCanceled}, 0).end == Waited::End::kReached);
  Script never{{Going("running")}};
  CHECK(never.Wait({Awaited::kCanceled}, 0).end == Waited::End::kTooLong);
  CHECK(never.pauses.empty());
}

TEST_CASE("an agent that is away for a while is asked again") {
  const Unexpected away{ErrorKind::kUnavailable, "kedged does not run"};
  Script script{{Result<Stand>(away), Going("rolling-back"), Result<Stand>(away), Over(JobStatus::kFailed)}};
  CHECK(script.Wait({Awaited::kCanceled}, 1200).end == Waited::End::kReached);
  CHECK(script.looks == 4);
  Script gone{{Result<Stand>(away)}};
  const Waited waited = gone.Wait({Awaited::kCanceled});
  CHECK(waited.end == Waited::End::kTooLong);
  CHECK(waited.trouble == "kedged does not run");
}

TEST_CASE("states on the way are reached on the way") {
  Script canceling{{Going("running")}};
  CHECK(canceling.Wait({Awaited::kCanceling}).state == Awaited::kCanceling);
  Script in_progress{{Going("rolling-back")}};
  CHECK(in_progress.Wait({Awaited::kInProgress}).state == Awaited::kInProgress);
  Script queued{{Stand{.phase = "checking"}}};
  CHECK(queued.Wait({Awaited::kAccepted}).state == Awaited::kAccepted);
  Script over{{Over(JobStatus::kFailed)}};
  CHECK(over.Wait({Awaited::kInProgress}).end == Waited::End::kImpossible);
}

TEST_CASE("every end that a service knows is a state of its own") {
  for (const auto& [status, state] : {std::pair{JobStatus::kSucceeded, Awaited::kSucceeded},
                                      {JobStatus::kCanceled, Awaited::kCanceled},
                                      {JobStatus::kTimedOut, Awaited::kTimedOut},
                                      {JobStatus::kRejected, Awaited::kRejected},
                                      {JobStatus::kRemoved, Awaited::kRemoved}}) {
    CHECK(HoldingStates(Over(status)) == std::vector<Awaited>{state});
    CHECK(ToString(state) == kedge::ToString(status));
  }
}

}  // namespace
}  // namespace kedge::cancel
