// Somebody else changes things under the guard, at each instant: nothing else than what was named is kept or
// changed, and what is kept was so at one moment.
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSomebody = 65534;

// Every third call: what could go wrong takes several. The program's own start is none of it.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kFirst = 200;
constexpr int kStride = 42;
#else
constexpr int kFirst = 200;
constexpr int kStride = 6;
#endif

bool IsRoot() {
  if (geteuid() != 0) MESSAGE("not root: nothing is shown");
  return geteuid() == 0;
}

// What somebody can put where he may write: his own program, which wants to be root's.
void PlantEvil(const std::string& path) {
  WriteAll(path, "evil");
  REQUIRE(chown(path.c_str(), kSomebody, kSomebody) == 0);
  REQUIRE(chmod(path.c_str(), 0777) == 0);
}

// Whether the program of somebody has become one that runs with the rights of another.
bool IsEvilPrivileged(const std::string& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat found {};
    REQUIRE(lstat(entry.path().c_str(), &found) == 0);
    if (S_ISREG(found.st_mode) && (found.st_mode & 06000U) != 0 && ReadAll(entry.path().string()) == "evil")
      return true;
  }
  return false;
}

// Calls the guard once for each of its instants, with `prepare` before and `disturb` at that instant.
void AtEachInstant(const GuardCase& guard, const std::string& verb, const std::vector<std::string>& items,
                   const std::function<void()>& prepare, const std::function<void()>& disturb,
                   const std::function<void(const Finished&)>& judge) {
  int instants = 0;
  for (int stop = kFirst, stops = stop + 1; stop < stops; stop += kStride, ++instants) {
    CAPTURE(stop);
    prepare();
    judge(RunDisturbedAt(guard.Command(verb, items), guard.environment(), stop, disturb, &stops));
  }
  CHECK(instants > 10);
}

}  // namespace

TEST_CASE("files: what is swapped under a restore, at each instant, is not taken for what it made") {
  if (!IsRoot()) return;
  const GuardCase guard(Where::kMemory);
  const std::string home = guard / "home";
  const std::vector<std::string> items = {home + "/program", home + "/folder"};
  fs::create_directory(home);
  fs::create_directory(home + "/folder");
  REQUIRE(chmod((home + "/folder").c_str(), 02755) == 0);
  WriteAll(home + "/program", "good");
  REQUIRE(chmod((home + "/program").c_str(), 04755) == 0);
  fs::create_directory(guard / "victim");
  WriteAll(guard / "victim/program", "victim");
  REQUIRE(chmod((guard / "victim/program").c_str(), 0600) == 0);
  const Listing before = List(items);
  const Listing victim = List({guard / "victim"});
  REQUIRE(guard.Call("snapshot", items).status == 0);

  const auto change = [&] { PlantEvil(home + "/program"); };
  const auto change_mode = [&] { REQUIRE(chmod((home + "/program").c_str(), 0755) == 0); };
  struct Case {
    const char* swapped;
    std::function<void()> damage;
    std::function<void()> swap;
  };
  const std::vector<Case> cases = {
      {"what it makes", change,
       [&] {
         for (const auto& entry : fs::directory_iterator(home)) {
           const std::string name = entry.path().filename().string();
           if (!name.starts_with(".kedge-")) continue;
           fs::remove_all(home + "/away");
           fs::rename(entry.path(), home + "/away");
           PlantEvil(entry.path().string());
         }
       }},
      {"the folder on the way", change,
       [&] {
         fs::rename(home, guard / "moved");
         fs::create_symlink("victim", home);
       }},
      {"a folder, by a file", change,
       [&] {
         fs::remove_all(home + "/folder");
         PlantEvil(home + "/folder");
       }},
      {"what stands there, by a link", change_mode,
       [&] {
         fs::remove_all(home + "/program");
         fs::create_symlink(guard / "victim/program", home + "/program");
       }},
      {"what stands there, by another file", change_mode,
       [&] {
         fs::remove_all(home + "/program");
         PlantEvil(home + "/program");
       }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.swapped);
    const auto mend = [&] {
      if (fs::is_symlink(home)) {
        fs::remove(home);
        fs::rename(guard / "moved", home);
      }
      fs::remove_all(home + "/away");
      REQUIRE(guard.Call("restore", items).status == 0);
      REQUIRE(Diff(before, List(items)) == "");
    };
    const auto prepare = [&] {
      mend();
      one.damage();
      fs::remove_all(home + "/folder");
    };
    AtEachInstant(guard, "restore", items, prepare, one.swap, [&](const Finished&) {
      REQUIRE_FALSE(IsEvilPrivileged(guard.place()));
      REQUIRE(Diff(victim, List({guard / "victim"})) == "");
    });
    mend();
  }
}

