#include "faults/oracle.h"

#include <cerrno>
#include <cstring>
#include <map>

#include "faults/story.h"
#include "rig/files.h"

namespace kedge::faults {
namespace {

// The state topic's word.
bool InQuarantine(const Cloud& cloud) { return cloud.state().value("state", "") == "quarantined"; }

bool SaidUnsafe(const Cloud& cloud) {
  const auto last = cloud.state().find("last");
  return last != cloud.state().end() && last->value("verdict", "") == "unsafe";
}

// What people read for an errno: the C library's words, or SQLite's.
bool NamesTheCause(const std::string& log, const std::string& harm) {
  static const std::map<std::string, int> kNumbers = {
      {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR},    {"EMFILE", EMFILE}, {"ENFILE", ENFILE},
      {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}, {"ENOSYS", ENOSYS},  {"EPERM", EPERM},   {"ENOENT", ENOENT},
      {"EPIPE", EPIPE},   {"ENOLCK", ENOLCK}, {"ENOBUFS", ENOBUFS}};
  const auto says = [&log](const char* words) { return log.find(words) != std::string::npos; };
  const auto number = kNumbers.find(harm);
  if (number != kNumbers.end() && says(std::strerror(number->second))) return true;
  // SQLite does not always keep the errno. But what is whole must not be called damaged, for what is damaged
  // is set aside.
  return says("(SQLite code ") && !says("malformed");
}

// kedged's log goes to stderr by this call: if it is hindered, nothing can be said there.
bool HindersSpeech(const Plan& plan) { return plan.syscall == "write" || plan.syscall == "writev"; }

}  // namespace

Findings JudgeRest(const Bench& bench, Cloud& cloud) {
  Findings found;
  found.end = cloud.Status();
  found.loud = InQuarantine(cloud) || SaidUnsafe(cloud);
  const std::string missing = EffectsMissing(bench.device());
  const std::string difference = testing::Diff(bench.before(), testing::List({bench.device()}));
  found.effects = missing.empty();
  found.untouched = difference.empty();
  if (found.end == "SUCCEEDED" && !found.effects) {
    found.violations.push_back("I1 agreement: SUCCEEDED, but " + missing);
  }
  if (found.end != "SUCCEEDED" && !found.untouched && !found.loud) {
    found.violations.push_back("I1 agreement: " + found.end + ", nothing said, but " + difference);
  }
  for (const std::string& task : bench.Tasks()) {
    found.violations.push_back("I2 nothing runs on: " + task);
  }
  for (const int step : {1, 2}) {
    const auto runs = rig::Lines(rig::ReadIfThere(bench.notes() + "/" + RunsFile(step))).size();
    if (runs > 1) {
      found.violations.push_back("I4 never twice: step " + std::to_string(step) + " was started " +
                                 std::to_string(runs) + " times");
    }
  }
  return found;
}

std::string JudgeDeath(const Death& death, const Plan* plan) {
  if (!death.status) return "";
  const int status = *death.status;
  if (status > 128) {
    if (plan != nullptr && plan->kills() && status == 128 + 9) return "";
    return "I6 nobody stuck: kedged was ended by signal " + std::to_string(status - 128);
  }
  if (plan == nullptr) return "I6 nobody stuck: kedged ended by itself, status " + std::to_string(status);
  if (status == 0) return "I6 nobody stuck: kedged ended by itself as if it had been asked to";
  if (!NamesTheCause(death.log, plan->harm) && !HindersSpeech(*plan)) {
    return "I6 nobody stuck: kedged ended with status " + std::to_string(status) + " and does not say why";
  }
  return "";
}

}  // namespace kedge::faults
