#include "board/cuts/judge.h"

#include <algorithm>
#include <set>

#include "rig/files.h"

namespace kedge::board {
namespace {

std::string Word(Files files) {
  switch (files) {
    case Files::kBefore:
      return "as before the job";
    case Files::kAfter:
      return "as after the job";
    case Files::kNeither:
      break;
  }
  return "neither as before nor as after the job";
}

bool Ended(const Facts& facts, const char* how) { return facts.closed && facts.status == how; }

// The job's steps have all been done, and nothing takes that back by itself.
bool IsDone(const Facts& facts) {
  return Ended(facts, "SUCCEEDED") || (!facts.closed && facts.status == "finishing");
}

// Nothing of the job has run yet.
bool IsUntouched(const Facts& facts) {
  return facts.status.empty() ||
         (!facts.closed && (facts.status == "checking" || facts.status == "accepting"));
}

bool IsUndone(const Facts& facts) {
  return (facts.closed && facts.status != "SUCCEEDED") || (!facts.closed && facts.status == "reporting");
}

std::string Said(const Facts& facts) {
  if (facts.status.empty()) return "the device has not heard of the job";
  return "the device says " + facts.status + (facts.closed ? " (closed)" : "") +
         (facts.verdict.empty() ? "" : ", " + facts.verdict);
}

std::string CheckFiles(const Facts& facts, Files expected) {
  return facts.files == expected ? "" : Said(facts) + ", but the files are " + Word(facts.files);
}

std::string CheckBegun(const Facts& facts) {
  const auto lines = rig::Lines(facts.begun);
  std::set<std::string> once;
  for (const std::string& line : lines) {
    if (!once.insert(line).second) return "step " + line + " was begun twice";
  }
  return "";
}

std::string CheckDecided(const Facts& facts) {
  if (IsDone(facts)) return CheckFiles(facts, Files::kAfter);
  if (IsUndone(facts) && facts.verdict != "safe") return Said(facts) + ": the verdict is not safe";
  return CheckFiles(facts, Files::kBefore);
}

}  // namespace

std::string JudgeAlone(const Facts& facts) {
  if (facts.quarantined) return "the device is in quarantine: " + Said(facts);
  if (facts.recovering) return "the device is still recovering: " + Said(facts);
  if (!IsDone(facts) && !IsUntouched(facts) && !IsUndone(facts)) return "nothing is decided: " + Said(facts);
  if (std::string twice = CheckBegun(facts); !twice.empty()) return twice;
  return CheckDecided(facts);
}

std::string JudgeDisk(const Facts& facts) {
  if (facts.quarantined) return "the device is in quarantine: " + Said(facts);
  if (!IsDone(facts) && !IsUntouched(facts) && !IsUndone(facts)) return CheckBegun(facts);
  return CheckDecided(facts);
}

std::string JudgeTogether(const Facts& facts, const std::string& service) {
  const bool is_final = service == "SUCCEEDED" || service == "FAILED" || service == "REJECTED" ||
                        service == "CANCELED" || service == "TIMED_OUT" || service == "REMOVED";
  if (!is_final) return "the service has no end of the job, but " + service + "; " + Said(facts);
  if (facts.quarantined) return "the device is in quarantine: " + Said(facts);
  if (!facts.status.empty() && !facts.closed) return "the service says " + service + ", but " + Said(facts);
  if (std::string twice = CheckBegun(facts); !twice.empty()) return twice;
  if (IsDone(facts) != (service == "SUCCEEDED"))
    return "the service says " + service + ", but " + Said(facts);
  return CheckDecided(facts);
}

std::string Outcome(const Facts& facts) {
  if (IsDone(facts)) return facts.closed ? "done" : "done, not yet told";
  if (IsUntouched(facts)) return "never begun";
  if (IsUndone(facts)) return facts.closed ? "undone" : "undone, not yet told";
  return "on the way: " + facts.status;
}

}  // namespace kedge::board
