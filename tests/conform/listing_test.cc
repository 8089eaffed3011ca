// The judge of files sees what a handler may have got wrong.
#include "conform/listing.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <utime.h>

#include <functional>

#include "handlers/program.h"

namespace kedge::testing {
namespace {

struct Changed {
  std::vector<std::string> lines;
  explicit Changed(const std::function<void(const std::string& place)>& change) {
    const TemporaryFolder folder;
    const std::string place = folder / "place";
    std::filesystem::create_directory(place);
    WriteAll(place + "/file", "content");
    WriteAll(place + "/other", "more");
    std::filesystem::create_symlink("file", place + "/link");
    conform::Lister lister;
    const auto was = lister.List({place});
    change(place);
    const auto is = lister.List({place});
    REQUIRE(was.has_value());
    REQUIRE(is.has_value());
    lines = conform::Differences(*was, *is);
    for (std::string& line : lines) line = line.substr(place.size());
  }
  bool OnlyOf(const std::string& path) const {
    return lines.size() == 1 && lines[0].compare(0, path.size() + 2, path + ": ") == 0;
  }
};

// With the time that it had.
void Rewrite(const std::string& path, const std::string& content) {
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  WriteAll(path, content);
  const timespec times[2] = {found.st_atim, found.st_mtim};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("nothing changed is no difference") {
  CHECK(Changed([](const std::string&) {}).lines.empty());
}

TEST_CASE("other content of the same length and time is a difference") {
  CHECK(Changed([](const std::string& place) { Rewrite(place + "/file", "CONTENT"); }).OnlyOf("/file"));
}

TEST_CASE("mode, time, name and target are differences") {
  CHECK(Changed([](const std::string& place) { chmod((place + "/file").c_str(), 0400); }).OnlyOf("/file"));
  CHECK(Changed([](const std::string& place) {
          const utimbuf times{1, 1};
          utime((place + "/file").c_str(), &times);
        }).OnlyOf("/file"));
  CHECK(
      Changed([](const std::string& place) { std::filesystem::remove(place + "/other"); }).OnlyOf("/other"));
  CHECK(Changed([](const std::string& place) { WriteAll(place + "/new", ""); }).OnlyOf("/new"));
  CHECK(Changed([](const std::string& place) {
          std::filesystem::remove(place + "/link");
          std::filesystem::create_symlink("other", place + "/link");
        }).OnlyOf("/link"));
}

TEST_CASE("a second name of a file is a difference of both") {
  CHECK(Changed([](const std::string& place) {
          std::filesystem::create_hard_link(place + "/file", place + "/second");
        }).lines.size() == 2);
}

TEST_CASE("an extended attribute is a difference") {
  const TemporaryFolder folder;
  if (setxattr(folder.path().c_str(), "user.kedge", "", 0, 0) != 0) {
    MESSAGE("skipped: no extended attributes on this file system");
    return;
  }
  CHECK(Changed([](const std::string& place) {
          setxattr((place + "/file").c_str(), "user.kedge", "red", 3, 0);
        }).OnlyOf("/file"));
}

}  // namespace kedge::testing
