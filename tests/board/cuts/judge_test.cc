#include "board/cuts/judge.h"

#include <doctest/doctest.h>

namespace kedge::board {
namespace {

Facts Current(const std::string& phase, Files files, const std::string& verdict = "") {
  return {.status = phase, .verdict = verdict, .closed = false, .files = files, .begun = {}};
}
Facts Closed(const std::string& status, Files files, const std::string& verdict = "") {
  return {.status = status, .verdict = verdict, .closed = true, .files = files, .begun = {}};
}

TEST_CASE("alone, a device has to be as it says that it is") {
  CHECK(JudgeAlone(Current("", Files::kBefore)).empty());
  CHECK(JudgeAlone(Current("accepting", Files::kBefore)).empty());
  CHECK(JudgeAlone(Current("finishing", Files::kAfter)).empty());
  CHECK(JudgeAlone(Current("reporting", Files::kBefore, "safe")).empty());
  CHECK(JudgeAlone(Closed("SUCCEEDED", Files::kAfter)).empty());
  CHECK(JudgeAlone(Closed("CANCELED", Files::kBefore, "safe")).empty());

  for (const Files files : {Files::kAfter, Files::kNeither}) {
    CHECK_FALSE(JudgeAlone(Current("", files)).empty());
    CHECK_FALSE(JudgeAlone(Current("checking", files)).empty());
    CHECK_FALSE(JudgeAlone(Current("reporting", files, "safe")).empty());
    CHECK_FALSE(JudgeAlone(Closed("FAILED", files, "safe")).empty());
  }
  for (const Files files : {Files::kBefore, Files::kNeither}) {
    CHECK_FALSE(JudgeAlone(Current("finishing", files)).empty());
    CHECK_FALSE(JudgeAlone(Closed("SUCCEEDED", files)).empty());
  }
}

TEST_CASE("alone, a device has to have decided, and to be sure") {
  for (const char* phase : {"running", "pausing", "rebooting", "connecting", "stopping", "rolling-back"})
    CHECK_FALSE(JudgeAlone(Current(phase, Files::kBefore)).empty());
  for (const char* verdict : {"", "unknown", "unsafe"}) {
    CHECK_FALSE(JudgeAlone(Current("reporting", Files::kBefore, verdict)).empty());
    CHECK_FALSE(JudgeAlone(Closed("FAILED", Files::kBefore, verdict)).empty());
  }
  Facts facts = Closed("CANCELED", Files::kBefore, "safe");
  facts.recovering = true;
  CHECK_FALSE(JudgeAlone(facts).empty());
  facts = Closed("CANCELED", Files::kBefore, "safe");
  facts.quarantined = true;
  CHECK_FALSE(JudgeAlone(facts).empty());
}

TEST_CASE("no step is begun twice") {
  Facts facts = Closed("SUCCEEDED", Files::kAfter);
  facts.begun = "1\n2\n3\n";
  CHECK(JudgeAlone(facts).empty());
  CHECK(JudgeTogether(facts, "SUCCEEDED").empty());
  facts.begun = "1\n2\n1\n3\n";
  CHECK_FALSE(JudgeAlone(facts).empty());
  CHECK_FALSE(JudgeTogether(facts, "SUCCEEDED").empty());
}

TEST_CASE("on the disk that a cut left, what is half done may be anything, and all else not") {
  CHECK(JudgeDisk(Current("running", Files::kNeither)).empty());
  CHECK(JudgeDisk(Current("rolling-back", Files::kNeither)).empty());
  CHECK_FALSE(JudgeDisk(Current("accepting", Files::kNeither)).empty());
  CHECK_FALSE(JudgeDisk(Current("finishing", Files::kNeither)).empty());
  CHECK_FALSE(JudgeDisk(Closed("SUCCEEDED", Files::kNeither)).empty());
  CHECK_FALSE(JudgeDisk(Closed("FAILED", Files::kNeither, "safe")).empty());
}

TEST_CASE("together, device and service say the same, and it is so") {
  CHECK(JudgeTogether(Closed("SUCCEEDED", Files::kAfter), "SUCCEEDED").empty());
  CHECK(JudgeTogether(Closed("CANCELED", Files::kBefore, "safe"), "CANCELED").empty());
  CHECK(JudgeTogether(Closed("FAILED", Files::kBefore, "safe"), "CANCELED").empty());
  CHECK(JudgeTogether(Current("", Files::kBefore), "CANCELED").empty());

  CHECK_FALSE(JudgeTogether(Closed("SUCCEEDED", Files::kAfter), "CANCELED").empty());
  CHECK_FALSE(JudgeTogether(Closed("CANCELED", Files::kBefore, "safe"), "SUCCEEDED").empty());
  CHECK_FALSE(JudgeTogether(Closed("SUCCEEDED", Files::kBefore), "SUCCEEDED").empty());
  CHECK_FALSE(JudgeTogether(Closed("FAILED", Files::kAfter, "safe"), "FAILED").empty());
  CHECK_FALSE(JudgeTogether(Current("finishing", Files::kAfter), "SUCCEEDED").empty());
  CHECK_FALSE(JudgeTogether(Current("", Files::kBefore), "QUEUED").empty());
  CHECK_FALSE(JudgeTogether(Closed("FAILED", Files::kBefore, "unknown"), "FAILED").empty());
}

}  // namespace
}  // namespace kedge::board
