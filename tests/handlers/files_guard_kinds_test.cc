// Each kind of damage alone: verify names it, restore mends it, and verify is content again.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

// A small tree with one of everything, at times long past.
void Build(const std::string& tree) {
  fs::create_directories(tree + "/folder/inner");
  WriteAll(tree + "/file", "content\n");
  WriteAll(tree + "/twin", "shared\n");
  fs::create_hard_link(tree + "/twin", tree + "/folder/twin");
  WriteAll(tree + "/folder/inner/deep", "deep\n");
  WriteAll(tree + "/sparse", "start");
  fs::resize_file(tree + "/sparse", 4 << 20);
  fs::create_symlink("file", tree + "/link");
  mkfifo((tree + "/fifo").c_str(), 0600);
  chmod((tree + "/file").c_str(), 0640);
  SetXattr(tree + "/file", "user.kedge", "kept");
  for (const char* name : {"/file", "/twin", "/sparse", "/link", "/fifo", "/folder/inner", "/folder", ""})
    SetMtime(tree + name, 1000000000, 123456789);
}

struct Kind {
  const char* name;
  std::function<void(const std::string& tree)> damage;
  const char* expected;  // after the tree's path, in one of the lines
  bool as_root_only = false;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {"rewritten", [](const std::string& tree) { WriteAll(tree + "/file", "other\n"); },
       "/file: content is 6 bytes, was 8 bytes"},
      {"rewritten with the same size and time",
       [](const std::string& tree) {
         WriteAll(tree + "/file", "CONTENT\n");
         SetMtime(tree + "/file", 1000000000, 123456789);
       },
       "/file: content is sha256:"},
      {"a byte in a hole",
       [](const std::string& tree) {
         FILE* file = fopen((tree + "/sparse").c_str(), "r+");
         fseek(file, 2 << 20, SEEK_SET);
         fputc('x', file);
         fclose(file);
         SetMtime(tree + "/sparse", 1000000000, 123456789);
       },
       "/sparse: content is blocks:"},
      {"mode", [](const std::string& tree) { chmod((tree + "/file").c_str(), 0644); },
       "/file: mode is 0644, was 0640"},
      {"set-user-id bit", [](const std::string& tree) { chmod((tree + "/file").c_str(), 04640); },
       "/file: mode is 4640, was 0640"},
      {"owner", [](const std::string& tree) { CHECK(lchown((tree + "/file").c_str(), 65534, 0) == 0); },
       "/file: owner is 65534, was 0", true},
      {"group of a link", [](const std::string& tree) { CHECK(lchown((tree + "/link").c_str(), 0, 7) == 0); },
       "/link: group is 7, was 0", true},
      {"mtime of a file", [](const std::string& tree) { SetMtime(tree + "/file", 1000000000, 123456788); },
       "/file: mtime is 1000000000.123456788, was 1000000000.123456789"},
      {"mtime of a link", [](const std::string& tree) { SetMtime(tree + "/link", 1, 2); },
       "/link: mtime is 1.000000002, was "},
      {"mtime of a folder", [](const std::string& tree) { SetMtime(tree + "/folder", 5, 0); },
       "/folder: mtime is 5.000000000, was "},
      {"mode of a folder", [](const std::string& tree) { chmod((tree + "/folder").c_str(), 0777); },
       "/folder: mode is 0777, was "},
      {"attribute changed", [](const std::string& tree) { SetXattr(tree + "/file", "user.kedge", "other"); },
       "/file: extended attribute user.kedge is another of 5 bytes, was 4 bytes"},
      {"attribute removed",
       [](const std::string& tree) { lremovexattr((tree + "/file").c_str(), "user.kedge"); },
       "/file: extended attribute user.kedge is absent, was there"},
      {"attribute added", [](const std::string& tree) { SetXattr(tree + "/folder", "user.new", "x"); },
       "/folder: extended attribute user.new is there, was absent"},
      {"ACL", [](const std::string& tree) { SetAcl(tree + "/file", 65534); },
       "/file: extended attribute system.posix_acl_access is there, was absent"},
      {"capability", [](const std::string& tree) { SetCapability(tree + "/file"); },
       "/file: extended attribute security.capability is there, was absent", true},
      {"deleted file", [](const std::string& tree) { fs::remove(tree + "/file"); },
       "/file: is absent, was a file"},
      {"deleted folder", [](const std::string& tree) { fs::remove_all(tree + "/folder"); },
       "/folder: is absent, was a folder"},
      {"deleted tree", [](const std::string& tree) { fs::remove_all(tree); }, ": is absent, was a folder"},
      {"renamed", [](const std::string& tree) { fs::rename(tree + "/file", tree + "/moved"); },
       "/moved: is there, was absent"},
      {"file became folder",
       [](const std::string& tree) {
         fs::remove(tree + "/file");
         fs::create_directories(tree + "/file/with/more");
       },
       "/file: is a folder, was a file"},
      {"folder became file",
       [](const std::string& tree) {
         fs::remove_all(tree + "/folder");
         WriteAll(tree + "/folder", "x");
       },
       "/folder: is a file, was a folder"},
      {"folder became link",
       [](const std::string& tree) {
         fs::rename(tree + "/folder", tree + "/elsewhere");
         fs::create_symlink("elsewhere", tree + "/folder");
       },
       "/folder: is a symbolic link, was a folder"},
      {"file became link to itself moved away",
       [](const std::string& tree) {
         fs::rename(tree + "/file", tree + "/moved");
         fs::create_symlink("moved", tree + "/file");
       },
       "/file: is a symbolic link, was a file"},
      {"link leads elsewhere",
       [](const std::string& tree) {
         fs::remove(tree + "/link");
         fs::create_symlink("/etc/passwd", tree + "/link");
       },
       "/link: leads to /etc/passwd, was file"},
      {"link became file",
       [](const std::string& tree) {
         fs::remove(tree + "/link");
         WriteAll(tree + "/link", "content\n");
       },
       "/link: is a file, was a symbolic link"},
      {"fifo became socket",
       [](const std::string& tree) {
         fs::remove(tree + "/fifo");
         CHECK(mknod((tree + "/fifo").c_str(), S_IFSOCK | 0600, 0) == 0);
       },
       "/fifo: is a socket, was a fifo"},
      {"twins parted",
       [](const std::string& tree) {
         fs::remove(tree + "/twin");
         WriteAll(tree + "/twin", "shared\n");
       },
       "/twin: number of names is 1, was 2"},
      {"twins exchanged for others",
       [](const std::string& tree) {
         fs::remove(tree + "/twin");
         fs::create_hard_link(tree + "/file", tree + "/twin");
       },
       "/twin: is a file of its own, was the same as "},
      {"one more name inside",
       [](const std::string& tree) { fs::create_hard_link(tree + "/file", tree + "/folder/third"); },
       "/folder/third: is there, was absent"},
      {"one more name outside",
       [](const std::string& tree) { fs::create_hard_link(tree + "/file", tree + ".outside"); },
       "/file: number of names is 2, was 1"},
      {"added tree", [](const std::string& tree) { fs::create_directories(tree + "/folder/new/and/deep"); },
       "/folder/new: is there, was absent"},
  };
  return kinds;
}

}  // namespace

TEST_CASE("files: each kind of damage is named by verify and mended by restore") {
  for (const Kind& kind : Kinds()) {
    if (kind.as_root_only && geteuid() != 0) continue;
    CAPTURE(kind.name);
    const GuardCase guard(Where::kMemory);
    const std::string tree = guard / "tree";
    Build(tree);
    const Listing before = List({tree});
    REQUIRE(guard.Call("snapshot", {tree}).status == 0);
    kind.damage(tree);
    REQUIRE(Diff(before, List({tree})) != "");

    const Finished seen = guard.Call("verify", {tree});
    CHECK(seen.status == 1);
    CAPTURE(seen.out);
    CHECK(("\n" + seen.out).find("\n" + tree + kind.expected) != std::string::npos);

    const Finished restored = guard.Call("restore", {tree});
    CHECK(restored.err == "");
    CHECK(restored.status == 0);
    CHECK(Diff(before, List({tree})) == "");
    const Finished verified = guard.Call("verify", {tree});
    CHECK(verified.out == "");
    CHECK(verified.status == 0);
  }
}

}  // namespace kedge::testing