TEST_CASE("files: what is swapped under a snapshot, at each instant, is kept only when it was named") {
  const GuardCase guard(Where::kMemory);
  const std::string home = guard / "home";
  const std::vector<std::string> items = {home + "/sub/file", home + "/tree"};
  fs::create_directory(guard / "secret");
  WriteAll(guard / "secret/file", "secret");
  const auto prepare = [&] {
    fs::remove_all(home);
    for (const char* folder : {"/sub", "/tree/sub"}) {
      fs::create_directories(home + folder);
      WriteAll(home + folder + "/file", "public");
    }
    fs::remove_all(guard.state());
    fs::create_directory(guard.state());
  };
  for (const std::string swapped : {"/sub", "/sub/file", "/tree/sub", "/tree/sub/file"}) {
    CAPTURE(swapped);
    const bool is_file = swapped.ends_with("file");
    const auto swap = [&] {
      fs::remove_all(home + swapped);
      fs::create_symlink(guard / (is_file ? "secret/file" : "secret"), home + swapped);
    };
    // From here on: before it looked, the link stood there in time, and a link that is named is followed.
    bool has_named_link = true;
    AtEachInstant(guard, "snapshot", items, prepare, swap, [&](const Finished& finished) {
      const bool is_kept = fs::exists(guard.state() + "/manifest");
      REQUIRE(is_kept == (finished.status == 0));
      const bool names_secret =
          is_kept && ReadAll(guard.state() + "/manifest").find("secret") != std::string::npos;
      has_named_link = has_named_link && names_secret;
      if (has_named_link || !is_kept) return;
      for (const auto& copy : fs::directory_iterator(guard.state() + "/copies"))
        REQUIRE(ReadAll(copy.path().string()) == "public");
    });
  }
}

TEST_CASE("files: a name that leaves its file during a snapshot does not take the other names along") {
  const GuardCase guard(Where::kMemory);
  const std::vector<std::string> items = {guard / "a", guard / "b"};
  const auto prepare = [&] {
    for (const char* name : {"a", "b", "new"}) fs::remove(guard / name);
    WriteAll(guard / "a", "original");
    fs::create_hard_link(guard / "a", guard / "b");
    fs::remove_all(guard.state());
    fs::create_directory(guard.state());
  };
  for (const std::string leaves : {"a", "b"}) {
    CAPTURE(leaves);
    const auto replace = [&] {
      WriteAll(guard / "new", "another");
      fs::rename(guard / "new", guard / leaves);
    };
    AtEachInstant(guard, "snapshot", items, prepare, replace, [&](const Finished& finished) {
      if (finished.status != 0) return;
      // Whether it saw the old or the new: that is what comes back.
      const bool is_new = ReadAll(guard.state() + "/copies/" + (leaves == "a" ? "0" : "1")) == "another";
      const std::string other = leaves == "a" ? "b" : "a";
      for (const std::string& item : items) WriteAll(item, "changed");
      REQUIRE(guard.Call("restore", items).status == 0);
      REQUIRE(ReadAll(guard / other) == "original");
      REQUIRE(ReadAll(guard / leaves) == (is_new ? "another" : "original"));
    });
  }
}

TEST_CASE("files: a copy is of one moment, also where the file system's clock does not tell them apart") {
  const GuardCase guard(Where::kMemory);
  // Times are whole seconds there.
  const Finished mounted =
      Run({"/bin/sh", "-euc",
           "[ \"$(stat -f -c %T \"$0\")\" = tmpfs ]; truncate -s 8M \"$0/image\"; mkdir \"$0/disk\"\n"
           "/usr/sbin/mkfs.ext3 -q -I 128 \"$0/image\"; mount -t ext3 -o loop \"$0/image\" \"$0/disk\"",
           guard.place()});
  if (mounted.status != 0) {
    MESSAGE("no disk can be mounted here (not root, no loop devices, no ext3?): nothing is shown");
    return;
  }
  const std::string file = guard / "disk/file";
  constexpr size_t kBytes = 300000;  // more than is read at a time
  const auto prepare = [&] {
    WriteAll(file, std::string(kBytes, 'a'));
    fs::remove_all(guard.state());
    fs::create_directory(guard.state());
  };
  const auto change = [&] {
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << std::string(kBytes, 'b');
  };
  AtEachInstant(guard, "snapshot", {file}, prepare, change, [&](const Finished& finished) {
    CHECK(finished.err == "");
    const std::string copy = ReadAll(guard.state() + "/copies/0");
    REQUIRE(copy.size() == kBytes);
    REQUIRE(copy.find_first_not_of(copy.front()) == std::string::npos);
  });
  umount2((guard / "disk").c_str(), MNT_DETACH);
}

TEST_CASE("files: a set-id file does not come back as one that somebody still has open") {
  if (!IsRoot()) return;
  const GuardCase guard;
  WriteAll(guard / "program", "good");
  REQUIRE(chmod((guard / "program").c_str(), 04755) == 0);
  const Listing before = List({guard / "program"});
  REQUIRE(guard.Call("snapshot", {guard / "program"}).status == 0);
  REQUIRE(chmod((guard / "program").c_str(), 0777) == 0);
  std::ofstream held(guard / "program", std::ios::app);
  REQUIRE(guard.Call("restore", {guard / "program"}).status == 0);
  held << "evil" << std::flush;
  CHECK(Diff(before, List({guard / "program"})) == "");
}

}  // namespace kedge::testing
