// What has to be on the disk before what: a power cut finds a snapshot that is whole or none, and files that
// are the changed or the restored ones.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "handlers/guard_case.h"

namespace kedge::testing {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

TEST_CASE("files: copies are on the disk before the snapshot counts, and that is before it ends") {
  const GuardCase guard;
  for (const char* name : {"a", "b"}) WriteAll(guard / name, name);
  const std::string& state = guard.state();
  CHECK(SyncsOf(guard.Command("snapshot", {guard / "a", guard / "b"}), guard.environment()) ==
        Texts{"sync " + state + "/copies/0", "sync " + state + "/copies/1", "sync " + state + "/copies",
              "sync " + state + "/.manifest.kedge-new", "rename", "sync " + state});

  // Of many, the whole file system at once.
  const GuardCase many;
  for (int i = 0; i < 20; ++i) WriteAll(many / std::to_string(i), "x");
  CHECK(SyncsOf(many.Command("snapshot", {many.place()}), many.environment()) ==
        Texts{"sync " + many.state() + "/copies", "sync " + many.state() + "/copies",
              "sync " + many.state() + "/.manifest.kedge-new", "rename", "sync " + many.state()});
}

TEST_CASE("files: what is put back is on the disk before it takes its place, and its folder before the end") {
  const GuardCase guard;
  for (const char* name : {"changed", "mode"}) WriteAll(guard / name, "original");
  const Texts items = {guard / "changed", guard / "mode"};
  REQUIRE(guard.Call("snapshot", items).status == 0);
  WriteAll(guard / "changed", "another");
  REQUIRE(chmod((guard / "mode").c_str(), 0123) == 0);
  Texts syncs = SyncsOf(guard.Command("restore", items), guard.environment());
  const std::string temporary = "sync " + (guard / ".kedge-");
  for (std::string& sync : syncs) {
    if (sync.starts_with(temporary)) sync = temporary + "*";
  }
  CHECK(syncs == Texts{temporary + "*", "rename", "sync " + (guard / "mode"), "sync " + guard.place()});

  // Of many, they wait for one another.
  const GuardCase many;
  for (int i = 0; i < 40; ++i) WriteAll(many / std::to_string(i), "original");
  REQUIRE(many.Call("snapshot", {many.place()}).status == 0);
  for (int i = 0; i < 40; ++i) WriteAll(many / std::to_string(i), "another");
  syncs = SyncsOf(many.Command("restore", {many.place()}), many.environment());
  // Before each rename something that covers it: its own file's, or that of the whole after the last file's.
  const auto whole = std::find(syncs.begin(), syncs.end(), "sync " + many.place());
  REQUIRE(whole != syncs.end());
  const auto own = std::count_if(syncs.begin(), whole, [](const auto& sync) { return sync != "rename"; });
  CHECK(std::count(syncs.begin(), whole, "rename") == own);
  CHECK(std::count(whole, syncs.end(), "rename") == 40 - own);
  CHECK(syncs.back() == "sync " + many.place());
}

}  // namespace kedge::testing
