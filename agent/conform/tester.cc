#include "conform/tester.h"

#include <utility>

#include "core/status_details.h"

namespace kedge::conform {
namespace {

constexpr size_t kMostLines = 8;  // of differences, of one look

std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const size_t line = text.rfind('\n');
  return SafeDetailValue(line == std::string_view::npos ? text : text.substr(line + 1), Keep::kHead, 200);
}

// With 1 it has to name differences. An interpreter ends with 1, too, when an error is not caught.
std::string WhatVerifySays(const Capture& out) {
  if (out.lines == 0) return "nothing on stdout; 1 is for differences, and what cannot be told ends with 3";
  return SafeDetailValue(out.Text(), Keep::kHead, 400);
}

const char* VerbWord(TaskKind kind) {
  switch (kind) {
    case TaskKind::kCheck:
      return "check";
    case TaskKind::kRollback:
      return "rollback";
    case TaskKind::kVerifyDone:
    case TaskKind::kVerifyUndone:
      return "verify";
    default:
      return "run";
  }
}

}  // namespace

int StatusOf(const Called& called) {
  const auto* exited = std::get_if<Exited>(&called.ending);
  return exited == nullptr ? -1 : exited->status;
}

std::string Why(const Called& called) {
  const std::string line = LastLine(called.output.err.Text());
  return ToString(called.ending) + (line.empty() ? "" : ": " + line);
}

std::string Milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

void AddLines(const std::string& head, const std::vector<std::string>& lines, std::vector<std::string>* to) {
  for (size_t i = 0; i < lines.size() && i < kMostLines; ++i) {
    to->push_back(head + SafeDetailValue(lines[i], Keep::kHead, 400));
  }
  if (lines.size() > kMostLines) {
    to->push_back(head + "and " + std::to_string(lines.size() - kMostLines) + " more");
  }
}

Tester::Tester(const Options& options, Bench& bench, Report& report, std::function<void(const Found&)> tell)
    : options_(options),
      bench_(bench),
      report_(report),
      tell_(std::move(tell)),
      judge_(options, bench),
      random_(report.seed) {}

void Tester::Tell(const Case& about, Finding finding, std::string text, std::vector<std::string> seen) {
  // What was cut off in the middle shows nothing, neither good nor bad.
  if (Stopped()) return;
  report_.found.push_back({about, finding, std::move(text), std::move(seen)});
  tell_(report_.found.back());
}

Called Tester::Call(TaskKind kind, const std::optional<StopAt>& stop) {
  Called called = bench_.Call(kind, stop);
  if (!called.stopped && !bench_.interrupted() && !called.usage.leftovers.empty()) {
    std::string names;
    for (const std::string& name : called.usage.leftovers) names += (names.empty() ? "" : ", ") + name;
    left_running_.push_back(std::string(VerbWord(kind)) + " has left running: " + names);
  }
  return called;
}

Picture Tester::Look() {
  auto picture = judge_.Look();
  if (picture) return std::move(*picture);
  if (trouble_.empty()) trouble_ = picture.error().message;
  return {};
}

Tester::Undo Tester::UndoJob(const Picture& before) {
  Undo undo;
  const Called rolled_back = Call(TaskKind::kRollback);
  if (!Succeeded(rolled_back.ending)) {
    undo.broken.push_back("rollback: " + Why(rolled_back) + ", expected exit status 0");
  }
  if (handler_.has_verify) {
    const Picture rolled = Look();
    const Called verified = Call(TaskKind::kVerifyUndone);
    const int status = StatusOf(verified);
    undo.verified = status == 0;
    undo.unsure = status > 1;
    if (!undo.verified && !undo.unsure) {
      undo.broken.push_back("verify with KEDGE_EXPECT=undone: " + Why(verified));
      AddLines("  it says: ", {WhatVerifySays(verified.output.out)}, &undo.broken);
    }
    AddLines("verify has changed ", judge_.Compare(rolled, Look()), &undo.broken);
  }
  const std::vector<std::string> differences = judge_.Compare(before, Look());
  AddLines(undo.verified ? "not as before, though verify says so: " : "not as before: ", differences,
           &undo.broken);
  return undo;
}

std::string Tester::Unseen(const Undo& undo) const {
  if (!judge_.sees_anything()) {
    return undo.verified ? "verify says undone, but nothing else looked: give --watch or --probe"
                         : "nothing looked: give --watch or --probe";
  }
  if (!changes_) return "run changes nothing of what --watch and --probe look at, so that they cannot tell";
  return "";
}

void Tester::TellUndo(const Case& about, const Undo& undo, const std::string& text) {
  if (!undo.broken.empty()) return Tell(about, Finding::kBroken, text, undo.broken);
  if (const std::string unseen = Unseen(undo); !unseen.empty())
    return Tell(about, Finding::kNotShown, unseen);
  std::string words = "all as before";
  if (undo.verified) words += ", and verify says so";
  if (undo.unsure) words += "; verify cannot tell: the verdict would be unknown";
  if (!handler_.has_verify) words += "; there is no verify: the verdict would be unknown";
  Tell(about, Finding::kOk, words);
}

void Tester::Test() {
  if (!TestTrust()) {
    report_.not_tested = "the agent does not execute it";
    return;
  }
  if (TestCheck() && !Stopped()) {
    if (handler_.has_rollback) TestRollbackOfNothing();
    if (TestGoodRun() && !Stopped() && handler_.has_rollback) TestMoments();
    if (!Stopped()) TestFailing();
    if (!Stopped()) TestOptions();
  }
  TellWords();
  if (bench_.interrupted()) {
    report_.not_tested = "interrupted; what had been begun was rolled back";
  } else if (!trouble_.empty()) {
    report_.not_tested = trouble_;
  }
}

}  // namespace kedge::conform
