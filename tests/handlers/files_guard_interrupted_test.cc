// Killed at any instant, on any way into or out of the kernel, and called again.
#include <doctest/doctest.h>

#include <random>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {
namespace {

// Kills the guard at random instants, `kills` times at most, then lets it end. The number of kills that hit.
int CallKilled(const GuardCase& guard, const std::string& verb, const std::vector<std::string>& items,
               int kills, int stops, std::mt19937& random) {
  int hits = 0;
  for (int i = 0; i < kills; ++i) {
    int taken = 0;
    if (RunKilledAt(guard.Command(verb, items), guard.environment(),
                    static_cast<int>(random() % static_cast<uint32_t>(stops)), &taken))
      return hits;  // it had less to do than the time before, and came to its end
    ++hits;
  }
  const Finished finished = guard.Call(verb, items);
  CHECK(finished.err == "");
  CHECK(finished.status == 0);
  return hits;
}

}  // namespace

TEST_CASE("files: a restore killed at any instant and called again puts everything back") {
  int hits = 0;
  for (uint32_t seed = 101; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const GuardCase guard(Where::kMemory);
    const std::string tree = guard / "tree";
    RandomTree content(tree, seed);
    WriteAll(guard / "single", "single");  // guarded in a folder that is not
    const std::vector<std::string> items = {tree, guard / "single", guard / "absent/x"};
    const Listing before = List({guard.place()});
    REQUIRE(guard.Call("snapshot", items).status == 0);
    content.Damage(20);
    std::filesystem::remove(guard / "single");
    std::filesystem::create_directories(guard / "single/became/a/folder");
    std::filesystem::create_directory(guard / "absent");
    WriteAll(guard / "absent/x", "x");
    hits += CallKilled(guard, "restore", items, 1 + static_cast<int>(random() % 4), 2500, random);
    // The place itself is not guarded: its time may differ, nothing else; no temporary file is left in it.
    Listing after = List({guard.place()});
    after[guard.place()] = before.at(guard.place());
    REQUIRE(Diff(before, after) == "");
    REQUIRE(guard.Call("verify", items).status == 0);
  }
  MESSAGE("kills that hit: " << hits);
  CHECK(hits >= 50);
}

TEST_CASE("files: a restore killed at each instant of a small case, one after the other") {
  const GuardCase guard(Where::kMemory);
  const std::vector<std::string> items = {guard / "file", guard / "folder", guard / "absent",
                                          guard / "way/x"};
  WriteAll(guard / "file", "file");
  std::filesystem::create_directory(guard / "folder");
  WriteAll(guard / "folder/x", "x");
  std::filesystem::create_hard_link(guard / "folder/x", guard / "folder/y");
  SetMtime(guard / "folder", 1000000000, 5);
  std::filesystem::create_directory(guard / "way");
  WriteAll(guard / "way/x", "x");
  const Listing before = List(items);
  REQUIRE(guard.Call("snapshot", items).status == 0);
  // On the way out of one call nothing is different from the way into the next: every second is all of them.
#if defined(__SANITIZE_ADDRESS__)
  constexpr int kStride = 14;  // slow, and makes many calls of its own
#else
  constexpr int kStride = 2;
#endif
  int instants = 0;
  for (bool ended = false; !ended; ++instants) {
    std::filesystem::remove_all(guard / "file");
    std::filesystem::create_directories(guard / "file/folder");
    WriteAll(guard / "folder/x", "changed");
    std::filesystem::remove(guard / "folder/y");
    WriteAll(guard / "absent", "there");
    std::filesystem::remove_all(guard / "way");
    int taken = 0;
    ended = RunKilledAt(guard.Command("restore", items), guard.environment(), instants * kStride, &taken)
                .has_value();
    if (!ended) REQUIRE(guard.Call("restore", items).status == 0);
    REQUIRE(Diff(before, List(items)) == "");
    REQUIRE(List({guard.place()}).size() == 7);  // the place, file, folder, x, y, way, x: no temporary file
  }
  MESSAGE("instants: " << instants);
  CHECK(instants > 50);
}

TEST_CASE(
    "files: a snapshot killed at any instant changes nothing, restores nothing, and can be taken again") {
  int partial = 0;
  for (uint32_t seed = 201; seed <= 250; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const GuardCase guard(Where::kMemory);
    const std::string tree = guard / "tree";
    RandomTree content(tree, seed);
    const std::vector<std::string> items = {tree, guard / "absent"};
    const Listing before = List({tree});
    int taken = 0;
    RunKilledAt(guard.Command("snapshot", items), guard.environment(), static_cast<int>(random() % 6000),
                &taken);
    REQUIRE(Diff(before, List({tree, guard / "absent"})) == "");
    if (!std::filesystem::exists(guard.state() + "/manifest")) {
      ++partial;
      WriteAll(guard / "absent", "there");
      CHECK(guard.Call("verify", items).status == 3);
      const Finished restored = guard.Call("restore", items);
      CHECK(restored.status == 0);
      CHECK(restored.out == "nothing to restore: there is no complete snapshot\n");
      CHECK(ReadAll(guard / "absent") == "there");
      REQUIRE(Diff(before, List({tree})) == "");
      std::filesystem::remove(guard / "absent");
    }
    REQUIRE(guard.Call("snapshot", items).status == 0);
    content.Damage(10);
    REQUIRE(guard.Call("restore", items).status == 0);
    REQUIRE(Diff(before, List({tree})) == "");
  }
  MESSAGE("partial snapshots: " << partial);
  CHECK(partial >= 20);
  CHECK(partial < 50);
}

}  // namespace kedge::testing
