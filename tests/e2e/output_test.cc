// Whatever a handler prints, however much, and whoever holds the pipe: the job ends and its report is legal.
#include <doctest/doctest.h>

#include <charconv>

#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

json DetailsOfSuccess(Rig& rig, const std::string& job, const std::string& script) {
  rig.service().CreateJob(job, rig.Document({rig.Step(rig.Script(job, script))}));
  rig.WaitForStatus(job, "SUCCEEDED");
  return rig.service().Details(job);
}

bool EndsWith(const json& details, const char* name, const std::string& end) {
  return details.value(name, "").ends_with(end);
}

long PeakKilobytes(pid_t pid) {
  const std::string text = rig::StatusOf(pid, "VmHWM");
  long kilobytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes;
}

TEST_CASE("5,000 lines of output: the handler runs to its end, and the last lines are reported") {
  Rig rig;
  CHECK(EndsWith(DetailsOfSuccess(rig, "lines", "seq 1 5000"), "stdout", "4999 5000"));
}

TEST_CASE("200 KB on stderr while stdout stays open: no hang") {
  Rig rig;
  const json details = DetailsOfSuccess(
      rig, "stderr", "head -c 200000 /dev/zero | tr '\\0' e >&2; echo; echo the end >&2; echo done");
  CHECK(EndsWith(details, "stderr", "the end"));
  CHECK(EndsWith(details, "stdout", "done"));
}

TEST_CASE("a daemon that holds the handler's output: the job ends, and the daemon is gone") {
  Rig rig;
  const std::string script =
      "setsid bash -c 'exec -a " + rig.mark() + "-daemon sleep 1000' & echo left it running";
  CHECK(EndsWith(DetailsOfSuccess(rig, "daemon", script), "stdout", "left it running"));
  CHECK(rig.StepProcesses().empty());
  rig.RunsAJob("next");
}

TEST_CASE("50 MB on either pipe are counted, not kept") {
  Rig rig;
  rig.RunsAJob("before");
  const long before = PeakKilobytes(rig.kedged().pid());
  REQUIRE(before > 0);
  const std::string flood = "head -c 50000000 /dev/zero | tr '\\0' x; echo; echo the end";
  CHECK(EndsWith(DetailsOfSuccess(rig, "flood-out", flood), "stdout", "the end"));
  CHECK(EndsWith(DetailsOfSuccess(rig, "flood-err", "exec >&2; " + flood), "stderr", "the end"));
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed
  CHECK(PeakKilobytes(rig.kedged().pid()) < before + 10000);
#endif
}

TEST_CASE("odd characters in the output: the report is legal at once, and the text is kept") {
  Rig rig;
  const std::string printed =
      R"(printf 'na\303\257ve 100%% \346\274\242\345\255\227\r\nline two\001\002 \377\376 \360\237\232\242 end\t\033[0m\n')";
  const json details = DetailsOfSuccess(rig, "odd", printed);
  CHECK(details.value("stdout", "") == "na\u00efve 100% \u6f22\u5b57 line two \ufffd\ufffd \U0001f6a2 end");
  // Not refused and sent again without details: sent once.
  CHECK(rig.service().Statuses("odd") == std::vector<std::string>{"IN_PROGRESS", "SUCCEEDED"});
}

TEST_CASE("every byte there is, in the output of a failed step: the report is legal at once") {
  Rig rig;
  const std::string all =
      "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done; exit 1";
  rig.service().CreateJob(
      "bytes", rig.Document({rig.Step(rig.Script("bytes", "(" + all + ") | tee /dev/stderr; exit 5"))}));
  rig.WaitForStatus("bytes", "FAILED");
  CHECK(rig.service().Statuses("bytes") == std::vector<std::string>{"IN_PROGRESS", "FAILED"});
  CHECK(rig.service().Detail("bytes", "stdout").find("ABCDEFG") != std::string::npos);
}

}  // namespace
}  // namespace kedge::e2e
