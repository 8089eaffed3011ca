// Many files at once: they are put in place together, and still each of them whole.
#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include <random>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {

namespace fs = std::filesystem;

namespace {

// More than are put in place together.
constexpr int kMany = 2300;

std::string NameOf(int number) { return "tree/" + std::to_string(number % 7) + "/" + std::to_string(number); }

void Build(const GuardCase& guard) {
  for (int folder = 0; folder < 7; ++folder) fs::create_directories(guard / "tree/" + std::to_string(folder));
  for (int i = 0; i < kMany; ++i) {
    WriteAll(guard / NameOf(i), "content of " + std::to_string(i));
    SetMtime(guard / NameOf(i), 1000000000 + i, 7);
  }
  for (int i = 0; i < kMany; i += 50) fs::create_hard_link(guard / NameOf(i), guard / NameOf(i) + "-twin");
}

// Every file is lost in one of these ways, so that there is nothing that is right by itself.
void Damage(const GuardCase& guard) {
  for (int i = 0; i < kMany; ++i) {
    const std::string path = guard / NameOf(i);
    if (i % 5 != 1) fs::remove(path);
    if (i % 5 == 1) SetMtime(path, 5, 0);
    if (i % 5 == 2) fs::create_directories(path + "/in/its/place");
    if (i % 5 == 3) fs::create_symlink("/etc/passwd", path);
    if (i % 5 == 4) WriteAll(path, "other content " + std::to_string(i));
  }
}

}  // namespace

TEST_CASE("files: thousands of files come back, also when restore is killed among them") {
  const GuardCase guard(Where::kMemory);
  Build(guard);
  const Listing before = List({guard / "tree"});
  REQUIRE(guard.Call("snapshot", {guard / "tree"}).status == 0);
  std::mt19937 random(7);
#if defined(__SANITIZE_ADDRESS__)
  constexpr int kRounds = 2;  // slow
#else
  constexpr int kRounds = 6;
#endif
  int hits = 0;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    Damage(guard);
    int taken = 0;
    const int stop = static_cast<int>(random() % 120000);
    if (round > 0 &&
        !RunKilledAt(guard.Command("restore", {guard / "tree"}), guard.environment(), stop, &taken))
      ++hits;
    const Finished restored = guard.Call("restore", {guard / "tree"});
    REQUIRE(restored.err == "");
    REQUIRE(restored.status == 0);
    REQUIRE(Diff(before, List({guard / "tree"})) == "");
    REQUIRE(guard.Call("verify", {guard / "tree"}).status == 0);
  }
  MESSAGE("kills that hit: " << hits);
  CHECK(hits >= 1);
}

TEST_CASE("files: what waits to be put in place together gives way when the disk is full") {
  const GuardCase guard(Where::kMemory);
  const std::string disk = fs::path(guard.state()).parent_path().string();
  struct statfs found {};
  if (statfs(disk.c_str(), &found) != 0 || found.f_type != TMPFS_MAGIC) {
    MESSAGE("no mounts here (not root?): nothing is shown");
    return;
  }
  constexpr int kFiles = 60;
  constexpr size_t kSize = 100000;
  fs::create_directory(guard / "tree");
  for (int i = 0; i < kFiles; ++i) WriteAll(guard / "tree/" + std::to_string(i), std::string(kSize, 'a'));
  const Listing before = List({guard / "tree"});
  REQUIRE(guard.Call("snapshot", {guard / "tree"}).status == 0);
  for (int i = 0; i < kFiles; ++i) WriteAll(guard / "tree/" + std::to_string(i), std::string(kSize, 'b'));
  REQUIRE(statfs(disk.c_str(), &found) == 0);
  const uint64_t used = (found.f_blocks - found.f_bfree) * static_cast<uint64_t>(found.f_bsize);
  REQUIRE(mount(nullptr, disk.c_str(), "tmpfs", MS_REMOUNT,
                ("size=" + std::to_string(used + 5 * kSize)).c_str()) == 0);
  const Finished restored = guard.Call("restore", {guard / "tree"});
  CHECK(restored.err == "");
  CHECK(Diff(before, List({guard / "tree"})) == "");
  // There was always room for some: no copy had to be given away.
  CHECK(List({guard.state() + "/copies"}).size() == kFiles + 1);
}

}  // namespace kedge::testing
