// Every kind of breach is found, and told by its name. Each handler here is the good one with one thing
// wrong.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "conform/author.h"

namespace kedge::testing {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a handler that others may write is not executed") {
  const Author author;
  chmod((author.handler() + "/run").c_str(), 0777);
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "trusted");
  CHECK(Has(tested.Words("trusted"), "can be written by others"));
  CHECK(ReadAll(author.target()) == "old\n");
}

TEST_CASE("a check that changes something") {
  Author author;
  author.Begin("check", ": >>\"$1.checked\"");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("check") == "BROKEN");
  CHECK(Has(tested.Words("check"), "target.checked"));
}

TEST_CASE("a check that refuses without a reason") {
  Author author;
  author.Change("check", "  *) echo \"set-text: '$1' is no absolute path\" >&2; exit 2 ;;", "  *) exit 2 ;;");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "check-reason");
}

TEST_CASE("a rollback that fails when there is nothing to do") {
  Author author;
  author.Change("rollback", "[ -e kept ] || exit 0",
                "[ -e kept ] || { echo 'nothing was done' >&2; exit 1; }");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("rollback-of-nothing") == "BROKEN");
  CHECK(Has(tested.Words("rollback-of-nothing"), "nothing was done"));
  CHECK(tested.Result("rollback") == "ok");
}

TEST_CASE("a verify that cannot fail") {
  Author author;
  author.Write("verify", "#!/bin/sh\nexit 0\n");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "verify-before-run verify-sees-work verify-after-rollback");
}

TEST_CASE("a verify that says no after a good run") {
  Author author;
  author.Change("verify", "if [ \"$KEDGE_EXPECT\" = done ]; then",
                "if [ \"$KEDGE_EXPECT\" = done ]; then exit 3");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "verify-done");
}

TEST_CASE("a verify that finds differences and does not say which") {
  Author author;
  author.Begin("verify", "exec >/dev/null");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.Names("BROKEN") == "verify-sees-work");
}

// As a script of Python or sh -e ends when something in it is wrong.
TEST_CASE("a verify that dies of its own mistake, after rollback only") {
  Author author;
  author.Begin("verify", "[ \"$KEDGE_EXPECT\" = done ] || exit 1");
  const Tested tested = author.Test({"--rounds", "1"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("rollback") == "BROKEN");
  CHECK(Has(tested.Words("rollback"), "it says: nothing on stdout; 1 is for differences"));
}

TEST_CASE("a verify that changes something") {
  Author author;
  author.Begin("verify", "touch -- \"$1.seen\"");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("verify-changes-nothing") == "BROKEN");
  CHECK(Has(tested.Words("verify-changes-nothing"), "target.seen"));
}

TEST_CASE("a rollback that does nothing, and a verify that believes it") {
  Author author;
  author.Write("rollback", "#!/bin/sh\nexit 0\n");
  author.Change("verify", "[ -e kept ] || exit 0", "exit 0");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("rollback") == "BROKEN");
  CHECK(Has(tested.Words("rollback"), "though verify says so"));
}

TEST_CASE("a rollback that puts back the content and loses the time of the file") {
  Author author;
  author.Change("rollback", "  cp -p -- was \"$1.new\"", "  cat -- was >\"$1.new\"");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.Result("rollback") == "BROKEN");
}

TEST_CASE("a rollback that works once") {
  Author author;
  author.Change("rollback", "  mv -f -- \"$1.new\" \"$1\"",
                "  mv -f -- \"$1.new\" \"$1\"; [ ! -e again ] || rm -- \"$1\"; : >again");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("rollback") == "ok");
  CHECK(tested.Result("rollback-again") == "BROKEN");
}

TEST_CASE("a run that changes first and keeps the mark afterwards") {
  Author author;
  author.Change("run", "  : >kept; sync -- kept .", "  printf 'half' >\"$1\"; sleep 0.3; : >kept");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  for (const char* name : {"run-cancelled", "run-crashed", "run-powered-off"}) {
    CAPTURE(name);
    CHECK(tested.Result(name) == "BROKEN");
  }
  CHECK(tested.Result("rollback") == "ok");
  CHECK(Has(tested.Words("run-powered-off"), "target: file"));
}

