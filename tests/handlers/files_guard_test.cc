// The guard `files`: its verbs, and what it keeps of a file besides the content.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guards/files/manifest.h"
#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {

namespace fs = std::filesystem;

TEST_CASE("files: a wrong call ends with 2 and the usage, --help with 0") {
  const GuardCase guard;
  const std::string item = guard / "x";
  CHECK(Run({kGuard, "--help"}).out.starts_with("usage: files check|snapshot|restore|verify PATH..."));
  for (const std::vector<std::string>& argv : std::vector<std::vector<std::string>>{
           {kGuard}, {kGuard, "snapshot"}, {kGuard, "remove", item}, {kGuard, "--verify", item}}) {
    const Finished finished = Run(argv, guard.environment());
    CHECK(finished.status == 2);
    CHECK(finished.err.starts_with("usage: "));
  }
  for (const std::string state : {"", "state", "/nowhere/at/all"}) {
    const Finished finished = Run({kGuard, "snapshot", item}, {{"KEDGE_STATE_DIR", state}});
    CHECK(finished.status == 2);
    CHECK(finished.err.find("KEDGE_STATE_DIR") != std::string::npos);
  }
}

TEST_CASE("files: without a complete snapshot restore does nothing and verify cannot tell") {
  const GuardCase guard;
  WriteAll(guard / "x", "1");
  const Listing before = List({guard.place()});
  const Finished restored = guard.Call("restore", {guard / "x", guard / "absent"});
  CHECK(restored.status == 0);
  CHECK(restored.out == "nothing to restore: there is no complete snapshot\n");
  const Finished verified = guard.Call("verify", {guard / "x"});
  CHECK(verified.status == 3);
  CHECK(verified.out == "");
  CHECK(Diff(before, List({guard.place()})) == "");
}

TEST_CASE("files: the first complete snapshot stays") {
  const GuardCase guard;
  WriteAll(guard / "x", "first");
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  WriteAll(guard / "x", "second");
  CHECK(guard.Call("snapshot", {guard / "x"}).status == 0);
  CHECK(guard.Call("restore", {guard / "x"}).status == 0);
  CHECK(ReadAll(guard / "x") == "first");
}

TEST_CASE("files: a snapshot of other paths is neither replaced nor used") {
  const GuardCase guard;
  WriteAll(guard / "x", "x");
  WriteAll(guard / "y", "y");
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  CHECK(guard.Call("snapshot", {guard / "y"}).status == 1);
  CHECK(guard.Call("restore", {guard / "y"}).status == 2);
  CHECK(guard.Call("verify", {guard / "x", guard / "y"}).status == 2);
  CHECK(guard.Call("verify", {guard / "x"}).status == 0);
}

TEST_CASE("files: a manifest cut at any byte or with any byte changed is never believed") {
  const GuardCase guard;
  WriteAll(guard / "x", "x");
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  const std::string whole = ReadAll(guard.state() + "/manifest");
  REQUIRE(files::Decode(whole));
  for (size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(files::Decode(whole.substr(0, i)));
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(files::Decode(changed));
  }
  WriteAll(guard.state() + "/manifest", whole.substr(0, whole.size() / 2));
  WriteAll(guard / "x", "changed");
  for (const char* verb : {"snapshot", "restore", "verify"}) {
    const Finished finished = guard.Call(verb, {guard / "x"});
    CHECK(finished.status == (verb == std::string("verify") ? 3 : 1));
    CHECK(finished.err.find("cannot be believed") != std::string::npos);
  }
  CHECK(ReadAll(guard / "x") == "changed");
}

TEST_CASE("files: a damaged copy is said, and never put in place of the file") {
  const GuardCase guard;
  WriteAll(guard / "x", "original");
  WriteAll(guard / "y", "sound");
  REQUIRE(guard.Call("snapshot", {guard / "x", guard / "y"}).status == 0);
  WriteAll(guard.state() + "/copies/0", "ORIGINAL");
  WriteAll(guard / "x", "changed");
  WriteAll(guard / "y", "changed");
  const Finished restored = guard.Call("restore", {guard / "x", guard / "y"});
  CHECK(restored.status == 1);
  CHECK(restored.err.find("is damaged") != std::string::npos);
  CHECK(ReadAll(guard / "x") == "changed");
  CHECK(ReadAll(guard / "y") == "sound");    // the rest is put back all the same
  CHECK(List({guard.place()}).size() == 3);  // no temporary file stays behind
}

