// Other file systems than the one that tests usually run on: an overlay, and those whose files can share
// blocks.
#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {

namespace fs = std::filesystem;

namespace {

// An overlay at `place`/merged, in the mounts of this test program.
class Overlay {
 public:
  explicit Overlay(const GuardCase& guard) : base_(guard.place()) {
    struct statfs found {};
    // A tmpfs says that mounts here are this program's own.
    if (statfs(base_.c_str(), &found) != 0 || found.f_type != TMPFS_MAGIC) return;
    for (const char* name : {"/lower", "/upper", "/work", "/merged"}) fs::create_directory(base_ + name);
    is_mounted_ = Mount();
  }
  ~Overlay() { Unmount(); }
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  explicit operator bool() const { return is_mounted_; }
  std::string operator/(const std::string& name) const { return base_ + "/merged/" + name; }

  // What was made so far becomes the lower layer, which is never written to.
  void Settle() {
    Unmount();
    fs::remove_all(base_ + "/lower");
    fs::rename(base_ + "/upper", base_ + "/lower");
    for (const char* name : {"/upper", "/work"}) {
      fs::remove_all(base_ + name);
      fs::create_directory(base_ + name);
    }
    is_mounted_ = Mount();
    REQUIRE(is_mounted_);
  }

 private:
  bool Mount() const {
    const std::string options =
        "lowerdir=" + base_ + "/lower,upperdir=" + base_ + "/upper,workdir=" + base_ + "/work";
    return mount("overlay", (base_ + "/merged").c_str(), "overlay", 0, options.c_str()) == 0;
  }
  void Unmount() {
    if (is_mounted_) umount2((base_ + "/merged").c_str(), MNT_DETACH);
    is_mounted_ = false;
  }

  std::string base_;
  bool is_mounted_ = false;
};

// A file system of `type` in a file, mounted at $2 in a namespace of its own, with $2/state and $2/d; then
// `script`, with $0 the guard. Nothing when that cannot be done here.
std::optional<Finished> OnDiskOfType(const std::string& type, const std::string& script) {
  const std::string mkfs = "/usr/sbin/mkfs." + type;
  if (geteuid() != 0 || !fs::exists(mkfs)) {
    MESSAGE("not root, or no " << mkfs << ": nothing is shown on " << type);
    return std::nullopt;
  }
  const GuardCase guard;
  Finished finished = Run({"/usr/bin/unshare", "-m", "/bin/sh", "-euc",
                           "truncate -s 400M \"$1/image\"\n" + mkfs +
                               " -q \"$1/image\" >&2\n"
                               "mount -o loop \"$1/image\" \"$2\" || exit 77\n"
                               "mkdir \"$2/state\" \"$2/d\"; cd \"$2\"\n"
                               "export KEDGE_STATE_DIR=\"$2/state\"\n"
                               "used() { sync -f .; df --output=used -B1024 . | tail -n 1; }\n" +
                               script,
                           kGuard, guard.state(), guard.place()});
  if (finished.status != 77) return finished;
  MESSAGE("no loop devices here, or no " << type << " in the kernel: nothing is shown on it");
  return std::nullopt;
}

}  // namespace

TEST_CASE("files: on an overlay whatever a step did to a tree of the lower layer is put back") {
  for (uint32_t seed = 301; seed <= 325; ++seed) {
    CAPTURE(seed);
    const GuardCase guard(Where::kMemory);
    Overlay overlay(guard);
    if (!overlay) {
      MESSAGE("no overlay here (not root?): nothing is shown");
      return;
    }
    RandomTree random(overlay / "tree", seed);
    overlay.Settle();
    const std::vector<std::string> items = {overlay / "tree", overlay / "absent"};
    const Listing before = List({overlay / "tree"});
    REQUIRE(guard.Call("snapshot", items).err == "");
    REQUIRE(Diff(before, List({overlay / "tree"})) == "");
    REQUIRE(guard.Call("verify", items).out == "");
    random.Damage(static_cast<int>(seed % 25) + 1);
    fs::create_directories(overlay / "absent/deep");
    CHECK(guard.Call("verify", items).status == 1);
    const Finished restored = guard.Call("restore", items);
    CHECK(restored.err == "");
    REQUIRE(restored.status == 0);
    REQUIRE(Diff(before, List(items)) == "");
    const Finished verified = guard.Call("verify", items);
    CHECK(verified.out == "");
    CHECK(verified.status == 0);
  }
}

