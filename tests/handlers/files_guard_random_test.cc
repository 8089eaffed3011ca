// Any tree, any damage: put back to the last byte and bit, by the judgement of a listing of its own.
#include <doctest/doctest.h>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {

TEST_CASE("files: whatever a step did to a tree, restore puts it back exactly") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    const GuardCase guard(seed % 6 == 0 ? Where::kDisk : Where::kMemory);
    const std::string tree = guard / "tree";
    RandomTree random(tree, seed);
    const std::vector<std::string> items = {tree, guard / "absent", guard / "not/there/yet"};
    const Listing before = List({guard / "tree"});
    const Finished taken = guard.Call("snapshot", items);
    CAPTURE(taken.err);
    REQUIRE(taken.status == 0);
    REQUIRE(Diff(before, List({tree})) == "");
    REQUIRE(guard.Call("verify", items).status == 0);

    random.Damage(static_cast<int>(seed % 30) + 1);
    std::filesystem::create_directories(guard / "absent/deep/er");
    std::filesystem::create_directories(guard / "not/there");
    WriteAll(guard / "not/there/yet", "x");
    const Finished seen = guard.Call("verify", items);
    CHECK(seen.status == 1);
    CHECK(seen.out.find("absent: is a folder, was absent\n") != std::string::npos);

    const Finished restored = guard.Call("restore", items);
    CHECK(restored.err == "");
    REQUIRE(restored.status == 0);
    REQUIRE(Diff(before, List({tree, guard / "absent", guard / "not"})) == "");
    const Finished verified = guard.Call("verify", items);
    CHECK(verified.out == "");
    REQUIRE(verified.status == 0);
    CHECK(guard.Call("restore", items).out.starts_with("put back 0 of "));
  }
}

}  // namespace kedge::testing
