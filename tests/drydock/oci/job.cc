#include "oci/job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "oci/words.h"

namespace kedge::drydock::oci {
namespace {

constexpr std::array<std::pair<JobState, std::string_view>, 6> kStates = {
    {{JobState::kAccepted, "ACCEPTED"},
     {JobState::kInProgress, "IN_PROGRESS"},
     {JobState::kCanceling, "CANCELING"},
     {JobState::kSucceeded, "SUCCEEDED"},
     {JobState::kFailed, "FAILED"},
     {JobState::kCanceled, "CANCELED"}}};

constexpr std::array<std::pair<Level, std::string_view>, 6> kLevels = {{{Level::kTrace, "TRACE"},
                                                                        {Level::kDebug, "DEBUG"},
                                                                        {Level::kInfo, "INFO"},
                                                                        {Level::kWarn, "WARN"},
                                                                        {Level::kError, "ERROR"},
                                                                        {Level::kFatal, "FATAL"}}};

std::string DoubtText(const std::string& thing, const std::string& verdict, const std::string& difference) {
  const std::string what = verdict == "unknown" ? thing + " cannot tell whether it is as it was before"
                                                : thing + " could not be brought back to what it was before";
  return what + " (verdict " + verdict + ")" + (difference.empty() ? "" : ": " + difference);
}

}  // namespace

std::string_view ToString(JobState state) { return WordFor(kStates, state); }
std::optional<JobState> JobStateFrom(std::string_view word) { return FromWord(kStates, word); }
std::string_view ToString(Level level) { return WordFor(kLevels, level); }
std::optional<Level> LevelFrom(std::string_view word) { return FromWord(kLevels, word); }

bool IsTerminal(JobState state) {
  return state == JobState::kSucceeded || state == JobState::kFailed || state == JobState::kCanceled;
}

std::optional<Failure> Job::FailureDetails() const {
  if (state == JobState::kSucceeded || !IsTerminal(state)) return std::nullopt;
  if (!failed && doubts.empty()) return std::nullopt;
  Failure failure = failed.value_or(Failure{"TERRAFORM_EXECUTION_ERROR", "canceled"});
  for (const std::string& doubt : doubts) failure.message += "; " + doubt;
  return failure;
}

void Job::Say(Instant now, Level level, std::string text) {
  if (log.size() == kMaxLog) log.erase(log.begin() + 1);
  log.push_back({++lines, now, level, std::move(text)});
}

void Job::Start(Instant now) {
  started = true;
  Say(now, Level::kInfo, thing + " has started the job");
  if (state != JobState::kAccepted) return;
  state = JobState::kInProgress;
  ++version;
}

void Job::Cancel(bool force, Instant now) {
  Say(now, Level::kWarn,
      std::string(forced  ? "the cancel is made a forced one"
                  : force ? "forced cancel requested"
                          : "cancel requested"));
  state = JobState::kCanceling;
  forced = force;
  ++version;
}

void Job::End(JobState terminal, Instant now, std::optional<Failure> why) {
  state = terminal;
  finished = now;
  failed = std::move(why);
  queue_at.reset();
  cancel_at.reset();
  confirm_by.reset();
  ++version;
  const bool failing = terminal == JobState::kFailed;
  Say(now, failing ? Level::kError : Level::kInfo,
      "the job is " + std::string(ToString(terminal)) + (failed ? ": " + failed->message : ""));
}

void Job::Doubt(const std::string& verdict, const std::string& difference, Instant now) {
  // The device's messages name the same resource more than once, with other words around it.
  const auto named = [&](const std::string& known) { return difference.find(known) != std::string::npos; };
  const bool known =
      difference.empty() ? !doubts.empty() : std::any_of(differences.begin(), differences.end(), named);
  if (known) return;
  if (!difference.empty()) differences.push_back(difference);
  doubts.push_back(DoubtText(thing, verdict, difference));
  Say(now, verdict == "unknown" ? Level::kWarn : Level::kError, doubts.back());
  if (FailureDetails()) ++version;
}

}  // namespace kedge::drydock::oci
