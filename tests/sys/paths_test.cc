#include "sys/paths.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sys/files.h"

namespace kedge::sys {
namespace {

constexpr time_t kYear2040 = 2222121600;

// An own folder with a file, a folder, and links to them and to nothing; removed at the end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "kedge-paths-XXXXXX").string()) {
    REQUIRE(mkdtemp(path_.data()) != nullptr);
    path_ = *Canonical(path_);
    REQUIRE(WriteFileAtomic(path_ + "/file", "x", 0644));
    REQUIRE(MakeDirs(path_ + "/folder/deep", 0755));
    REQUIRE(symlink("folder", (path_ + "/link").c_str()) == 0);
    REQUIRE(symlink("nowhere", (path_ + "/dangling").c_str()) == 0);
    REQUIRE(symlink("ring", (path_ + "/ring").c_str()) == 0);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // As a machine with a wrong clock leaves them.
  void Date(time_t seconds) const {
    for (const char* name : {"/file", "/folder/deep", "/folder", "/link", "/dangling"}) {
      const timespec times[2] = {{seconds, 0}, {seconds, 0}};
      REQUIRE(utimensat(AT_FDCWD, (path_ + name).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
    }
  }

 private:
  std::string path_;
};

void CheckKinds(const Folder& folder) {
  CHECK(IsThere(folder / "file"));
  CHECK(IsThere(folder / "dangling"));
  CHECK_FALSE(IsThere(folder / "nowhere"));
  CHECK(IsFolder(folder / "folder"));
  CHECK_FALSE(IsFolder(folder / "link"));
  CHECK_FALSE(IsFolder(folder / "file"));
  CHECK(IsLink(folder / "link"));
  CHECK(IsLink(folder / "dangling"));
  CHECK_FALSE(IsLink(folder / "folder"));
  CHECK(LeadsToFolder(folder / "link"));
  CHECK_FALSE(LeadsToFolder(folder / "file"));
  CHECK(LeadsSomewhere(folder / "file"));
  CHECK_FALSE(LeadsSomewhere(folder / "dangling"));
}

void CheckWays(const Folder& folder) {
  CHECK(LinkTarget(folder / "link").value() == "folder");
  CHECK(LinkTarget(folder / "file").error().message.starts_with("readlink "));
  CHECK(Canonical(folder / "link/deep/../deep").value() == folder / "folder/deep");
  CHECK(Canonical(folder / "link/a/./b/../c").value() == folder / "folder/a/c");
  CHECK(Canonical(folder / "file/beneath").value() == folder / "file/beneath");
  CHECK(Canonical(folder / "dangling/x").value() == folder / "dangling/x");
  CHECK_FALSE(Canonical(folder / "ring/x"));
  CHECK(Canonical("/").value() == "/");
  CHECK(Canonical("no-such-file").value() == std::filesystem::current_path().string() + "/no-such-file");
}

TEST_CASE("the kinds of files, folders and links, and where links lead") {
  const Folder folder;
  CheckKinds(folder);
  CheckWays(folder);
}

TEST_CASE("the same of what is dated 2040, when seconds do not fit 32 bits") {
  static_assert(sizeof(time_t) == 8, "built without _TIME_BITS=64?");
  const Folder folder;
  folder.Date(kYear2040);
  CheckKinds(folder);
  CheckWays(folder);
}

}  // namespace
}  // namespace kedge::sys