TEST_CASE("files: on an overlay a folder of the lower layer that became a file, and the other way round") {
  const GuardCase guard(Where::kMemory);
  Overlay overlay(guard);
  if (!overlay) {
    MESSAGE("no overlay here (not root?): nothing is shown");
    return;
  }
  fs::create_directories(overlay / "tree/folder/deep");
  WriteAll(overlay / "tree/folder/deep/x", "x");
  WriteAll(overlay / "tree/file", "file");
  fs::create_directories(overlay / "swap/folder");  // stands where a file was recorded, in the lower layer
  overlay.Settle();
  const Listing before = List({overlay / "tree"});
  REQUIRE(guard.Call("snapshot", {overlay / "tree"}).status == 0);
  fs::remove_all(overlay / "tree/folder");
  WriteAll(overlay / "tree/folder", "a file now");
  fs::remove(overlay / "tree/file");
  // Another folder of the lower layer, where redirect_dir lets it be moved; otherwise a new one.
  std::error_code failure;
  fs::rename(overlay / "swap/folder", overlay / "tree/file", failure);
  if (failure) fs::create_directories(overlay / "tree/file/in");
  const Finished restored = guard.Call("restore", {overlay / "tree"});
  CHECK(restored.err == "");
  CHECK(Diff(before, List({overlay / "tree"})) == "");
  CHECK(guard.Call("verify", {overlay / "tree"}).status == 0);
}

TEST_CASE("files: a file that became a folder before the layers were settled is put back over it") {
  const GuardCase guard(Where::kMemory);
  Overlay overlay(guard);
  if (!overlay) {
    MESSAGE("no overlay here (not root?): nothing is shown");
    return;
  }
  WriteAll(overlay / "file", "file");
  const Listing before = List({overlay / "file"});
  REQUIRE(guard.Call("snapshot", {overlay / "file"}).status == 0);
  fs::remove(overlay / "file");
  fs::create_directories(overlay / "file/in/deep");
  // After a reboot of a system whose root is an overlay the folder is of a lower layer: it cannot be
  // exchanged (EXDEV), only replaced.
  overlay.Settle();
  const Finished restored = guard.Call("restore", {overlay / "file"});
  CHECK(restored.err == "");
  CHECK(Diff(before, List({overlay / "file"})) == "");
  CHECK(guard.Call("verify", {overlay / "file"}).status == 0);
}

TEST_CASE("files: where files can share blocks, neither snapshot nor restore needs room for contents") {
  for (const std::string type : {"btrfs", "xfs"}) {
    CAPTURE(type);
    const auto finished =
        OnDiskOfType(type,
                     // More than half of the disk: no room for a second one.
                     "head -c 220000000 /dev/urandom >d/big; echo small >d/small\n"
                     "truncate -s 1G d/sparse; printf end >>d/sparse\n"
                     "sums=$(sha256sum d/*); before=$(used)\n"
                     "\"$0\" check \"$2/d\"\n"
                     "\"$0\" snapshot \"$2/d\"\n"
                     "[ $(($(used) - before)) -lt 40000 ]\n"
                     "rm d/big; printf x | dd of=d/small conv=notrunc 2>/dev/null; printf y >>d/sparse\n"
                     "\"$0\" restore \"$2/d\"\n"
                     "[ $(($(used) - before)) -lt 40000 ]\n"
                     "\"$0\" verify \"$2/d\"\n"
                     "[ \"$sums\" = \"$(sha256sum d/*)\" ]\n"
                     // What shares blocks is not the same file: a change of the one leaves the other.
                     "printf changed | dd of=d/big conv=notrunc 2>/dev/null\n"
                     "\"$0\" restore \"$2/d\"\n"
                     "[ \"$sums\" = \"$(sha256sum d/*)\" ]\n");
    if (!finished) continue;
    CAPTURE(finished->out);
    CAPTURE(finished->err);
    CHECK(finished->status == 0);
  }
}

TEST_CASE("files: blocks are not shared between file systems, and the room is then counted") {
  const auto finished = OnDiskOfType("btrfs",
                                     "head -c 220000000 /dev/urandom >d/big\n"
                                     "mkdir \"$1/small\"; mount -t tmpfs -o size=64m none \"$1/small\"\n"
                                     "export KEDGE_STATE_DIR=\"$1/small\"\n"
                                     "\"$0\" snapshot \"$2/d\" || exit 9\n");
  if (!finished) return;
  CHECK(finished->status == 9);
  CHECK(finished->err.find("not enough room in ") != std::string::npos);
}

}  // namespace kedge::testing
