// The verb `check`: says before a job is accepted what snapshot would refuse, and changes nothing.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {

namespace fs = std::filesystem;

namespace {

std::string LastLine(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

TEST_CASE("files: check takes what snapshot takes, prints nothing and changes nothing") {
  const GuardCase guard;
  fs::create_directories(guard / "tree/in");
  WriteAll(guard / "tree/in/file", "content");
  fs::create_symlink("tree/in/file", guard / "link");
  const std::vector<std::string> items = {guard / "tree", guard / "link", guard / "not/there/yet"};
  const Listing before = List({guard.place(), guard.state()});
  const Finished checked = guard.Call("check", items);
  CHECK(checked.status == 0);
  CHECK(checked.out == "");
  CHECK(checked.err == "");
  CHECK(Diff(before, List({guard.place(), guard.state()})) == "");
  CHECK(guard.Call("snapshot", items).status == 0);
  // After a snapshot, and while the step runs, it is asked in vain, but not wrongly.
  CHECK(guard.Call("check", items).status == 0);
}

TEST_CASE("files: check needs no state folder yet, only to know where it will be") {
  const GuardCase guard;
  const std::string state = guard.state() + "/not/made/yet";
  CHECK(Run({kGuard, "check", guard / "x"}, {{"KEDGE_STATE_DIR", state}}).status == 0);
  CHECK_FALSE(fs::exists(guard.state() + "/not"));
  // A PATH that will hold the snapshot is refused before there is one.
  const Finished held = Run({kGuard, "check", guard.state() + "/not"}, {{"KEDGE_STATE_DIR", state}});
  CHECK(held.status == 1);
  CHECK(LastLine(held.err).find("the snapshot's own folder") != std::string::npos);
  for (const std::string wrong : {"", "relative"})
    CHECK(Run({kGuard, "check", guard / "x"}, {{"KEDGE_STATE_DIR", wrong}}).status == 2);
  CHECK(guard.Call("check", {}).status == 2);
}

TEST_CASE("files: check refuses what snapshot refuses, with the reason as the last line on stderr") {
  const GuardCase guard;
  fs::create_directories(guard / "tree/in");
  WriteAll(guard / "file", "");
  REQUIRE(mknod((guard / "tree/in/socket").c_str(), S_IFSOCK | 0600, 0) == 0);
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"relative", "an absolute path"},
      {"/", "whole file system"},
      {"/proc/self", "belongs to the kernel"},
      {guard / "tree/../file", "without '..'"},
      {guard / "file/beneath", "not a folder"},
      {guard / "tree", "/tree/in/socket is a socket and cannot be guarded"},
  };
  for (const auto& [item, reason] : refused) {
    CAPTURE(item);
    const Finished checked = guard.Call("check", {guard / "fine", item});
    const Finished taken = guard.Call("snapshot", {guard / "fine", item});
    CHECK(checked.status == 1);
    CHECK(LastLine(checked.err).find(reason) != std::string::npos);
    CHECK(checked.err == taken.err);
    CHECK(fs::is_empty(guard.state()));
  }
}

TEST_CASE("files: check says that there is no room, by the file system where the snapshot will be") {
  if (Run({"/usr/bin/unshare", "-m", "/bin/true"}).status != 0) {
    MESSAGE("no mounts here (not root?): nothing is shown");
    return;
  }
  const GuardCase guard;
  WriteAll(guard / "big", std::string(6 << 20, 'x'));
  const std::string script =
      "mount -t tmpfs -o size=4m none \"$1\"\n"
      "KEDGE_STATE_DIR=\"$1/later\" \"$0\" check \"$2/big\" || { [ -z \"$(ls \"$1\")\" ] && exit 9; }\n";
  const Finished bytes =
      Run({"/usr/bin/unshare", "-m", "/bin/sh", "-euc", script, kGuard, guard.state(), guard.place()});
  CHECK(bytes.status == 9);
  CHECK(LastLine(bytes.err).find("not enough room in " + guard.state() + " for the copies") !=
        std::string::npos);

  fs::create_directory(guard / "many");
  for (int i = 0; i < 40; ++i) WriteAll(guard / "many/" + std::to_string(i), "x");
  const std::string few =
      "mount -t tmpfs -o size=4m,nr_inodes=20 none \"$1\"\n"
      "KEDGE_STATE_DIR=\"$1\" \"$0\" check \"$2/many\" || { [ -z \"$(ls \"$1\")\" ] && exit 9; }\n";
  const Finished inodes =
      Run({"/usr/bin/unshare", "-m", "/bin/sh", "-euc", few, kGuard, guard.state(), guard.place()});
  CHECK(inodes.status == 9);
  CHECK(LastLine(inodes.err).find("not enough inodes in " + guard.state()) != std::string::npos);
}

}  // namespace kedge::testing
