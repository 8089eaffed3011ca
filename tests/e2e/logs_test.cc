// `kedge logs --follow`: what a step prints is seen while the step runs.
#include <doctest/doctest.h>

#include "upgrade.h"

namespace kedge::e2e {
namespace {

size_t Times(const std::string& text, const std::string& words) {
  size_t times = 0;
  for (size_t at = 0; (at = text.find(words, at)) != std::string::npos; at += words.size()) ++times;
  return times;
}

TEST_CASE("kedge logs --follow prints a step's output while the step runs, once, between its events") {
  Rig rig;
  const Gate first(rig, "first", "echo seen late");
  const Gate second(rig, "second", "echo begun; echo careful >&2; printf 'no line feed'");
  rig.service().CreateJob("a", rig.Document({first.Step(), second.Step()}));
  first.WaitUntilReached();
  first.Open();
  second.WaitUntilReached();
  const auto logs = rig.StartKedge({"logs", "a", "--follow"});
  // Two pipes: which is read first nobody knows.
  rig.WaitUntil("the running step's lines",
                [&] { return logs->Said("begun\n") && logs->Said("err | careful\n"); });
  CHECK_FALSE(logs->Said("no line feed"));
  second.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(logs->Wait() == 0);
  const std::string log = logs->Log();
  INFO(log);
  for (const char* line : {"seen late\n", "begun\n", "err | careful\n", "no line feed\n"}) {
    CAPTURE(std::string(line));
    CHECK(Times(log, line) == 1);
  }
  CHECK(log.find("step-started  step 2/2 'second'") < log.find("begun\n"));
  CHECK(log.find("no line feed\n") < log.find("step-ended  step 2/2 'second'"));

  // Who comes later gets all of it from the history.
  CHECK(Times(rig.Kedge({"logs", "a"}).out, "begun\n") == 1);
}

}  // namespace
}  // namespace kedge::e2e
