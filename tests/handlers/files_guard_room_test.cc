// A full disk: a snapshot says so before it copies, a restore gets along.
#include <doctest/doctest.h>

#include "handlers/guard_case.h"

namespace kedge::testing {
namespace {

bool CanMount() {
  const bool can = Run({"/usr/bin/unshare", "-m", "/bin/true"}).status == 0;
  if (!can) MESSAGE("no mounts here (not root, or not allowed): nothing is shown");
  return can;
}

Finished InNamespace(const GuardCase& guard, const std::string& script) {
  return Run({"/usr/bin/unshare", "-m", "/bin/sh", "-euc", script, kGuard, guard.state(), guard.place()},
             guard.environment());
}

}  // namespace

TEST_CASE("files: too little room for the copies is said before anything is copied") {
  if (!CanMount()) return;
  const GuardCase guard;
  WriteAll(guard / "big", std::string(6 << 20, 'x'));
  const Finished finished = InNamespace(guard,
                                        "mount -t tmpfs -o size=4m none \"$1\"\n"
                                        "\"$0\" snapshot \"$2/big\" || { ls \"$1\"; exit 9; }\n");
  CHECK(finished.status == 9);
  CHECK(finished.err.find("not enough room in " + guard.state()) != std::string::npos);
  CHECK(finished.out == "");
}

TEST_CASE("files: what the step filled the disk with goes before files are written") {
  if (!CanMount()) return;
  const GuardCase guard;
  const Finished finished = InNamespace(guard,
                                        "mount -t tmpfs -o size=4m none \"$2\"\n"
                                        "head -c 1500000 /dev/urandom >\"$2/a\"\n"
                                        "head -c 1500000 /dev/urandom >\"$2/b\"\n"
                                        "sums=$(sha256sum \"$2/a\" \"$2/b\")\n"
                                        "\"$0\" snapshot \"$2/a\" \"$2/b\" \"$2/absent\"\n"
                                        "rm \"$2/a\"; head -c 1000000 /dev/zero >\"$2/b\"\n"
                                        "cat /dev/zero >\"$2/absent\" || true\n"
                                        "\"$0\" restore \"$2/a\" \"$2/b\" \"$2/absent\"\n"
                                        "\"$0\" verify \"$2/a\" \"$2/b\" \"$2/absent\"\n"
                                        "[ \"$sums\" = \"$(sha256sum \"$2/a\" \"$2/b\")\" ]\n");
  CAPTURE(finished.err);
  CHECK(finished.status == 0);
}

TEST_CASE("files: on a disk without room for a second copy the changed file makes way") {
  if (!CanMount()) return;
  const GuardCase guard;
  const Finished finished = InNamespace(guard,
                                        "mount -t tmpfs -o size=4m none \"$2\"\n"
                                        "head -c 3000000 /dev/urandom >\"$2/a\"\n"
                                        "sum=$(sha256sum \"$2/a\")\n"
                                        "\"$0\" snapshot \"$2/a\"\n"
                                        "head -c 3000000 /dev/urandom >\"$2/a\"\n"
                                        "\"$0\" restore \"$2/a\"\n"
                                        "\"$0\" verify \"$2/a\"\n"
                                        "[ \"$sum\" = \"$(sha256sum \"$2/a\")\" ]\n");
  CAPTURE(finished.err);
  CHECK(finished.status == 0);
}

}  // namespace kedge::testing
