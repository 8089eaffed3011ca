// What is mounted belongs to somebody else: refused where it stood before, and never written through later.
#include <doctest/doctest.h>

#include "handlers/guard_case.h"
#include "handlers/listing.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

// The guard in a mount namespace of its own, after `mounts` has run there.
Finished CallAfter(const GuardCase& guard, const std::string& mounts, const std::string& verb,
                   const std::vector<std::string>& items) {
  std::vector<std::string> argv = {"/usr/bin/unshare",         "-m", "/bin/sh", "-c",
                                   mounts + " && exec \"$@\"", "sh"};
  for (const std::string& word : guard.Command(verb, items)) argv.push_back(word);
  return Run(argv, guard.environment());
}

bool CanMount() {
  const bool can = Run({"/usr/bin/unshare", "-m", "/bin/true"}).status == 0;
  if (!can) MESSAGE("no mounts here (not root, or not allowed): nothing is shown");
  return can;
}

// In one mount namespace from beginning to end, with $0 the guard and $1 a place.
void CheckScript(const char* script) {
  const GuardCase guard;
  const Finished finished =
      Run({"/usr/bin/unshare", "-m", "/bin/sh", "-euc", script, kGuard, guard.place()}, guard.environment());
  CAPTURE(finished.out);
  CHECK(finished.err == "");
  CHECK(finished.status == 0);
}

}  // namespace

