#include "random_state.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace kedge::store {

std::string RandomState::Text(size_t most) {
  static constexpr std::string_view kPieces[] = {
      "a", "Z", "0", " ", "\n", "\"",   "\\",   "ö",
      "😀", "'", ";", "%", "--", "\xFF", "\xC3", std::string_view("\0", 1)};
  std::string text;
  for (int64_t pieces = Number(0, static_cast<int64_t>(most)); pieces > 0; --pieces) {
    text += kPieces[static_cast<size_t>(Number(0, static_cast<int64_t>(std::size(kPieces)) - 1))];
  }
  return text;
}

std::vector<std::string> RandomState::Texts() {
  std::vector<std::string> texts(static_cast<size_t>(Number(0, 3)));
  for (auto& text : texts) text = Text();
  return texts;
}

// Few ids, so that the same execution comes back.
ExecutionId RandomState::Id() {
  return {{"job-" + std::to_string(Number(1, 60))}, Number(1, 2), Number(0, 1) * 1700000000000};
}

DetailsMap RandomState::Details() {
  DetailsMap details;
  for (int64_t i = Number(0, 3); i > 0; --i) details[Text(8)] = Text();
  return details;
}

Ending RandomState::How() {
  switch (Number(0, 8)) {
    case 0:
      return Exited{static_cast<int>(Number(0, 255))};
    case 1:
      return Signalled{static_cast<int>(Number(1, 64)), Chance(50)};
    case 2:
      return TimedOut{std::chrono::milliseconds(Number(0, 604800000)), static_cast<LimitOf>(Number(0, 4))};
    case 3:
      return CouldNotStart{Text()};
    case 4:
      return OutOfMemory{Number(0, 1000000000000)};
    case 5:
      return TaskLimit{Number(1, 4194304), Text()};
    case 6:
      return OutputLimit{Number(1, 1000000000000)};
    case 7:
      return NotDurable{Text()};
    default:
      return Interrupted{};
  }
}

Usage RandomState::Used() {
  Usage usage;
  usage.wall = std::chrono::milliseconds(Number(1, 1000000));
  usage.cpu = std::chrono::milliseconds(Number(0, 1000000));
  usage.peak_memory = Number(0, 1000000000000);
  if (Chance(30)) usage.leftovers = Texts();
  if (Chance(30)) usage.more_leftovers = Number(1, 5000);
  usage.kept = Chance(20);
  if (Chance(30)) usage.remarks = Texts();
  return usage;
}

StepRecord RandomState::Step() {
  StepRecord step;
  if (Chance(30)) return step;
  step.phase = Enum(StepPhase::kUndone);
  step.guarded = Texts();
  step.attempts = static_cast<int>(Number(0, 3));
  step.reboots = static_cast<int>(Number(0, 2));
  if (Chance(20)) step.no_way_back = Text();
  if (Chance(30)) step.tries = static_cast<int>(Number(1, 3));
  if (Chance(60)) step.ending = How();
  if (Chance(50)) step.usage = Used();
  if (Chance(50)) step.told = Details();  // volatile without an ending, as are the next two
  if (Chance(10)) step.kept = Number(1, 9);
  step.refused_told = Chance(10);
  step.out = Text(Chance(10) ? 4000 : 40);
  step.err = Text();
  step.started_wall = Number(-1, 1800000000000);
  step.ended_wall = Number(0, 1800000000000);
  return step;
}

PendingUpdate RandomState::Update() {
  PendingUpdate update;
  update.status = Enum(JobStatus::kCanceled);
  update.bare = Chance(50);
  update.attempts = static_cast<int>(Number(0, 9));
  update.mismatches = static_cast<int>(Number(0, 9));
  update.expected_version = Number(0, 100);
  if (Chance(50)) update.token = "token";  // volatile, as is the next
  update.due = Number(0, 100000);
  return update;
}

Execution RandomState::Current() {
  Execution execution;
  execution.id = Id();
  execution.offered_wall = Number(0, 1800000000000);
  if (Chance(20)) {
    execution.document =
        Chance(50) ? "" : "no document, see https://example.com/a?secret=1 " + Text();  // refused
    Progress(execution);
    return execution;
  }
  nlohmann::json steps = nlohmann::json::array();
  for (int64_t i = Number(1, 4); i > 0; --i) {
    std::string command =
        "echo," + std::to_string(Number(0, 1000000)) + std::string(Chance(10) ? 6000 : 0, 'x');
    if (Chance(30))
      command = "curl,https://bucket.example.com/file?X-Amz-Signature=" + std::to_string(Number(0, 99999));
    steps.push_back(
        {{"action", {{"name", "step"}, {"type", "runCommand"}, {"input", {{"command", command}}}}}});
  }
  execution.document = nlohmann::json{{"version", "1.0"}, {"steps", steps}}.dump();
  Result<JobDocument> document = ParseJobDocument(execution.document);
  if (!document) std::abort();  // the generator is wrong
  execution.plan.document = std::move(*document);
  for (size_t i = 0; i < steps.size(); ++i)
    execution.plan.verbs.push_back({Chance(50), Chance(50), Chance(50)});
  if (Chance(30)) execution.plan.verbs.back().guard_checks = {"files", "packages"};
  execution.steps.resize(steps.size());
  Progress(execution);
  return execution;
}

