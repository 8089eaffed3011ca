#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "gauge.h"
#include "show.h"

namespace kedge::zoo {
namespace {

// Kills what forks and leaves, and each fourth time what bears and buries; at whatever moment that is.
void Race(Kind kind, int races, bool neighbour) {
  Keeper keeper(kind);
  const Cage cage;
  const Cage next_door;
  if (neighbour) keeper.Start(keeper.Spec("neighbour", next_door, {"nap"}));
  std::vector<int64_t> took;
  size_t survivors = 0;
  int descriptors = 0;
  for (int race = 0; race < races; ++race) {
    if (race == 10) {  // warm by now
      descriptors = OpenDescriptors();
      keeper.BeginToWeigh();
    }
    const bool chain = race % 4 != 0;
    cage.ForgetSettled();
    keeper.Start(
        keeper.Spec("race", cage,
                    chain ? std::vector<std::string>{"chain", "behind"} : std::vector<std::string>{"churn"}));
    keeper.WaitSettled("race", cage, chain ? 1 : 4);
    keeper.Stop("race", milliseconds(0));
    const auto report = keeper.WaitForEnd("race");
    CHECK(report.ending == Ending(Signalled{SIGKILL}));
    survivors += report.held ? 1 : report.alive.size();
    took.push_back(report.took);
    if (cage.Held()) cage.Clear();
  }
  std::sort(took.begin(), took.end());
  Row(neighbour ? "races beside another task" : "races against a forking process", kind,
      std::to_string(survivors) + " survivors of " + std::to_string(races) + "; ended within " +
          std::to_string(took[took.size() / 2]) + " ms (median), " + std::to_string(took.back()) +
          " ms (most)",
      took.back(), keeper.Growth());
  CHECK(survivors == 0);
  CHECK(OwnZombies() == 0);
  CHECK(OpenDescriptors() == descriptors);
  if (MemoryCounts()) CHECK(keeper.Growth() < 1 << 20);
  if (!neighbour) return;
  CHECK(next_door.Alive().size() == 1);
  keeper.Stop("neighbour", milliseconds(0));
  CheckContained(keeper.WaitForEnd("neighbour"));
}

TEST_CASE("zoo_races: 400 against a forking process with control groups") {
  if (Kinds().size() > 1) Race(Kind::kGroup, 400, false);  // else Kinds has said why not
}

TEST_CASE("zoo_races: 100 against a forking process by descent") { Race(Kind::kDescent, 100, false); }

// By descent this is not promised: that the agent has a child left proves nothing then, and a chain that
// forks without a pause can be quicker than every look (README.md). Seen on a quiet machine: about 1 of 50.
TEST_CASE("zoo_races: 50 with control groups beside another task that runs on") {
  if (Kinds().size() > 1) Race(Kind::kGroup, 50, true);  // else Kinds has said why not
}

}  // namespace
}  // namespace kedge::zoo
