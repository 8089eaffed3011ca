#include "sys/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace kedge::sys {
namespace {

// An own folder, removed at the end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "kedge-files-XXXXXX").string()) {
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

unsigned ModeOf(const std::string& path) {
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

TEST_CASE("an atomic write replaces the file whole, with the mode asked for, and leaves nothing beside it") {
  const Folder folder;
  const std::string path = folder / "f";
  const mode_t before = umask(077);
  REQUIRE(WriteFileAtomic(path, "one", 0644));
  REQUIRE(WriteFileAtomic(path, std::string("two\0three", 9), 0640));
  umask(before);
  CHECK(ReadFile(path).value() == std::string("two\0three", 9));
  CHECK(ModeOf(path) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an atomic write that cannot be done leaves the old file and no litter, and says what failed") {
  const Folder folder;
  std::filesystem::create_directories(folder / "taken/full");  // a folder that is not empty: rename must fail
  const auto result = WriteFileAtomic(folder / "taken", "x", 0600);
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("rename ") == 0);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  CHECK(WriteFileAtomic(folder / "nowhere/f", "x", 0600).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("an atomic write does not write through a link planted in its way") {
  const Folder folder;
  REQUIRE(WriteFileAtomic(folder / "victim", "safe", 0600));
  REQUIRE(symlink((folder / "victim").c_str(), (folder / ".f.kedge-new").c_str()) == 0);
  REQUIRE(WriteFileAtomic(folder / "f", "new", 0600));
  CHECK(ReadFile(folder / "victim").value() == "safe");
  CHECK(ReadFile(folder / "f").value() == "new");
}

TEST_CASE("reading: up to the limit whole, beyond it an error, missing is not found") {
  const Folder folder;
  REQUIRE(WriteFileAtomic(folder / "f", std::string(100000, 'x'), 0600));
  CHECK(ReadFile(folder / "f", 100000).value().size() == 100000);
  CHECK(ReadFile(folder / "f", 99999).error().kind == ErrorKind::kInvalid);
  const auto missing = ReadFile(folder / "nothing");
  CHECK(missing.error().kind == ErrorKind::kNotFound);
  CHECK(missing.error().message == "open " + (folder / "nothing") + ": No such file or directory");
  CHECK_FALSE(ReadFile("/proc/self/stat").value().empty());  // files that claim to be empty
}

TEST_CASE(
    "folders are made with their parents, one that is there keeps its mode, a file in the way is named") {
  const Folder folder;
  const mode_t before = umask(077);
  REQUIRE(MakeDirs(folder / "a/b/c/", 0750));
  umask(before);
  CHECK(ModeOf(folder / "a/b/c") == 0750);
  REQUIRE(MakeDirs(folder / "a/b/c", 0700));
  CHECK(ModeOf(folder / "a/b/c") == 0750);
  REQUIRE(WriteFileAtomic(folder / "file", "", 0600));
  const auto blocked = MakeDirs(folder / "file/x", 0700);
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error().message == "mkdir " + (folder / "file") + ": Not a directory");
}

TEST_CASE("removing a tree does not follow links, and a missing path is fine") {
  const Folder folder;
  REQUIRE(MakeDirs(folder / "keep", 0700));
  REQUIRE(WriteFileAtomic(folder / "keep/f", "x", 0600));
  REQUIRE(MakeDirs(folder / "tree/deep", 0700));
  REQUIRE(symlink((folder / "keep").c_str(), (folder / "tree/deep/link").c_str()) == 0);
  REQUIRE(RemoveTree(folder / "tree"));
  CHECK_FALSE(std::filesystem::exists(folder / "tree"));
  CHECK(ReadFile(folder / "keep/f").value() == "x");
  CHECK(RemoveTree(folder / "tree"));
}

TEST_CASE("a descriptor is closed with its owner, once, and moves with it") {
  int raw = open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(raw >= 0);
  {
    Fd first(raw);
    Fd second(std::move(first));
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
    CHECK(second.get() == raw);
    CHECK(fcntl(raw, F_GETFD) >= 0);
  }
  CHECK(fcntl(raw, F_GETFD) == -1);
}

TEST_CASE("errno becomes the kind that a caller can act on") {
  CHECK(ErrnoError("x", ENOENT).kind == ErrorKind::kNotFound);
  CHECK(ErrnoError("x", EACCES).kind == ErrorKind::kDenied);
  CHECK(ErrnoError("x", ENOSPC).kind == ErrorKind::kUnavailable);
  CHECK(ErrnoError("x", EBUSY).kind == ErrorKind::kBusy);
  CHECK(ErrnoError("x", EIO).kind == ErrorKind::kIo);
  CHECK(ErrnoError("open /x", EIO).message == "open /x: Input/output error");
}

}  // namespace
}  // namespace kedge::sys