void RandomState::Progress(Execution& execution) {
  const auto count = static_cast<int64_t>(execution.steps.size());
  if (Chance(50)) execution.version = Number(0, 1000);
  execution.phase = Enum(Phase::kReporting);
  execution.cursor = static_cast<size_t>(Number(0, count));
  for (StepRecord& step : execution.steps) {
    if (Chance(40)) step = Step();
  }
  execution.task.reset();
  if (count > 0 && Chance(50)) {
    execution.task = Task{Number(1, 100000), Enum(TaskKind::kVerifyGuard),
                          static_cast<size_t>(Number(0, count - 1)), Text(6)};
  }
  execution.called_off = Chance(30);
  if (Chance(30)) {
    execution.cause = Cause{Enum(CauseKind::kNotOurs), Text(), {}, Details()};
    if (Chance(50)) execution.cause->service_status = Enum(JobStatus::kCanceled);
  }
  if (Chance(30)) execution.findings = {Texts(), Texts(), Texts()};
  execution.undo_next = static_cast<size_t>(Number(0, 9));
  execution.undo_failures = static_cast<int>(Number(0, 3));
  execution.verdict.reset();
  if (Chance(50)) execution.verdict = Enum(Verdict::kUnsafe);
  execution.update.reset();
  if (Chance(50)) execution.update = Update();
  execution.accepted_wall = Number(0, 1) * 1700000000001;
  execution.poll_due = Number(0, 100);  // volatile
  if (Chance(20)) execution.describe = Query{"token", 1, 2, true, 0};
}

Closed RandomState::Over(const ExecutionId& id) {
  Closed closed{id,     Enum(JobStatus::kCanceled),     {},
                Text(), static_cast<int>(Number(0, 3)), Number(0, 1800000000000)};
  if (Chance(50)) closed.verdict = Enum(Verdict::kUnsafe);
  return closed;
}

State RandomState::Make() {
  State state;
  if (Chance(70)) state.current = Current();
  if (Chance(30)) state.quarantine = Quarantine{Id(), Text(), Number(0, 1800000000000)};
  if (Chance(30)) {
    for (int64_t i = Number(1, 3); i > 0; --i) state.stranded.push_back(Current());
  }
  for (int64_t i = Number(0, 5) * Number(0, 12); i > 0; --i) state.ledger.push_back(Over(Id()));
  state.next_task = Number(1, 1000000);
  state.boot_id = Text();
  state.session = Text();  // volatile, as are the next
  state.next_token = Number(1, 100);
  state.link_up = Chance(50);
  return state;
}

State RandomState::After(const State& before) {
  if (Chance(3)) return Make();  // anything goes
  State after = before;
  if (Chance(10)) after.boot_id = Text();
  if (Chance(40)) after.next_task += Number(1, 3);
  if (Chance(5)) after.quarantine = Quarantine{Id(), Text(), 1};
  if (Chance(5)) after.quarantine.reset();
  auto& ledger = after.ledger;
  if (!ledger.empty() && Chance(10))
    ledger[static_cast<size_t>(Number(0, static_cast<int64_t>(ledger.size()) - 1))].reports += 1;
  if (!ledger.empty() && Chance(3))
    ledger.erase(ledger.begin() + Number(0, static_cast<int64_t>(ledger.size()) - 1));
  if (after.current && Chance(25)) {
    // As core closes: an older entry of the same execution gives way.
    const ExecutionId id = after.current->id;
    std::erase_if(ledger, [&](const Closed& closed) { return closed.id == id; });
    ledger.push_front(Over(id));
    if (ledger.size() > kLedgerSize) ledger.pop_back();
    // As core does when it could not be undone.
    if (Chance(30)) after.stranded.insert(after.stranded.begin(), *after.current);
    after.current.reset();
  }
  auto& stranded = after.stranded;
  const auto any = [&] { return Number(0, static_cast<int64_t>(stranded.size()) - 1); };
  if (!stranded.empty() && Chance(10)) Progress(stranded[static_cast<size_t>(any())]);
  if (!stranded.empty() && Chance(10)) stranded.erase(stranded.begin() + any());
  if (!after.current && !stranded.empty() && Chance(10)) {  // another attempt to undo it
    after.current = stranded.front();
    stranded.erase(stranded.begin());
  }
  if (stranded.size() > 5 || Chance(2)) stranded.clear();
  if (Chance(2)) stranded.insert(stranded.begin(), Current());
  if (after.current && Chance(5)) after.current.reset();  // forgotten: it will be offered again
  if (after.current && Chance(70)) Progress(*after.current);
  if (!after.current && Chance(60)) after.current = Current();
  if (Chance(2)) ledger.push_front(Over(Id()));
  while (ledger.size() > kLedgerSize) ledger.pop_back();
  return after;
}

std::vector<HistoryEntry> RandomState::History(const State& state) {
  std::vector<HistoryEntry> entries;
  for (int64_t i = Number(0, 3); i > 0; --i) {
    HistoryEntry entry;
    entry.execution = state.current && Chance(80) ? state.current->id : Id();
    entry.wall = Number(0, 1800000000000);
    entry.kind = "step-ended";
    if (Chance(50)) entry.step = static_cast<size_t>(Number(0, 3));
    entry.text = Text();
    if (Chance(30))
      entry.detail = R"({"stdout":")" + std::string(static_cast<size_t>(Number(0, 3000)), 'o') + "\"}";
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace kedge::store
