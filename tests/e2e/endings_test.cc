// How a handler ended is told as it was.
#include <doctest/doctest.h>

#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

// The details of a job that this step made fail.
json DetailsOfFailure(Rig& rig, const std::string& job, const std::string& script,
                      const json& more = json::object()) {
  rig.service().CreateJob(job, rig.Document({rig.Step(rig.Script(job, script), {}, more)}));
  rig.WaitForStatus(job, "FAILED");
  return rig.service().Details(job);
}

std::string Text(const json& details, const char* name) { return details.value(name, ""); }

TEST_CASE("a handler that is killed by a signal has failed, and the signal is named") {
  Rig rig;
  CHECK(Text(DetailsOfFailure(rig, "killed", "kill -KILL $$"), "ending") == "killed by signal 9 (KILL)");
  CHECK(Text(DetailsOfFailure(rig, "broken", "ulimit -c 0; kill -SEGV $$"), "ending") ==
        "killed by signal 11 (SEGV)");
  rig.RunsAJob("next");
}

TEST_CASE("exit status 3 is exit status 3, and the reason names the step") {
  Rig rig;
  const json details = DetailsOfFailure(rig, "three", "echo so sorry >&2; exit 3");
  CHECK(Text(details, "ending") == "exit status 3");
  CHECK(Text(details, "reason").find("exit status 3") != std::string::npos);
  CHECK(Text(details, "reason").find("three") != std::string::npos);
  CHECK(Text(details, "stderr") == "so sorry");
}

TEST_CASE("exit status 1 with allowStdErr has failed all the same") {
  Rig rig;
  const json details = DetailsOfFailure(rig, "one", "exit 1", {{"allowStdErr", 10}});
  CHECK(Text(details, "ending") == "exit status 1");
}

TEST_CASE("more lines on stderr than allowStdErr allows: failed, no more: succeeded") {
  Rig rig;
  DetailsOfFailure(rig, "loud", "echo 1 >&2; echo 2 >&2; echo 3 >&2", {{"allowStdErr", 2}});
  const std::string soft = rig.Script("soft", "echo 1 >&2; echo 2 >&2");
  rig.service().CreateJob("soft", rig.Document({rig.Step(soft, {}, {{"allowStdErr", 2}})}));
  rig.WaitForStatus("soft", "SUCCEEDED");
}

TEST_CASE("a step over its time limit is ended with all that it started, and the limit is named") {
  Rig rig;
  const json details = DetailsOfFailure(
      rig, "slow", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & trap '' TERM; while :; do sleep 1; done",
      {{"timeoutSeconds", 1}});
  CHECK(Text(details, "ending") == "timed out after 1 s (the step's limit)");
  CHECK(rig.StepProcesses().empty());
}

}  // namespace
}  // namespace kedge::e2e