TEST_CASE("files: a mount point in a tree is refused, and one that the step made is not emptied") {
  if (!CanMount()) return;
  const GuardCase guard;
  fs::create_directories(guard / "tree/mounted");
  fs::create_directories(guard / "other");
  WriteAll(guard / "other/precious", "precious");
  const std::string mount = "mount --bind '" + (guard / "other") + "' '" + (guard / "tree/mounted") + "'";
  const Finished refused = CallAfter(guard, mount, "snapshot", {guard / "tree"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("/tree/mounted is a mount point") != std::string::npos);

  REQUIRE(guard.Call("snapshot", {guard / "tree"}).status == 0);
  CHECK(CallAfter(guard, mount, "verify", {guard / "tree"}).out.find("/tree/mounted: is a mount point") !=
        std::string::npos);
  CHECK(CallAfter(guard, mount, "restore", {guard / "tree"}).status == 1);
  CHECK(ReadAll(guard / "other/precious") == "precious");

  // The same beneath something that was added, and would be removed.
  fs::create_directories(guard / "tree/added/deep");
  const std::string deep = "mount --bind '" + (guard / "other") + "' '" + (guard / "tree/added/deep") + "'";
  const Finished restored = CallAfter(guard, deep, "restore", {guard / "tree"});
  CHECK(restored.status == 1);
  CHECK(restored.err.find("/added/deep is a mount point now; unmount it") != std::string::npos);
  CHECK(ReadAll(guard / "other/precious") == "precious");
  CHECK(guard.Call("restore", {guard / "tree"}).status == 0);
  CHECK(guard.Call("verify", {guard / "tree"}).status == 0);
}

TEST_CASE("files: a bind mount is refused though it is of the same file system, of a file and of a folder") {
  if (!CanMount()) return;
  const GuardCase guard;
  fs::create_directories(guard / "tree/folder");
  WriteAll(guard / "tree/file", "beneath");
  fs::create_directories(guard / "other");
  WriteAll(guard / "other/precious", "precious");
  WriteAll(guard / "other/same", "beneath");
  const auto bind = [&guard](const std::string& from, const std::string& to) {
    return "mount --bind '" + (guard / from) + "' '" + (guard / to) + "'";
  };
  struct Case {
    std::string mount;
    std::string item;
    std::string named;
  };
  const std::vector<Case> cases = {
      {bind("other/precious", "tree/file"), "tree", "tree/file"},
      {bind("other/precious", "tree/file"), "tree/file", "tree/file"},
      {bind("other/same", "tree/file"), "tree/file", "tree/file"},
      {bind("other", "tree/folder"), "tree", "tree/folder"},
      {bind("other", "tree/folder"), "tree/folder", "tree/folder"},
      {bind("tree/folder", "tree/folder"), "tree", "tree/folder"},  // onto itself
      {bind("tree", "tree"), "tree", "tree"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.mount);
    for (const char* verb : {"check", "snapshot"}) {
      const Finished refused = CallAfter(guard, one.mount, verb, {guard / one.item});
      CHECK(refused.status == 1);
      CHECK(refused.err.find((guard / one.named) + " is a mount point; name the files in it instead") !=
            std::string::npos);
    }
    CHECK(fs::is_empty(guard.state()));
    // What comes later is not written through, whatever is asked for.
    const GuardCase state;  // only its state folder
    REQUIRE(state.Call("snapshot", {guard / one.item}).status == 0);
    const std::string changed = one.mount + " && chmod 0123 '" + (guard / one.named) + "'";
    const Finished seen = CallAfter(state, changed, "verify", {guard / one.item});
    CHECK(seen.status == 1);
    CHECK(seen.out.find((guard / one.named) + ": is a mount point, was none\n") != std::string::npos);
    const Finished restored = CallAfter(state, one.mount, "restore", {guard / one.item});
    CHECK(restored.status == 1);
    CHECK(restored.err.find((guard / one.named) + " is a mount point now; unmount it") != std::string::npos);
    for (const std::string kept : {"other/same", "other/precious", "other"})
      if (one.mount.find(guard / kept + "'") != std::string::npos) {
        CAPTURE(kept);
        CHECK(List({guard / kept}).at(guard / kept).facts.substr(0, 7).find("123 ") != std::string::npos);
      }
    CHECK(ReadAll(guard / "other/precious") == "precious");
    REQUIRE(state.Call("restore", {guard / one.item}).status == 0);
    CHECK(state.Call("verify", {guard / one.item}).status == 0);
  }
  // Beneath a mount that stood before, files can be guarded.
  const std::string before = bind("other", "tree/folder");
  const std::vector<std::string> items = {guard / "tree/folder/precious"};
  const Finished taken = CallAfter(guard, before, "snapshot", items);
  CHECK(taken.err == "");
  CHECK(
      CallAfter(guard, before + " && rm '" + (guard / "tree/folder/precious") + "'", "restore", items).err ==
      "");
  CHECK(ReadAll(guard / "other/precious") == "precious");
}

TEST_CASE("files: what lay on a mounted disk is not put back beneath it, nor on another") {
  if (!CanMount()) return;
  CheckScript(R"sh(
    place=$1; cd "$place"
    call() { status=0; "$0" "$1" "$place/m/conf" "$place/m/absent" >out 2>&1 || status=$?; }
    fails() { [ "$status" = 1 ]; grep -qxF "$1" out; }
    mkdir disk m; mount -t tmpfs none disk; mount --bind disk m; echo kept >m/conf
    call snapshot; [ "$status" = 0 ]
    echo changed >m/conf; echo new >m/absent
    umount m; echo beneath >m/absent
    call verify; fails "$place/m: is no mount point, was one"
    call restore; fails "files: $place/m was a mount point and is none now; mount what was there"
    [ "$(ls -A m) $(cat m/absent)" = 'absent beneath' ]
    mount --bind disk m
    call restore; [ "$status" = 0 ]
    call verify; [ "$status" = 0 ]
    [ "$(ls -A m) $(cat m/conf)" = 'conf kept' ]

    # The other way round: another disk lies over what was kept.
    umount m; rm -rf "$KEDGE_STATE_DIR"/* m/*; echo beneath >m/conf
    call snapshot; [ "$status" = 0 ]
    echo changed >m/conf; mount --bind disk m; echo 'of the disk' >m/conf
    call verify; fails "$place/m: is a mount point, was none"
    call restore; fails "files: $place/m is a mount point now; unmount it"
    [ "$(cat disk/conf)" = 'of the disk' ]
    umount m
    call restore; [ "$status" = 0 ]
    [ "$(cat m/conf)" = beneath ])sh");
}

TEST_CASE("files: on a read-only disk there is nothing to put back, and that is no failure") {
  if (!CanMount()) return;
  CheckScript(R"sh(
    mount -t tmpfs none "$1"; echo kept >"$1/file"; mkdir "$1/folder"; echo kept >"$1/folder/file"
    mount -o remount,ro "$1"
    set -- "$1/file" "$1/folder" "$1/absent" "$1/missing/absent"
    "$0" check "$@"; "$0" snapshot "$@"; "$0" restore "$@"; "$0" verify "$@")sh");
}

}  // namespace kedge::testing
