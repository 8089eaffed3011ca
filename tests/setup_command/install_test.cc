#include "setup/install.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "link/link_testing.h"
#include "sys/files.h"

namespace kedge::setup {
namespace {

const Owner kOurs{geteuid(), getegid()};

std::string Read(const std::string& path) {
  const auto text = sys::ReadFile(path);
  return text ? *text : "(none)";
}

TEST_CASE("files are put in place with their mode, and what they replace is kept beside") {
  const link::TempFolder folder;
  const std::string key = folder / "etc/key";
  CHECK(*Install({{key, "one", 0400, kOurs}}) == std::vector<std::string>{key});
  CHECK(!std::filesystem::exists(key + ".bak"));
  CHECK(Install({{key, "one", 0400, kOurs}})->empty());
  CHECK(Install({{key, "two", 0400, kOurs}})->size() == 1);
  CHECK(Read(key) == "two");
  CHECK(Read(key + ".bak") == "one");
  struct stat found {};
  REQUIRE(stat((key + ".bak").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0400);
  // Another mode alone is mended, and is no reason for a copy of what is the same.
  CHECK(Install({{key, "two", 0440, kOurs}})->size() == 1);
  CHECK(Read(key + ".bak") == "one");
}

TEST_CASE("when one cannot be written, all are as before") {
  const link::TempFolder folder;
  const std::string first = folder / "first", second = folder / "second", third = folder / "third";
  REQUIRE(sys::WriteFileAtomic(first, "old", 0600));
  REQUIRE(mkdir(third.c_str(), 0755) == 0);  // cannot be replaced
  const auto done =
      Install({{first, "new", 0644, kOurs}, {second, "new", 0644, kOurs}, {third, "new", 0644, kOurs}});
  REQUIRE(!done);
  CHECK(done.error().message.find(third + " is not a regular file") != std::string::npos);
  CHECK(Read(first) == "old");
  struct stat found {};
  REQUIRE(stat(first.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  CHECK(!std::filesystem::exists(second));
}

TEST_CASE("a link is not written through") {
  const link::TempFolder folder;
  REQUIRE(sys::WriteFileAtomic(folder / "target", "safe", 0600));
  REQUIRE(symlink((folder / "target").c_str(), (folder / "key").c_str()) == 0);
  CHECK(!Install({{folder / "key", "new", 0400, kOurs}}));
  CHECK(Read(folder / "target") == "safe");
}

}  // namespace
}  // namespace kedge::setup