TEST_CASE("a run that throws away on TERM what its rollback needs") {
  Author author;
  author.Change("run", "printf '%s\\n' \"$2\" >\"$1.new\"",
                "trap 'rm -f kept; exit 1' TERM; printf '%s\\n' \"$2\" >\"$1.new\"; sleep 0.3");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "run-cancelled");
}

TEST_CASE("a run that throws it away when nobody listens any more") {
  Author author;
  author.Change("run", "printf '%s\\n' \"$2\" >\"$1.new\"",
                "printf '%s\\n' \"$2\" >\"$1.new\"; trap '' PIPE\n"
                "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.02; echo at work 2>/dev/null || rm -f kept; done");
  const Tested tested = author.Test({"--rounds", "8"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "run-crashed");
}

TEST_CASE("a run that changes something before its way back is on the disk") {
  Author author;
  author.Change("run", "  if [ -e \"$1\" ]; then cp -p -- \"$1\" was; sync -- was; fi",
                "  cp -p -- \"$1\" was");
  author.Change("run", "  : >kept; sync -- kept .", "  : >kept");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.Names("BROKEN") == "");
  if (tested.Result(kOnGoodDisks) == "not shown") {
    MESSAGE("skipped: " << tested.Words(kOnGoodDisks));
    return;
  }
  CHECK(tested.status == 1);
  CHECK(tested.Result(kOnGoodDisks) == "BROKEN");
  CHECK(Has(tested.Words(kOnGoodDisks), "not synced"));
}

TEST_CASE("a rollback that cannot be interrupted") {
  Author author;
  author.Change("rollback", "rm -f -- \"$1.new\"", "rm -f -- \"$1.new\" kept; sleep 0.3");
  const Tested tested = author.Test({"--rounds", "6"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Result("rollback") == "ok");
  CHECK(tested.Result("rollback-interrupted") == "BROKEN");
  CHECK(Has(tested.Words("rollback-interrupted"), "called again"));
}

TEST_CASE("a rollback that leaves something that the next run stumbles over") {
  Author author;
  const TemporaryFolder elsewhere;  // where nobody looks
  author.Change("run", "printf '%s\\n' \"$2\" >\"$1.new\"",
                "mkdir -- '" + elsewhere / "lock" + "'; printf '%s\\n' \"$2\" >\"$1.new\"");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(Has(tested.out, "after its rollback no more"));
}

TEST_CASE("a run that says done although it failed") {
  Author author;
  author.Change(
      "run", "[ \"$2\" != impossible ] || { echo \"set-text: this text is impossible\" >&2; exit 3; }", ":");
  const Tested tested = author.Test({"--failing", author.target() + ",impossible"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "run-failing");
}

TEST_CASE("a failed run whose rollback forgets it") {
  Author author;
  author.Change("run",
                "[ \"$2\" != impossible ] || { echo \"set-text: this text is impossible\" >&2; exit 3; }",
                "[ \"$2\" != impossible ] || { rm -- \"$1\"; exit 3; }");
  const Tested tested = author.Test({"--failing", author.target() + ",impossible"});
  CAPTURE(tested.out);
  CHECK(tested.Names("BROKEN") == "run-failing");
  CHECK(Has(tested.Words("run-failing"), "absent"));
}

TEST_CASE("a run that leaves a process to finish the work") {
  Author author;
  author.Change("run", "mv -f -- \"$1.new\" \"$1\"", "mv -f -- \"$1.new\" \"$1\"; sleep 1000 &");
  const Tested tested = author.Test({"--rounds", "1"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "nothing-left-running");
  CHECK(Has(tested.Words("nothing-left-running"), "sleep"));
}

TEST_CASE("status lines that the agent refuses") {
  Author author;
  author.Begin("run", "echo progress=150 >&\"$KEDGE_STATUS_FD\"; echo verdict=safe >&\"$KEDGE_STATUS_FD\"");
  const Tested tested = author.Test({"--rounds", "1"});
  CAPTURE(tested.out);
  CHECK(tested.status == 1);
  CHECK(tested.Names("BROKEN") == "status-lines");
  CHECK(Has(tested.Words("status-lines"), "whole number from 0 to 100"));
  CHECK(Has(tested.Words("status-lines"), "the agent itself says this"));
}

}  // namespace kedge::testing
