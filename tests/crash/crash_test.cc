// The power goes at every commit, before it, after it and after each of its actions; meanwhile the service
// ends the job at every moment. Each case must come to rest with I1 to I6 intact. Counts are printed: claim
// only those.
#include <doctest/doctest.h>

#include <cstdio>

#include "fakes/world.h"

using namespace kedge;
using namespace kedge::fakes;

namespace {

struct Scenario {
  const char* name;
  std::vector<SimJob> jobs;
};

SimStep Plain() { return {}; }
SimStep Fails() { return {.behaviour = Behaviour::kFails}; }
SimStep Hangs() { return {.behaviour = Behaviour::kHangs}; }
SimStep WithRollback() { return {.protect = false, .rollback = true}; }
SimStep Checked() { return {.check = true}; }
SimStep Retried() { return {.on_interrupt = OnInterrupt::kRetry}; }
SimStep Uninterruptible() { return {.behaviour = Behaviour::kHangs, .interruptible = false}; }
SimStep Ignored() { return {.behaviour = Behaviour::kFails, .ignore_failure = true}; }
SimStep NoWayBack() { return {.protect = false}; }

std::vector<Scenario> Scenarios() {
  return {
      {"one step", {{"a", {Plain()}}}},
      {"three steps", {{"a", {Plain(), Plain(), Plain()}}}},
      {"two jobs", {{"a", {Plain()}}, {"b", {Plain()}}}},
      {"second step fails", {{"a", {Plain(), Fails(), Plain()}}}},
      {"second step hangs until its limit", {{"a", {Plain(), Hangs()}}}},
      {"a handler's own rollback", {{"a", {WithRollback(), WithRollback()}}}},
      {"checks first", {{"a", {Checked(), Checked()}}}},
      {"a step that may be repeated", {{"a", {Retried(), Plain()}}}},
      {"an uninterruptible step", {{"a", {Plain(), Uninterruptible()}}}},
      {"no way back", {{"a", {NoWayBack(), Plain()}}}},
      {"a failure that is ignored", {{"a", {Ignored(), Plain()}}}},
      {"mixed, then another job", {{"a", {Plain(), WithRollback(), Fails()}}, {"b", {Plain(), Plain()}}}},
  };
}

struct Case {
  int64_t end = -1;
  JobStatus end_status = JobStatus::kCanceled;
  bool lose = false;
  int64_t cut = -1;
  int64_t second_cut = -1;
  bool reboot = true;
  Torn torn = Torn::kNothing;
};

// Runs one case to rest. Gives the number of operations, for the enumeration of the next ones.
int64_t RunCase(const Scenario& scenario, const Case& c, World* world) {
  world->end_before = c.end;
  world->end_job = scenario.jobs[0].name;
  world->end_status = c.end_status;
  world->lose_notifications = c.lose;
  world->cut_before = c.cut;
  world->torn = c.torn;
  world->Boot();
  world->QueueJobs();
  for (int cuts = 0; cuts < 3; ++cuts) {
    try {
      world->Settle();
      break;
    } catch (const PowerCut&) {
      world->cut_before = cuts == 0 && c.second_cut >= 0 ? world->operations + c.second_cut : -1;
      world->Restart(c.reboot);
    }
  }
  return world->operations;
}

std::string Tell(const Scenario& scenario, const Case& c) {
  return std::string(scenario.name) + ": ended before operation " + std::to_string(c.end) +
         (c.lose ? " (notifications lost)" : "") + ", cut before " + std::to_string(c.cut) + " and " +
         std::to_string(c.second_cut) + (c.reboot ? " by power" : " by kill") + ", torn " +
         std::to_string(static_cast<int>(c.torn));
}

bool Holds(const Scenario& scenario, const Case& c, int64_t* count, int64_t* operations = nullptr) {
  World world(scenario.jobs);
  const int64_t used = RunCase(scenario, c, &world);
  if (operations != nullptr) *operations = used;
  ++*count;
  const auto broken = world.Broken();
  if (broken.empty()) return true;
  std::string all;
  for (const auto& line : broken) all += line + "\n";
  FAIL_CHECK(Tell(scenario, c) << "\n" << all << world.Trace());
  return false;
}

}  // namespace

TEST_CASE("without a cut each scenario comes to rest in agreement") {
  int64_t count = 0;
  for (const Scenario& scenario : Scenarios()) CHECK(Holds(scenario, {}, &count));
}

TEST_CASE("a power cut or a kill at every operation ends in agreement") {
  int64_t count = 0;
  for (const Scenario& scenario : Scenarios()) {
    int64_t operations = 0;
    REQUIRE(Holds(scenario, {}, &count, &operations));
    for (int64_t cut = 0; cut < operations; ++cut) {
      for (const bool reboot : {true, false}) {
        for (const Torn torn : {Torn::kNothing, Torn::kHalf, Torn::kAll}) {
          REQUIRE(Holds(scenario, {.cut = cut, .reboot = reboot, .torn = torn}, &count));
        }
      }
    }
  }
  std::printf("one cut: %lld cases\n", static_cast<long long>(count));
}

TEST_CASE("the service ends the job before every operation, by every way it has, told or not") {
  int64_t count = 0;
  for (const Scenario& scenario : Scenarios()) {
    int64_t operations = 0;
    REQUIRE(Holds(scenario, {}, &count, &operations));
    for (int64_t end = 0; end < operations; ++end) {
      for (const JobStatus status : {JobStatus::kCanceled, JobStatus::kTimedOut, JobStatus::kRemoved}) {
        for (const bool lose : {false, true}) {
          REQUIRE(Holds(scenario, {.end = end, .end_status = status, .lose = lose}, &count));
        }
      }
    }
  }
  std::printf("every arrival of an end: %lld cases\n", static_cast<long long>(count));
}

TEST_CASE(
    "the service ends the job before every operation and the power goes at every later or earlier one") {
  int64_t count = 0;
  for (const Scenario& scenario : Scenarios()) {
    int64_t operations = 0;
    REQUIRE(Holds(scenario, {}, &count, &operations));
    for (int64_t end = 0; end < operations; ++end) {
      int64_t longer = 0;
      REQUIRE(Holds(scenario, {.end = end}, &count, &longer));
      for (int64_t cut = 0; cut < longer; ++cut) {
        for (const bool reboot : {true, false}) {
          for (const Torn torn : {Torn::kNothing, Torn::kHalf, Torn::kAll}) {
            REQUIRE(Holds(scenario, {.end = end, .lose = !reboot, .cut = cut, .reboot = reboot, .torn = torn},
                          &count));
          }
        }
      }
    }
  }
  std::printf("end x cut: %lld cases\n", static_cast<long long>(count));
}

TEST_CASE("two cuts, the second at every operation after the first, on a forced cancel") {
  int64_t count = 0;
  const Scenario scenario{"cancel in the second of three steps", {{"a", {Plain(), Hangs(), Plain()}}}};
  int64_t operations = 0;
  REQUIRE(Holds(scenario, {.end = 12}, &count, &operations));
  for (int64_t cut = 0; cut < operations; ++cut) {
    for (int64_t second = 0; second < operations; ++second) {
      for (const Torn torn : {Torn::kNothing, Torn::kHalf, Torn::kAll}) {
        REQUIRE(Holds(scenario, {.end = 12, .cut = cut, .second_cut = second, .torn = torn}, &count));
      }
    }
  }
  std::printf("two cuts: %lld cases\n", static_cast<long long>(count));
}
