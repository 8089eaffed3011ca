// What the handler says and leaves behind, and what it makes of arguments that are odd or must fail.
#include <algorithm>

#include "conform/tester.h"
#include "core/execution.h"
#include "core/status_details.h"

namespace kedge::conform {
namespace {

constexpr char kOddArgument[] = "--kedge-handler-test";

// What the agent itself would say about each line: its own decision is asked.
std::vector<std::string> RefusedLines(const std::vector<process::Told>& told) {
  State state;
  state.current.emplace();
  Execution& execution = *state.current;
  execution.phase = Phase::kRunning;
  execution.plan.document.steps.resize(1);
  execution.plan.verbs.resize(1);
  execution.steps.resize(1);
  execution.steps[0].phase = StepPhase::kStarted;
  execution.task = Task{1, TaskKind::kRun, 0, ""};
  std::vector<std::string> refused;
  for (const process::Told& lines : told) {
    for (const auto& line : lines) {
      state.current->steps[0].refused_told =
          false;  // it says so once a step, and we want to hear it each time
      Transition next = Advance(Policy{}, std::move(state), Event{{}, TaskTold{1, {line}}});
      for (const HistoryEntry& entry : next.history) {
        const bool known = std::find(refused.begin(), refused.end(), entry.text) != refused.end();
        if (entry.kind == "status-refused" && !known) refused.push_back(entry.text);
      }
      state = std::move(next.state);
    }
  }
  return refused;
}

std::string Kept(const char* stream, const Capture& capture) {
  const auto bytes =
      capture.dropped + static_cast<int64_t>(capture.head.size()) + static_cast<int64_t>(capture.tail.size());
  if (bytes == 0) return std::string("nothing on ") + stream;
  return SizeInWords(bytes) + " on " + stream +
         (capture.dropped > 0 ? ", of which " + SizeInWords(capture.dropped) + " were dropped" : "");
}

}  // namespace

// Whether check lets the job come so far. A refusal has to give a reason.
bool Tester::IsAdmitted(std::string* refusal) {
  if (!handler_.has_check) return true;
  const Called checked = Call(TaskKind::kCheck);
  if (Succeeded(checked.ending)) return true;
  *refusal = Why(checked);
  if (StatusOf(checked) >= 0 && checked.output.err.lines == 0) {
    unreasoned_.push_back("check refuses with " + ToString(checked.ending) + " and says nothing on stderr");
  } else {
    ++reasoned_;
  }
  return false;
}

void Tester::TestFailing() {
  if (!options_.failing) {
    return Tell(kFailing, Finding::kNotShown, "give --failing 'ARG,ARG': arguments with which run must fail");
  }
  bench_.BeginJob(*options_.failing);
  const Picture before = Look();
  std::string refusal;
  if (!IsAdmitted(&refusal)) {
    return Tell(kFailing, Finding::kNotShown,
                "check refuses these arguments, so that run is not called: " + refusal);
  }
  const Called ran = Call(TaskKind::kRun);
  std::vector<std::string> broken;
  if (Succeeded(ran.ending)) broken.push_back("run ends with 0 with arguments with which it must fail");
  bool judged = false;
  if (handler_.has_rollback) {
    const Undo undo = UndoJob(before);
    broken.insert(broken.end(), undo.broken.begin(), undo.broken.end());
    judged = judge_.sees_anything();
  }
  if (!broken.empty()) return Tell(kFailing, Finding::kBroken, "", broken);
  if (!judged) {
    return Tell(kFailing, Finding::kNotShown,
                "it fails (" + Why(ran) + "), but whether it is undone then nothing has looked");
  }
  Tell(kFailing, Finding::kOk, Why(ran) + "; all as before after its rollback");
}

void Tester::TestOptions() {
  bench_.BeginJob(std::vector<std::string>(std::max<size_t>(options_.args.size(), 1), kOddArgument));
  const Picture before = Look();
  std::string refusal;
  if (!IsAdmitted(&refusal)) return Tell(kOptions, Finding::kOk, "check refuses them: " + refusal);
  const Called ran = Call(TaskKind::kRun);
  std::vector<std::string> broken;
  if (handler_.has_rollback) broken = UndoJob(before).broken;
  const std::string text = std::string("with ") + kOddArgument + " for every argument run ends: " + Why(ran);
  if (!broken.empty()) return Tell(kOptions, Finding::kBroken, text, broken);
  Tell(kOptions, Finding::kInformation, text + "; see that it was taken for what it is");
}

void Tester::TellStatusLines() {
  if (told_.empty()) return Tell(kStatusLines, Finding::kNotShown, "run tells nothing");
  const std::vector<std::string> refused = RefusedLines(told_);
  if (!refused.empty()) return Tell(kStatusLines, Finding::kBroken, "", refused);
  std::string keys;
  for (const process::Told& lines : told_) {
    for (const auto& [key, value] : lines) {
      if ((", " + keys + ",").find(", " + key + ",") == std::string::npos)
        keys += (keys.empty() ? "" : ", ") + key;
    }
  }
  Tell(kStatusLines, Finding::kOk, "accepted: " + SafeDetailValue(keys, Keep::kHead, 200));
}

void Tester::TellWords() {
  if (!unreasoned_.empty()) {
    Tell(kCheckReason, Finding::kBroken, "", unreasoned_);
  } else if (handler_.has_check) {
    Tell(kCheckReason, reasoned_ > 0 ? Finding::kOk : Finding::kNotShown,
         reasoned_ > 0 ? "" : "check has refused nothing");
  }
  if (calls_.empty()) return;
  if (left_running_.empty()) {
    Tell(kNothingLeft, Finding::kOk);
  } else {
    std::vector<std::string> seen;
    AddLines("", left_running_, &seen);
    Tell(kNothingLeft, Finding::kBroken, std::to_string(left_running_.size()) + " calls", seen);
  }
  TellStatusLines();
  Tell(kOutput, Finding::kInformation,
       "run writes " + Kept("stdout", good_run_.output.out) + " and " + Kept("stderr", good_run_.output.err));
}

}  // namespace kedge::conform
