// Handlers that keep the contract are told so, and only as far as it was shown.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform/author.h"

namespace kedge::testing {

TEST_CASE("a handler that keeps the contract is told so") {
  const Author author;
  const Tested tested = author.Test({"--failing", author.target() + ",impossible"});
  CAPTURE(tested.out);
  CHECK(tested.err == "");
  CHECK(tested.status == 0);
  CHECK(tested.Names("BROKEN") == "");
  CHECK(tested.Names("not shown") == "status-lines");
  CHECK(tested.Result(kOnGoodDisks) != "BROKEN");
  CHECK(
      tested.Names("ok") ==
      "trusted check rollback-of-nothing run verify-before-run verify-done verify-sees-work "
      "verify-changes-nothing rollback rollback-again verify-after-rollback run-cancelled run-crashed "
      "run-powered-off rollback-interrupted run-failing option-arguments check-reason nothing-left-running");
  CHECK(ReadAll(author.target()) == "old\n");
}

TEST_CASE("without anybody who looks, a handler's own word shows nothing") {
  const Author author;
  const Tested tested = author.TestWith({author.handler(), "--rounds", "2", "--", author.target(), "new"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  for (const char* name : {"rollback", "rollback-again", "run-cancelled", "run-crashed", "run-powered-off",
                           "rollback-interrupted", "verify-changes-nothing"}) {
    CAPTURE(name);
    CHECK(tested.Result(name) == "not shown");
    CHECK(tested.Words(name).find("--watch") != std::string::npos);
  }
}

TEST_CASE("somebody who looks where nothing changes shows nothing either") {
  const Author author;
  const Tested tested = author.TestWith(
      {author.handler(), "--watch", author.handler(), "--rounds", "2", "--", author.target(), "new"});
  CAPTURE(tested.out);
  CHECK(tested.Result("rollback") == "not shown");
  CHECK(tested.Words("run-powered-off").find("changes nothing") != std::string::npos);
}

TEST_CASE("a probe looks as well as a watched path") {
  const Author author;
  const Tested tested = author.TestWith(
      {author.handler(), "--probe", "cat," + author.target(), "--rounds", "2", "--", author.target(), "new"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Result("rollback") == "ok");
}

TEST_CASE("a single file has only run, and the rest is not shown") {
  Author author;
  // As AWS's Device Client calls it: the user's name comes first.
  author.Write("alone.sh", "#!/bin/sh\nprintf '%s\\n' \"$3\" >\"$2\"\n");
  const Tested tested = author.TestWith({author.handler() + "/alone.sh", "--watch", author.place(),
                                         "--rounds", "2", "--", author.target(), "new"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Result("run") == "ok");
  CHECK(tested.Result("rollback") == "not shown");
  CHECK(tested.Result("run-powered-off") == "absent");
  CHECK(ReadAll(author.target()) == "new\n");
}

TEST_CASE("a handler that wants reboots is called again for each, and stopped in each of its calls") {
  Author author;
  author.Begin("run",
               "if [ \"$KEDGE_REBOOTS\" -lt 2 ]; then : >\"$KEDGE_STATE_DIR/$KEDGE_REBOOTS\"; exit 194; fi");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Result("reboot") == "ok");
  CHECK(tested.Words("reboot").find("2 reboots") != std::string::npos);
  CHECK(tested.Result("run-cancelled") == "ok");
}

TEST_CASE("a handler that wants to be tried again is") {
  Author author;
  author.Begin("run", "[ \"$KEDGE_TRIES\" -ge 2 ] || exit 75");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.Result("run") == "ok");
  CHECK(tested.Words("try-later").find("2 times") != std::string::npos);
  CHECK(tested.status == 0);
  CHECK(tested.Result("run-cancelled") == "ok");
}

TEST_CASE("the containment without control groups will do") {
  const Author author;
  const TemporaryFolder folder;
  WriteAll(folder / "kedge.yaml", "process:\n  cgroups: no\n");
  const Tested tested = author.Test({"--config", folder / "kedge.yaml"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.out.find("without control groups") != std::string::npos);
  for (const char* name : {"run-cancelled", "run-crashed", "run-powered-off", "rollback-interrupted"}) {
    CAPTURE(name);
    CHECK(tested.Result(name) == "ok");
  }
}

TEST_CASE("another user's handler works in that user's folders") {
  if (geteuid() != 0) {
    MESSAGE("skipped: only root can run a handler as somebody else");
    return;
  }
  const Author author;
  REQUIRE(chmod(std::filesystem::path(author.place()).parent_path().c_str(), 0755) == 0);
  REQUIRE(chown(author.place().c_str(), 65534, 65534) == 0);
  REQUIRE(chown(author.target().c_str(), 65534, 65534) == 0);
  const Tested tested = author.Test({"--user", "nobody"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Result("run-powered-off") == "ok");
}

TEST_CASE("the handler echo, as shipped") {
  const Author author;
  const Tested tested =
      author.TestWith({KEDGE_HANDLERS "/echo", "--watch", author.place(), "--rounds", "3", "--", "hi"});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Names("BROKEN") == "");
  CHECK(tested.Result("rollback") == "not shown");  // it changes nothing, so nothing can be seen
}

TEST_CASE("the handler download-file, as shipped") {
  const Author author;
  WriteAll(author.handler() + "/source", std::string(100000, 'x'));
  const Tested tested = author.TestWith({KEDGE_HANDLERS "/download-file", "--guards",
                                         KEDGE_HANDLERS "/guards", "--watch", author.place(), "--rounds", "5",
                                         "--failing", "file:///nothing/there," + author.target(), "--",
                                         "file://" + author.handler() + "/source", author.target()});
  CAPTURE(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.Names("BROKEN") == "");
  CHECK(tested.Names("not shown") == "");
  CHECK(tested.Result(kOnGoodDisks) != "BROKEN");
}

}  // namespace kedge::testing
