// Paths that are tricks: nothing outside of what was named is ever read, written or removed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "guards/files/folder.h"
#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

// Folders in folders, `depth` of them, deeper than any path can name; a file in each.
void Dig(const std::string& folder, int depth) {
  int current = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < depth; ++i) {
    REQUIRE(mkdirat(current, "d", 0700) == 0);
    const int next = openat(current, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(current);
    close(openat(next, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    current = next;
  }
  close(current);
}

}  // namespace

TEST_CASE("files: paths that cannot be guarded are refused with the reason, and nothing is kept") {
  const GuardCase guard;
  fs::create_symlink("/proc", guard / "to-proc");
  fs::create_symlink("nowhere", guard / "dangling");
  WriteAll(guard / "file", "");
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"relative/path", "an absolute path"},
      {"", "an absolute path"},
      {"-x", "an absolute path"},
      {"/", "whole file system"},
      {"//", "without '//'"},
      {"/etc/../etc/passwd", "without '..'"},
      {"/etc/.", "without '.'"},
      {"/etc//passwd", "without '//'"},
      {"/etc/", "a '/' at the end"},
      {"/proc", "belongs to the kernel"},
      {"/proc/self/environ", "belongs to the kernel"},
      {"/sys/power/state", "belongs to the kernel"},
      {"/dev/null", "belongs to the kernel"},
      {guard / "to-proc/version", "belongs to the kernel"},
      {guard.state(), "the snapshot's own folder"},
      {guard.state() + "/manifest", "the snapshot's own folder"},
      {fs::path(guard.state()).parent_path().string(), "the snapshot's own folder"},
      {guard / "file/beneath", "not a folder"},
      {guard / "dangling/beneath", "not a folder"},
      {"/" + std::string(5000, 'x'), "longer than a path may be"},
  };
  for (const auto& [item, reason] : refused) {
    CAPTURE(item);
    const Finished finished = guard.Call("snapshot", {guard / "fine", item});
    CHECK(finished.status == 1);
    CAPTURE(finished.err);
    CHECK(finished.err.find(reason) != std::string::npos);
    CHECK_FALSE(fs::exists(guard.state() + "/manifest"));
  }
}

TEST_CASE("files: a socket or a device in a tree is named and refused") {
  const GuardCase guard;
  fs::create_directories(guard / "tree/in");
  REQUIRE(mknod((guard / "tree/in/socket").c_str(), S_IFSOCK | 0600, 0) == 0);
  const Finished socket = guard.Call("snapshot", {guard / "tree"});
  CHECK(socket.status == 1);
  CHECK(socket.err.find("/tree/in/socket is a socket and cannot be guarded") != std::string::npos);
  fs::remove(guard / "tree/in/socket");
  if (mknod((guard / "tree/in/device").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) return;  // not root
  CHECK(guard.Call("snapshot", {guard / "tree"}).err.find("/device is a device") != std::string::npos);
}

TEST_CASE("files: a folder is never opened through a link, wherever in the path it is") {
  const GuardCase guard;
  fs::create_directories(guard / "real/inner");
  fs::create_symlink("real", guard / "link");
  fs::create_symlink("inner", guard / "real/last");
  CHECK(files::OpenFolder(guard / "real/inner"));
  for (const std::string path : {"link", "link/inner", "real/last"}) {
    const auto opened = files::OpenFolder(guard / path);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == ErrorKind::kDenied);
    CHECK(opened.error().message.find("is a symbolic link or no folder") != std::string::npos);
  }
  CHECK(files::OpenFolder(guard / "real/missing").error().kind == ErrorKind::kNotFound);
}

TEST_CASE("files: a parent that became a link is not followed") {
  const GuardCase guard;
  fs::create_directories(guard / "app/conf");
  fs::create_directories(guard / "victim/conf");
  WriteAll(guard / "app/conf/x", "original");
  WriteAll(guard / "victim/conf/x", "victim");
  WriteAll(guard / "victim/conf/absent", "victim");
  const std::vector<std::string> items = {guard / "app/conf/x", guard / "app/conf/absent"};
  REQUIRE(guard.Call("snapshot", items).status == 0);
  fs::rename(guard / "app", guard / "moved");
  fs::create_symlink("victim", guard / "app");
  const Listing before = List({guard.place()});

  const Finished verified = guard.Call("verify", items);
  CHECK(verified.status == 1);
  CHECK(verified.out.find((guard / "app") + ": is a symbolic link, was a folder\n") != std::string::npos);
  const Finished restored = guard.Call("restore", items);
  CHECK(restored.status == 1);
  CHECK(restored.err.find("/app is a symbolic link, was a folder") != std::string::npos);
  CHECK(Diff(before, List({guard.place()})) == "");
}

