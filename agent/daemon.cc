#include "daemon.h"

#include <algorithm>

#include "admission.h"
#include "core/device_state.h"
#include "jobs/replies.h"
#include "jobs/requests.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/log.h"
#include "task_spec.h"

namespace kedge {
namespace {

using sys::Log;
using sys::LogLevel;

constexpr std::chrono::milliseconds kStallRetry{30000};
// A process in uninterruptible sleep may outlast KILL.
constexpr std::chrono::milliseconds kStraysLimit{30000};
// What is due is handled on the next turn of the loop; a commit to a slow card, or a large undo folder, may
// be between.
constexpr int64_t kOverdueMillis = 30000;
constexpr size_t kMaxUnsaved = 1000;  // history entries kept in memory while the journal cannot be written
// A job that is over within this never shows as running: the state topic tells what stays, and costs little.
constexpr std::chrono::milliseconds kPublishDelay{1000};

// Work that makes something new. It waits for the journal; undoing, stopping and telling do not.
bool GoesForward(const Action& action) {
  if (const auto* start = std::get_if<StartTask>(&action)) return IsForward(start->task.kind);
  if (const auto* update = std::get_if<SendUpdate>(&action)) {
    return update->status == JobStatus::kInProgress || update->status == JobStatus::kSucceeded;
  }
  return std::holds_alternative<DropUndo>(action);
}

// The journal refuses everything from now on (journal.h).
bool IsBroken(const Error& error) {
  return error.kind == ErrorKind::kIo || error.kind == ErrorKind::kCorrupt;
}

// What `journalctl KEDGE_JOB=...` looks for.
sys::LogFields FieldsOf(const State& state) {
  if (!state.current) return {};
  const Execution& execution = *state.current;
  sys::LogFields fields = {{"KEDGE_JOB", execution.id.job.value},
                           {"KEDGE_EXECUTION", std::to_string(execution.id.number)},
                           {"KEDGE_PHASE", std::string(ToString(execution.phase))}};
  if (execution.cursor < execution.plan.document.steps.size()) {
    fields.emplace_back("KEDGE_STEP", std::to_string(execution.cursor + 1));
    fields.emplace_back("KEDGE_STEP_NAME", execution.plan.document.steps[execution.cursor].name);
  }
  return fields;
}

Instant Now() { return {sys::BootMillis(), sys::WallMillis(), sys::RandomFraction()}; }

}  // namespace

Daemon::Daemon(const Config& config, sys::EventLoop& loop, store::Journal& journal,
               process::Children& children, const jobs::Topics& topics, Doors doors)
    : config_(config),
      loop_(loop),
      journal_(journal),
      children_(children),
      topics_(topics),
      doors_(std::move(doors)) {}

Result<void> Daemon::Start(link::JobLink& link, const std::string& boot_id,
                           const std::string& journal_trouble) {
  link_ = &link;
  auto loaded = journal_.Load();
  if (!loaded) return Unexpected(loaded.error());
  state_ = committed_ = std::move(*loaded);
  if (state_.current && state_.current->task) inherited_ = state_.current->task->id;
  // First of all nothing of earlier lives is alive: not what the journal knows of (Restarted asks for its
  // end), and not what it could not be told of (an undo while the disk was full).
  held_ = true;
  inbox_.push_back({Restarted{boot_id, sys::RandomWord(4), journal_trouble}});
  strays_ = children_.StopStrays(TaskSuffix(config_));
  if (strays_.empty()) {
    Release();
  } else {
    strays_timer_ = loop_.At(sys::BootMillis() + kStraysLimit.count(), [this] {
      Log(LogLevel::kError, "something that an earlier life started cannot be ended; going on beside it");
      Release();
    });
  }
  return {};
}

bool Daemon::Recovering() const {
  if (held_) return true;
  if (!state_.current) return false;
  const Execution& execution = *state_.current;
  // The first thing after a start: what was left of that task is ended, and then it is decided what becomes
  // of it.
  if (execution.task && execution.task->id == inherited_) return true;
  return execution.phase == Phase::kStopping || execution.phase == Phase::kRollingBack;
}

std::string Daemon::Stuck(int64_t now) const {
  if (held_ || stall_timer_) return "";  // they have timers of their own
  const int64_t late = now - NextDeadline(state_).value_or(INT64_MAX);
  return late < kOverdueMillis ? "" : "what was due " + std::to_string(late / 1000) + " s ago is not done";
}

void Daemon::LinkIsUp() {
  Handle(LinkUp{});
  published_.clear();
  PublishState();
}

void Daemon::LinkIsDown(const std::string& reason) { Handle(LinkDown{reason}); }

void Daemon::Receive(const std::string& topic, const std::string& payload, bool retained) {
  if (topic == topics_.CancelTopic()) return ReceiveCancel(payload, retained);
  auto incoming = jobs::Decode(topics_, topic, payload);
  if (!incoming) return Log(LogLevel::kWarning, "message dropped: " + incoming.error().message);
  std::visit([this](auto& event) { Handle(std::move(event)); }, *incoming);
}

void Daemon::ReceiveCancel(const std::string& payload, bool retained) {
  const jobs::CancelMessage message =
      jobs::DecodeCancel(topics_.thing(), payload, "topic " + topics_.CancelTopic());
  if (const auto refusal = cancel_guard_.Refusal(message, retained)) {
    Log(LogLevel::kWarning, "cancel by topic refused: " + *refusal);
    return AnswerOnTopic(message.token, jobs::InvalidCancel(*refusal));
  }
  if (!message.request) {
    return AnswerOnTopic(message.token, jobs::InvalidCancel(message.request.error().message));
  }
  CancelRequested request = *message.request;
  request.request = next_topic_request_--;
  topic_tokens_[request.request] = message.token;
  Handle(std::move(request));
}

void Daemon::AnswerOnTopic(const std::string& token, const Answer& answer) {
  const jobs::Message message = jobs::Encode(topics_, token, answer);
  link_->Publish(message.topic, message.payload, false);
}

void Daemon::TaskIsOver(const process::TaskName& name, TaskEnded event) {
  if (strays_.erase(name) > 0) {
    Log(LogLevel::kInfo, "what was left of " + name + " is ended");
    if (strays_.empty()) Release();
    return;
  }
  if (IsSync(name)) return SyncIsOver(event);
  event.task = TaskOf(name);
  if (!unsynced_.empty() && unsynced_.front().task == event.task)
    return unsynced_.push_back(std::move(event));
  if (config_.jobs.sync && HasToBeDurable(state_, event)) {
    if (const auto spec = SyncSpecFor(config_, event.task)) {
      unsynced_.push_back(std::move(event));
      return children_.Start(*spec);
    }
  }
  Handle(std::move(event));
}

void Daemon::SyncIsOver(const TaskEnded& sync) {
  std::deque<TaskEnded> waiting;
  waiting.swap(unsynced_);
  if (!waiting.empty() && !Succeeded(sync.ending)) {
    const std::string said = sync.output.err.Text();
    waiting.front().ending = NotDurable{"sync: " + ToString(sync.ending) + (said.empty() ? "" : ", " + said)};
  }
  for (TaskEnded& event : waiting) Handle(std::move(event));
}

void Daemon::TaskTells(const process::TaskName& name, const process::Told& told) {
  Handle(TaskTold{TaskOf(name), told});
}

void Daemon::TaskOutlives(const process::TaskName& name, const std::string& who) {
  Log(LogLevel::kWarning, name + " outlives KILL: " + who, FieldsOf(state_));
  if (!strays_.contains(name)) Handle(TaskSurvives{TaskOf(name), who});
}

void Daemon::Handle(decltype(Event::what) what) {
  // While the inbox waits nothing was begun: there is nothing to end but the program.
  if (held_ && std::holds_alternative<ShutdownRequested>(what)) return loop_.Stop(0);
  inbox_.push_back({std::move(what)});
  Work();
}

void Daemon::Release() {
  strays_.clear();
  strays_timer_.reset();
  held_ = false;
  Work();
}

void Daemon::Work() {
  if (handling_) return;
  handling_ = true;
  while (!inbox_.empty() && !held_) {
    auto next = std::move(inbox_.front());
    inbox_.pop_front();
    HandleOne(std::move(next));
  }
  handling_ = false;
}

// What waits for the journal is older than what comes now of the same task.
void Daemon::JoinStalled(decltype(Event::what)* what) {
  const auto join_told = [this](int64_t task, DetailsMap* told) {
    std::erase_if(stalled_, [&](const auto& held) {
      const auto* before = std::get_if<TaskTold>(&held);
      if (before == nullptr || before->task != task) return false;
      told->insert(before->told.begin(), before->told.end());  // what is there already is newer
      return true;
    });
  };
  if (auto* told = std::get_if<TaskTold>(what)) return join_told(told->task, &told->told);
  auto* ended = std::get_if<TaskEnded>(what);
  if (ended == nullptr) return;
  // The end of what the task had kept is not the end of the task: that one comes first.
  const auto first = std::find_if(stalled_.begin(), stalled_.end(), [&](const auto& held) {
    const auto* waits = std::get_if<TaskEnded>(&held);
    return waits != nullptr && waits->task == ended->task;
  });
  if (first != stalled_.end()) {
    TaskEnded end = std::get<TaskEnded>(std::move(*first));
    stalled_.erase(first);
    *ended = std::move(end);
  }
  join_told(ended->task, &ended->told);
}

void Daemon::HandleOne(Incoming incoming) {
  JoinStalled(&incoming.what);
  Event event{Now(), incoming.what};
  if (auto* offered = std::get_if<Offered>(&event.what); offered != nullptr && !state_.current) {
    // Only an agent that is free looks a job over; a busy one merely notes that there is another.
    offered->admission = Admit(config_, offered->execution);
  }
  if (std::holds_alternative<LinkDown>(event.what)) {
    std::erase_if(stalled_, [](const auto& what) { return std::holds_alternative<LinkUp>(what); });
  }
  Transition next = Advance(config_.policy, state_, event);
  const bool quiet = std::holds_alternative<TimePassed>(event.what) && next.actions.empty();
  const sys::LogFields fields = FieldsOf(next.state.current ? next.state : state_);
  if (!quiet) Log(LogLevel::kInfo, ToString(event) + " -> " + next.answer, fields);

  const bool forward = std::any_of(next.actions.begin(), next.actions.end(), GoesForward);
  const auto done = Commit(next, forward);
  if (!done && IsBroken(done.error()) && !std::holds_alternative<JournalFailed>(event.what)) {
    inbox_.push_front({JournalFailed{done.error().message}});
    if (forward && !incoming.again) {
      // Seen once more when the job has been called off.
      incoming.again = true;
      inbox_.insert(inbox_.begin() + 1, std::move(incoming));
      return;
    }
  }
  if (!done && forward) {
    for (const Action& action : next.actions) {
      const auto* answer = std::get_if<Answer>(&action);
      if (answer != nullptr)
        Perform(Answer{answer->request, false, done.error().message + "; try again later",
                       RejectedCode::kInternalError});
    }
    return Stall(std::move(incoming.what));
  }
  // Undo, stop and tell all the same: what is not in the journal is done again after a crash, and may be.
  state_ = std::move(next.state);
  for (const Action& action : next.actions) {
    Log(LogLevel::kInfo, "  " + ToString(action), fields);
    if (!std::holds_alternative<DropUndo>(action)) Perform(action);
  }
  ArmDeadline();
  NotePublication();
  doors_.changed();
  // Last, for it takes a while and nobody waits for it.
  for (const Action& action : next.actions) {
    if (std::holds_alternative<DropUndo>(action)) Perform(action);
  }
}

// Nothing new is done that is not in the journal first. What comes only once is kept; whatever else it was,
// it is asked for again or is due again.
void Daemon::Stall(decltype(Event::what) what) {
  Log(LogLevel::kError, "nothing new is started until the journal can be written; trying again in 30 s");
  if (std::holds_alternative<Restarted>(what)) {
    held_ = true;  // nothing has a meaning before it
    inbox_.push_front({std::move(what)});
  } else if (std::holds_alternative<TaskEnded>(what) || std::holds_alternative<TaskTold>(what) ||
             std::holds_alternative<UpdateAccepted>(what) || std::holds_alternative<LinkUp>(what)) {
    stalled_.push_back(std::move(what));
  }
  if (stall_timer_) return;
  deadline_.reset();
  stall_timer_ = loop_.At(sys::BootMillis() + kStallRetry.count(), [this] { RetryStalled(); });
}

void Daemon::RetryStalled() {
  std::deque<decltype(Event::what)> again;
  again.swap(stalled_);
  stall_timer_.reset();
  held_ = false;
  for (auto& what : again) Handle(std::move(what));
  armed_for_ = 0;
  Handle(TimePassed{});
}

Result<void> Daemon::Commit(const Transition& next, bool forward) {
  const State durable = Durable(next.state);
  if (durable == committed_ && next.history.empty()) return {};
  std::vector<HistoryEntry> history = unsaved_;
  history.insert(history.end(), next.history.begin(), next.history.end());
  auto done = journal_.Commit(committed_, durable, history);
  if (!done && done.error().kind == ErrorKind::kUnavailable && !forward && journal_.FreeReserve()) {
    Log(LogLevel::kWarning, "the disk is full: stopping and undoing use the journal's reserve");
    done = journal_.Commit(committed_, durable, history);
  }
  if (done) {
    committed_ = durable;
    unsaved_.clear();
    return {};
  }
  Log(LogLevel::kError, done.error().message, FieldsOf(next.state));
  if (IsBroken(done.error())) StartJournalAnew(forward ? Durable(state_) : durable, done.error());
  if (!forward && history.size() <= kMaxUnsaved) unsaved_ = std::move(history);
  return done;
}

// One strike: the file that failed is not written again. What is known goes into a new one.
void Daemon::StartJournalAnew(const State& known, const Error& error) {
  auto anew = journal_.StartAnew(known, error.message);
  if (!anew) return Log(LogLevel::kError, anew.error().message);
  committed_ = known;
  Log(LogLevel::kWarning, "the journal was begun anew; the one that failed is kept beside it");
}

void Daemon::Perform(const Action& action) {
  const auto publish = [this](const jobs::Message& message) {
    link_->Publish(message.topic, message.payload, false);
  };
  if (const auto* start = std::get_if<StartTask>(&action)) {
    auto spec = SpecFor(config_, *state_.current, start->task, start->limit, start->whose);
    if (spec) return children_.Start(*spec);
    failed_start_ = loop_.Soon([this, name = NameOf(config_, start->task.id), why = spec.error().message] {
      TaskIsOver(name, {0, CouldNotStart{why}});
    });
  } else if (const auto* stop = std::get_if<StopTask>(&action)) {
    children_.Stop(NameOf(config_, stop->task), stop->grace);
  } else if (const auto* left = std::get_if<StopLeftovers>(&action)) {
    children_.StopLeftovers(NameOf(config_, left->task));
  } else if (const auto* update = std::get_if<SendUpdate>(&action)) {
    publish(jobs::Encode(topics_, *update));
  } else if (const auto* ask = std::get_if<AskNext>(&action)) {
    publish(jobs::Encode(topics_, *ask));
  } else if (const auto* describe = std::get_if<Describe>(&action)) {
    publish(jobs::Encode(topics_, *describe));
  } else if (std::holds_alternative<Reconnect>(action)) {
    link_->Reconnect();
  } else if (const auto* drop = std::get_if<DropUndo>(&action)) {
    if (auto gone = sys::RemoveTree(UndoFolder(config_, drop->execution)); !gone) {
      Log(LogLevel::kWarning, "undo data stays: " + gone.error().message);
    }
  } else if (const auto* answer = std::get_if<Answer>(&action)) {
    if (const auto asked = topic_tokens_.extract(answer->request); !asked.empty()) {
      return AnswerOnTopic(asked.mapped(), *answer);
    }
    doors_.answer(*answer);
  } else if (std::holds_alternative<Exit>(action)) {
    loop_.Stop(0);
  }
}

void Daemon::ArmDeadline() {
  if (stall_timer_) return;  // what is due then comes with it
  const int64_t due = NextDeadline(state_).value_or(0);
  if (due == armed_for_) return;
  armed_for_ = due;
  deadline_.reset();
  if (due == 0) return;
  deadline_ = loop_.At(due, [this] {
    armed_for_ = 0;
    Handle(TimePassed{});
  });
}

void Daemon::NotePublication() {
  if (!state_.link_up) return;
  const bool undone =
      !state_.ledger.empty() && state_.ledger.front().verdict && reported_ != state_.ledger.front().id;
  if (undone || state_.quarantine.has_value() != quarantined_) return PublishState();
  if (publish_timer_) return;
  publish_timer_ = loop_.At(sys::BootMillis() + kPublishDelay.count(), [this] { PublishState(); });
}

void Daemon::PublishState() {
  publish_timer_.reset();
  if (!state_.link_up) return;
  if (!state_.ledger.empty()) reported_ = state_.ledger.front().id;
  quarantined_ = state_.quarantine.has_value();
  std::string message = DeviceStateMessage(state_, config_.thing);
  if (message == published_) return;
  link_->Publish(topics_.StateTopic(), message, true);
  if (!config_.shadow.empty()) {
    link_->Publish(topics_.ShadowTopic(config_.shadow), DeviceShadowMessage(state_, config_.thing), false);
  }
  published_ = std::move(message);
}

}  // namespace kedge
