// A disk that is full to the last block when files have to be put back, with the snapshot on the same disk:
// the copies themselves go into place.
#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {

namespace fs = std::filesystem;

namespace {

std::string DiskOf(const GuardCase& guard) { return fs::path(guard.state()).parent_path().string(); }

bool IsOwnDisk(const GuardCase& guard) {
  struct statfs found {};
  const bool is = statfs(DiskOf(guard).c_str(), &found) == 0 && found.f_type == TMPFS_MAGIC;
  if (!is) MESSAGE("no mounts here (not root?): nothing is shown");
  return is;
}

// Not one block more than what is in use now.
void FillDisk(const GuardCase& guard) {
  struct statfs found {};
  REQUIRE(statfs(DiskOf(guard).c_str(), &found) == 0);
  const uint64_t used = (found.f_blocks - found.f_bfree) * static_cast<uint64_t>(found.f_bsize);
  REQUIRE(mount(nullptr, DiskOf(guard).c_str(), "tmpfs", MS_REMOUNT,
                ("size=" + std::to_string(used)).c_str()) == 0);
  WriteAll(guard / "trial", "no room for this");
  REQUIRE(ReadAll(guard / "trial") == "");
  fs::remove(guard / "trial");
}

const std::string kLarge(300000, 'L');

std::vector<std::string> Build(const GuardCase& guard) {
  WriteAll(guard / "deleted", kLarge);
  WriteAll(guard / "changed", kLarge + "2");
  WriteAll(guard / "twin", "twin" + kLarge);
  fs::create_hard_link(guard / "twin", guard / "twin2");
  WriteAll(guard / "sparse", "start");
  fs::resize_file(guard / "sparse", 4 << 20);
  chmod((guard / "deleted").c_str(), 0640);
  return {guard / "deleted", guard / "changed", guard / "twin", guard / "twin2", guard / "sparse"};
}

void Damage(const GuardCase& guard) {
  fs::remove(guard / "deleted");
  WriteAll(guard / "changed", "shorter");
  fs::remove(guard / "twin");
  fs::remove(guard / "twin2");
  fs::remove(guard / "sparse");
  WriteAll(guard / "somebody-else's", std::string(100000, 'x'));
  FillDisk(guard);
}

}  // namespace

TEST_CASE("files: on a full disk the copies go into place, and need no room") {
  const GuardCase guard(Where::kMemory);
  if (!IsOwnDisk(guard)) return;
  const std::vector<std::string> items = Build(guard);
  const Listing before = List(items);
  REQUIRE(guard.Call("snapshot", items).status == 0);
  Damage(guard);
  const Finished restored = guard.Call("restore", items);
  CHECK(restored.err == "");
  CHECK(restored.status == 0);
  CHECK(Diff(before, List(items)) == "");
  CHECK(List({guard.place()}).size() == items.size() + 2);  // the folder, somebody else's: no temporary file
  CHECK(guard.Call("verify", items).status == 0);
  // Again: nothing is left to do, and what was given away is not missed.
  CHECK(guard.Call("restore", items).out.starts_with("put back 0 of "));
  CHECK(Diff(before, List(items)) == "");
}

TEST_CASE("files: a copy that went into place and was changed there cannot come back, which is said") {
  const GuardCase guard(Where::kMemory);
  if (!IsOwnDisk(guard)) return;
  WriteAll(guard / "file", kLarge);
  WriteAll(guard / "other", "other");
  const std::vector<std::string> items = {guard / "file", guard / "other"};
  REQUIRE(guard.Call("snapshot", items).status == 0);
  fs::remove(guard / "file");
  FillDisk(guard);
  REQUIRE(guard.Call("restore", items).status == 0);
  REQUIRE(ReadAll(guard / "file") == kLarge);

  WriteAll(guard / "file", "changed once more");
  WriteAll(guard / "other", "o");
  const Finished again = guard.Call("restore", items);
  CHECK(again.status == 1);
  CHECK(again.err.find("the copy of " + (guard / "file") + " is gone: an earlier restore") !=
        std::string::npos);
  CHECK(ReadAll(guard / "file") == "changed once more");  // not made worse
  CHECK(ReadAll(guard / "other") == "other");             // the rest is put back all the same
  CHECK(guard.Call("verify", items).status == 1);
}

TEST_CASE("files: a damaged copy does not go into place on a full disk either") {
  const GuardCase guard(Where::kMemory);
  if (!IsOwnDisk(guard)) return;
  WriteAll(guard / "file", kLarge);
  REQUIRE(guard.Call("snapshot", {guard / "file"}).status == 0);
  fs::remove(guard / "file");
  std::string copy = ReadAll(guard.state() + "/copies/0");
  copy[200000] = 'x';
  WriteAll(guard.state() + "/copies/0", copy);
  FillDisk(guard);
  const Finished restored = guard.Call("restore", {guard / "file"});
  CHECK(restored.status == 1);
  CHECK_FALSE(fs::exists(guard / "file"));
  CHECK(List({guard.place()}).size() == 1);
}

TEST_CASE("files: a restore on a full disk may be killed at each instant and called again") {
#if defined(__SANITIZE_ADDRESS__)
  constexpr int kStride = 61;  // slow, and makes many calls of its own
#else
  constexpr int kStride = 9;
#endif
  int instants = 0;
  for (bool ended = false; !ended; ++instants) {
    CAPTURE(instants);
    const GuardCase guard(Where::kMemory);
    if (!IsOwnDisk(guard)) return;
    const std::vector<std::string> items = Build(guard);
    const Listing before = List(items);
    REQUIRE(guard.Call("snapshot", items).status == 0);
    Damage(guard);
    int taken = 0;
    ended = RunKilledAt(guard.Command("restore", items), guard.environment(), instants * kStride, &taken)
                .has_value();
    const Finished again = guard.Call("restore", items);
    REQUIRE(again.err == "");
    REQUIRE(again.status == 0);
    REQUIRE(Diff(before, List(items)) == "");
    REQUIRE(List({guard.place()}).size() == items.size() + 2);
    REQUIRE(guard.Call("verify", items).status == 0);
  }
  MESSAGE("instants: " << instants);
  CHECK(instants > 10);
}

}  // namespace kedge::testing