TEST_CASE("files: a guarded folder that became a link is put back, and where the link led nothing changes") {
  const GuardCase guard;
  fs::create_directories(guard / "tree/sub");
  WriteAll(guard / "tree/sub/x", "original");
  fs::create_directories(guard / "victim/sub");
  WriteAll(guard / "victim/sub/x", "victim");
  WriteAll(guard / "victim/extra", "victim");
  const Listing tree = List({guard / "tree"});
  const Listing victim = List({guard / "victim"});
  for (const std::string swapped : {"tree", "tree/sub"}) {
    const GuardCase state;  // only its state folder
    REQUIRE(state.Call("snapshot", {guard / "tree"}).status == 0);
    fs::remove_all(guard / swapped);
    fs::create_symlink(guard / "victim", guard / swapped);
    REQUIRE(state.Call("restore", {guard / "tree"}).status == 0);
    CHECK(Diff(tree, List({guard / "tree"})) == "");
    CHECK(Diff(victim, List({guard / "victim"})) == "");
  }
}

TEST_CASE("files: a link on the way at snapshot time is followed then, and its change afterwards is named") {
  const GuardCase guard;
  fs::create_directories(guard / "usr/lib");
  fs::create_directories(guard / "evil");
  WriteAll(guard / "usr/lib/x", "original");
  WriteAll(guard / "evil/x", "evil");
  fs::create_symlink("usr/lib", guard / "lib");
  REQUIRE(guard.Call("snapshot", {guard / "lib/x"}).status == 0);
  WriteAll(guard / "lib/x", "changed");
  REQUIRE(guard.Call("restore", {guard / "lib/x"}).status == 0);
  CHECK(ReadAll(guard / "usr/lib/x") == "original");
  CHECK(guard.Call("verify", {guard / "lib/x"}).status == 0);

  fs::remove(guard / "lib");
  fs::create_symlink("evil", guard / "lib");
  REQUIRE(guard.Call("restore", {guard / "lib/x"}).status == 0);
  CHECK(ReadAll(guard / "evil/x") == "evil");
  const Finished verified = guard.Call("verify", {guard / "lib/x"});
  CHECK(verified.status == 1);
  CHECK(verified.out ==
        (guard / "lib/x") + ": leads to " + (guard / "evil/x") + ", was " + (guard / "usr/lib/x") + "\n");
}

TEST_CASE("files: a name planted on somebody else's file does not get that file changed") {
  const GuardCase guard;
  WriteAll(guard / "x", "same content");
  WriteAll(guard / "victim", "same content");
  chmod((guard / "victim").c_str(), 0604);
  const Listing before = List({guard / "x"});
  const Listing victim = List({guard / "victim"});
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  fs::remove(guard / "x");
  fs::create_hard_link(guard / "victim", guard / "x");
  REQUIRE(guard.Call("restore", {guard / "x"}).status == 0);
  CHECK(Diff(before, List({guard / "x"})) == "");
  CHECK(Diff(victim, List({guard / "victim"})) == "");
}

TEST_CASE("files: a link planted where restore makes its temporary file is not written through") {
  const GuardCase guard;
  WriteAll(guard / "x", "original");
  WriteAll(guard / "victim", "victim");
  REQUIRE(guard.Call("snapshot", {guard / "x"}).status == 0);
  const std::string manifest = ReadAll(guard.state() + "/manifest");
  const size_t id = manifest.find("\"id\":\"") + 6;
  const std::string place = guard.place();
  const auto index = std::count(place.begin(), place.end(), '/');  // after the folders on the way
  const std::string temporary =
      ".kedge-" + manifest.substr(id, manifest.find('"', id) - id) + "-" + std::to_string(index);
  fs::create_symlink("victim", guard / temporary);
  WriteAll(guard / "x", "changed");
  REQUIRE(guard.Call("restore", {guard / "x"}).status == 0);
  CHECK(ReadAll(guard / "x") == "original");
  CHECK(ReadAll(guard / "victim") == "victim");
  CHECK_FALSE(fs::exists(fs::symlink_status(guard / temporary)));
}

TEST_CASE("files: a tree of any depth that the step made is removed, with few descriptors") {
  const GuardCase guard(Where::kMemory);
  fs::create_directory(guard / "tree");
  REQUIRE(guard.Call("snapshot", {guard / "tree", guard / "absent"}).status == 0);
  for (const std::string folder : {"tree", "absent"}) {
    fs::create_directory(guard / folder);
    Dig(guard / folder, 2500);
  }
  std::vector<std::string> argv = {"/bin/sh", "-c", "ulimit -n 32; exec \"$@\"", "sh"};
  for (const std::string& word : guard.Command("restore", {guard / "tree", guard / "absent"}))
    argv.push_back(word);
  const Finished restored = Run(argv, guard.environment());
  CHECK(restored.err == "");
  CHECK(restored.status == 0);
  CHECK(fs::is_empty(guard / "tree"));
  CHECK_FALSE(fs::exists(guard / "absent"));
}

}  // namespace kedge::testing
