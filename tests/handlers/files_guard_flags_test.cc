// Immutable and append-only things (chattr +i, +a): refused with their names when they are so before, undone
// when the step made them so.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <functional>

#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {

namespace fs = std::filesystem;

namespace {

int Flags(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int flags = -1;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) != 0) flags = -1;
  close(file);
  return flags;
}

bool AddFlag(const std::string& path, int flag) {
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int flags = 0;
  bool is_done = ioctl(file, FS_IOC_GETFLAGS, &flags) == 0;
  flags |= flag;
  is_done = is_done && ioctl(file, FS_IOC_SETFLAGS, &flags) == 0;
  close(file);
  return is_done;
}

// Takes the flags away at the end, whatever a test has left: the folder has to go.
class Thawed {
 public:
  explicit Thawed(std::string folder) : folder_(std::move(folder)) {}
  ~Thawed() { Run({"/usr/bin/chattr", "-R", "-f", "-i", "-a", folder_}); }
  Thawed(const Thawed&) = delete;
  Thawed& operator=(const Thawed&) = delete;

 private:
  std::string folder_;
};

// Only root, and not every file system.
bool CanFreeze(const GuardCase& guard) {
  const Thawed thawed(guard.place());
  WriteAll(guard / "trial", "");
  const bool can = AddFlag(guard / "trial", FS_IMMUTABLE_FL);
  Run({"/usr/bin/chattr", "-f", "-i", guard / "trial"});
  fs::remove(guard / "trial");
  if (!can) MESSAGE("no chattr +i here (not root, or the file system has none): nothing is shown");
  return can;
}

void Build(const GuardCase& guard) {
  fs::create_directories(guard / "tree/folder");
  WriteAll(guard / "tree/file", "content");
  WriteAll(guard / "tree/folder/deep", "deep");
  WriteAll(guard / "single", "single");
}

}  // namespace

TEST_CASE("files: what is immutable or append-only is refused and named, wherever it is") {
  const GuardCase guard;
  if (!CanFreeze(guard)) return;
  Build(guard);
  struct Case {
    std::string frozen;
    int flag;
    std::string item;
  };
  const std::vector<Case> cases = {{"single", FS_IMMUTABLE_FL, "single"},
                                   {"tree/file", FS_IMMUTABLE_FL, "tree"},
                                   {"tree/folder/deep", FS_APPEND_FL, "tree"},
                                   {"tree/folder", FS_IMMUTABLE_FL, "tree"},
                                   {"tree/folder", FS_APPEND_FL, "tree/folder/deep"},
                                   {"tree", FS_IMMUTABLE_FL, "tree/absent"}};
  for (const Case& one : cases) {
    CAPTURE(one.frozen);
    CAPTURE(one.item);
    const Thawed thawed(guard.place());
    REQUIRE(AddFlag(guard / one.frozen, one.flag));
    for (const char* verb : {"check", "snapshot"}) {
      const Finished finished = guard.Call(verb, {guard / one.item});
      CHECK(finished.status == 1);
      CHECK(finished.err.find((guard / one.frozen) + " is immutable or append-only") != std::string::npos);
    }
    CHECK(fs::is_empty(guard.state()));
  }
}

TEST_CASE("files: what the step made immutable or append-only is named by verify and undone by restore") {
  struct Kind {
    const char* name;
    std::function<void(const GuardCase& guard)> damage;
    std::string named;
  };
  const std::vector<Kind> kinds = {
      {"a file", [](const GuardCase& guard) { AddFlag(guard / "tree/file", FS_IMMUTABLE_FL); }, "tree/file"},
      {"a changed file",
       [](const GuardCase& guard) {
         WriteAll(guard / "tree/file", "changed");
         AddFlag(guard / "tree/file", FS_IMMUTABLE_FL);
       },
       "tree/file"},
      {"an append-only file",
       [](const GuardCase& guard) {
         WriteAll(guard / "single", "changed");
         AddFlag(guard / "single", FS_APPEND_FL);
       },
       "single"},
      {"a folder",
       [](const GuardCase& guard) {
         WriteAll(guard / "tree/folder/added", "added");
         AddFlag(guard / "tree/folder", FS_IMMUTABLE_FL);
       },
       "tree/folder"},
      {"an append-only folder",
       [](const GuardCase& guard) {
         fs::remove(guard / "tree/folder/deep");
         AddFlag(guard / "tree/folder", FS_APPEND_FL);
       },
       "tree/folder"},
      {"an added file",
       [](const GuardCase& guard) {
         WriteAll(guard / "tree/added", "added");
         AddFlag(guard / "tree/added", FS_IMMUTABLE_FL);
       },
       "tree/added"},
      {"an added tree",
       [](const GuardCase& guard) {
         fs::create_directories(guard / "tree/added/deep/er");
         WriteAll(guard / "tree/added/deep/er/file", "x");
         AddFlag(guard / "tree/added/deep/er/file", FS_APPEND_FL);
         AddFlag(guard / "tree/added/deep/er", FS_IMMUTABLE_FL);
         AddFlag(guard / "tree/added", FS_APPEND_FL);
       },
       "tree/added"},
      {"what was absent",
       [](const GuardCase& guard) {
         fs::create_directories(guard / "absent/in");
         AddFlag(guard / "absent/in", FS_IMMUTABLE_FL);
         AddFlag(guard / "absent", FS_IMMUTABLE_FL);
       },
       "absent"},
      {"a file that became a folder",
       [](const GuardCase& guard) {
         fs::remove(guard / "single");
         fs::create_directories(guard / "single/in");
         AddFlag(guard / "single/in", FS_IMMUTABLE_FL);
         AddFlag(guard / "single", FS_IMMUTABLE_FL);
       },
       "single"},
      {"the folder on the way",
       [](const GuardCase& guard) {
         WriteAll(guard / "single", "changed");
         AddFlag(guard.place(), FS_IMMUTABLE_FL);
       },
       ""},
  };
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    const GuardCase guard;
    if (!CanFreeze(guard)) return;
    const Thawed thawed(guard.place());
    Build(guard);
    const std::vector<std::string> items = {guard / "tree", guard / "single", guard / "absent"};
    const Listing before = List(items);
    REQUIRE(guard.Call("snapshot", items).status == 0);
    kind.damage(guard);
    const Finished seen = guard.Call("verify", items);
    CHECK(seen.status == 1);
    const std::string named = kind.named.empty() ? guard.place() : guard / kind.named;
    CAPTURE(seen.out);
    CHECK(("\n" + seen.out).find("\n" + named + ": ") != std::string::npos);

    const Finished restored = guard.Call("restore", items);
    CHECK(restored.err == "");
    CHECK(restored.status == 0);
    CHECK(Diff(before, List(items)) == "");
    for (const auto& [path, listed] : before) {
      CAPTURE(path);
      CHECK((Flags(path) & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0);
    }
    const Finished verified = guard.Call("verify", items);
    CHECK(verified.out == "");
    CHECK(verified.status == 0);
  }
}

}  // namespace kedge::testing
