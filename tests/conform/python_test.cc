// handlers/PROTOCOL.md is enough: a handler in another language, written from that page alone, keeps the
// contract.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "conform/author.h"

namespace kedge::testing {
namespace {

// A copy that others cannot write, whatever the umask of who checked it out.
void CopyHandler(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to);
  chmod(to.c_str(), 0755);
  for (const auto& entry : std::filesystem::directory_iterator(to)) chmod(entry.path().c_str(), 0755);
}

}  // namespace

TEST_CASE("a handler in Python passes 50 rounds of each kind") {
  if (!std::filesystem::exists("/usr/bin/python3")) {
    MESSAGE("skipped: there is no /usr/bin/python3");
    return;
  }
  const Author author;
  const std::string handler = author.handler() + "/line-block";
  CopyHandler(KEDGE_PYTHON_HANDLER, handler);
  const std::string tree = author.place() + "/tree";
  const Tested tested =
      author.TestWith({handler, "--watch", author.place(), "--rounds", "50", "--failing",
                       author.target() + ",colours,red," + author.place() + "/none/tree", "--",
                       author.target(), "colours", "a red line", tree, tree + "/of", tree + "/of/folders"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Names("BROKEN") == "");
  CHECK(tested.Names("not shown") == "");
  CHECK(tested.Result(kOnGoodDisks) != "BROKEN");
  CHECK(ReadAll(author.target()) == "old\n");
}

}  // namespace kedge::testing