TEST_CASE("files: a snapshot that fails while copying leaves no snapshot and no copies") {
  const GuardCase guard;
  WriteAll(guard / "big", std::string(1 << 20, 'x'));
  std::vector<std::string> argv = {"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"};
  for (const std::string& word : guard.Command("snapshot", {guard / "big"})) argv.push_back(word);
  const Finished finished = Run(argv, guard.environment());
  CHECK(finished.status == 1);
  CHECK(finished.err.find("write the copy of " + (guard / "big") + ": File too large") != std::string::npos);
  CHECK(fs::is_empty(guard.state()));
}

TEST_CASE("files: copies that an unfinished snapshot left are cleared away") {
  const GuardCase guard;
  WriteAll(guard / "x", "x");
  fs::create_directory(guard.state() + "/copies");
  WriteAll(guard.state() + "/copies/7", "of no use");
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  CHECK_FALSE(fs::exists(guard.state() + "/copies/7"));
}

TEST_CASE("files: a sparse file stays sparse, in the copy and when it is put back") {
  const GuardCase guard;
  WriteAll(guard / "x", "start");
  fs::resize_file(guard / "x", 1 << 30);
  const auto disk_bytes = [](const std::string& path) {
    struct stat found {};
    REQUIRE(stat(path.c_str(), &found) == 0);
    CHECK(found.st_size == 1 << 30);
    return found.st_blocks * 512;
  };
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  CHECK(disk_bytes(guard.state() + "/copies/0") < 1 << 20);
  fs::remove(guard / "x");
  REQUIRE(guard.Call("restore", {guard / "x"}).status == 0);
  CHECK(disk_bytes(guard / "x") < 1 << 20);
  CHECK(guard.Call("verify", {guard / "x"}).status == 0);
}

TEST_CASE("files: names outside of what is guarded stay names of the same file") {
  const GuardCase guard;
  WriteAll(guard / "x", "original");
  fs::create_hard_link(guard / "x", guard / "outside");
  const Listing before = List({guard / "x", guard / "outside"});
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  WriteAll(guard / "x", "written through both names");
  REQUIRE(guard.Call("restore", {guard / "x"}).status == 0);
  CHECK(Diff(before, List({guard / "x", guard / "outside"})) == "");

  // Also when the step gave it one more: that is named, and nothing is parted for it.
  fs::create_hard_link(guard / "x", guard / "backup");
  WriteAll(guard / "x", "written through all names");
  REQUIRE(guard.Call("restore", {guard / "x"}).status == 0);
  for (const char* name : {"x", "outside", "backup"}) CHECK(fs::equivalent(guard / "x", guard / name));
  CHECK(ReadAll(guard / "outside") == "original");
  CHECK(guard.Call("verify", {guard / "x"}).out == (guard / "x") + ": number of names is 3, was 2\n");
}

TEST_CASE("files: what is as it was is not touched") {
  const GuardCase guard;
  WriteAll(guard / "same", "same");
  WriteAll(guard / "mode", "mode");
  WriteAll(guard / "content", "content");
  const std::vector<std::string> items = {guard / "same", guard / "mode", guard / "content"};
  const auto inode = [](const std::string& path) {
    struct stat found {};
    stat(path.c_str(), &found);
    return std::pair(found.st_ino, found.st_ctim.tv_sec * 1000000000 + found.st_ctim.tv_nsec);
  };
  REQUIRE(guard.Call("snapshot", items).status == 0);
  const auto same = inode(guard / "same");
  const auto mode = inode(guard / "mode");
  chmod((guard / "mode").c_str(), 0600);
  chmod((guard / "mode").c_str(), 0666);
  WriteAll(guard / "content", "other");
  CHECK(guard.Call("restore", items).out.starts_with("put back 2 of "));
  CHECK(inode(guard / "same") == same);
  CHECK(inode(guard / "mode").first == mode.first);  // not replaced: only its mode was set
}

TEST_CASE("files: a folder on the way that the step removed is made again with its mode and owner") {
  const GuardCase guard;
  fs::create_directories(guard / "a/b");
  WriteAll(guard / "a/b/x", "x");
  chmod((guard / "a").c_str(), 02751);
  chmod((guard / "a/b").c_str(), 0710);
  REQUIRE(guard.Call("snapshot", {guard / "a/b/x"}).status == 0);
  fs::remove_all(guard / "a");
  CHECK(guard.Call("verify", {guard / "a/b/x"}).out == (guard / "a") + ": is absent, was a folder\n");
  REQUIRE(guard.Call("restore", {guard / "a/b/x"}).status == 0);
  CHECK(ReadAll(guard / "a/b/x") == "x");
  CHECK(List({guard / "a"})[guard / "a"].facts.starts_with("42751 "));
  CHECK(List({guard / "a"})[guard / "a/b"].facts.starts_with("40710 "));
}

TEST_CASE(
    "files: folders that the step made on the way go when they are empty, and are named when they are not") {
  const GuardCase guard;
  const std::string item = guard / "app/conf/x";
  REQUIRE(guard.Call("snapshot", {item}).status == 0);
  fs::create_directories(guard / "app/conf");
  WriteAll(item, "x");
  REQUIRE(guard.Call("restore", {item}).status == 0);
  CHECK_FALSE(fs::exists(guard / "app"));

  fs::create_directories(guard / "app/conf");
  WriteAll(item, "x");
  WriteAll(guard / "app/data", "not guarded, not ours to remove");
  REQUIRE(guard.Call("restore", {item}).status == 0);
  CHECK_FALSE(fs::exists(guard / "app/conf"));
  CHECK(fs::exists(guard / "app/data"));
  const Finished verified = guard.Call("verify", {item});
  CHECK(verified.status == 1);
  CHECK(verified.out == (guard / "app") + ": is a folder, was absent\n");
}

TEST_CASE("files: a link to a file guards both, a link to a folder only itself") {
  const GuardCase guard;
  fs::create_directories(guard / "releases/1");
  fs::create_directories(guard / "releases/2");
  WriteAll(guard / "releases/1/big", "1");
  fs::create_symlink("releases/1", guard / "current");
  WriteAll(guard / "real.conf", "original");
  fs::create_symlink("real.conf", guard / "second");
  fs::create_symlink(guard / "second", guard / "app.conf");
  fs::create_symlink("not-yet", guard / "dangling");
  const std::vector<std::string> items = {guard / "current", guard / "app.conf", guard / "dangling"};
  const Listing before = List({guard / "real.conf", guard / "second", guard / "app.conf", guard / "current",
                               guard / "dangling", guard / "not-yet"});
  REQUIRE(guard.Call("snapshot", items).status == 0);
  WriteAll(guard / "app.conf", "written through two links");
  WriteAll(guard / "dangling", "made through a link");
  fs::remove(guard / "current");
  fs::create_symlink("releases/2", guard / "current");
  WriteAll(guard / "releases/1/big", "not guarded");
  REQUIRE(guard.Call("restore", items).status == 0);
  CHECK(Diff(before, List({guard / "real.conf", guard / "second", guard / "app.conf", guard / "current",
                           guard / "dangling", guard / "not-yet"})) == "");
  CHECK(ReadAll(guard / "releases/1/big") == "not guarded");
  CHECK(guard.Call("verify", items).status == 0);
}

TEST_CASE("files: memory does not grow with the size of a file") {
  const GuardCase guard;
  { WriteAll(guard / "big", std::string(48 << 20, 'x')); }
  // 40 MiB of data beyond what the program itself maps would not fit.
  const std::string limited = "ulimit -d 32768; exec \"$@\"";
#if defined(__SANITIZE_ADDRESS__)
  const std::vector<std::string> shell = {"/bin/sh", "-c", "exec \"$@\"", "sh"};
#else
  const std::vector<std::string> shell = {"/bin/sh", "-c", limited, "sh"};
#endif
  const auto call = [&](const std::string& verb) {
    std::vector<std::string> argv = shell;
    for (const std::string& word : guard.Command(verb, {guard / "big"})) argv.push_back(word);
    return Run(argv, guard.environment()).status;
  };
  CHECK(call("snapshot") == 0);
  WriteAll(guard / "big", "small");
  CHECK(call("restore") == 0);
  CHECK(call("verify") == 0);
  CHECK(fs::file_size(guard / "big") == 48 << 20);
}

}  // namespace kedge::testing
