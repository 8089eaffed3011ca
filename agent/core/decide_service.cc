// What the service says: offers, lists, answers. Notifications are hints; only answers to our own requests
// end anything (reference 5.7: suspicion by absence is safe to verify, never safe to act on).
#include <algorithm>

#include "core/decider.h"

namespace kedge {
namespace {

// After so many stale versions in a row the update goes without expectedVersion: somebody keeps changing the
// execution, and the execution number still guards it. Nobody stuck (I6).
constexpr int kMaxMismatches = 5;

constexpr int kDoubts = 3;  // empty answers after a notify that said otherwise (reference section 9, 2)

bool Matches(const std::string& token, const std::string& ours, TokenRule rule) {
  return token == ours || (rule == TokenRule::kMayLack && token.empty());
}

bool IsForUs(const Query& query, const std::string& token, TokenRule rule = TokenRule::kMustMatch) {
  return query.in_flight && Matches(token, query.token, rule);
}

}  // namespace

RejectionMeaning MeaningOf(const Rejection& rejection, const PendingUpdate& update) {
  using Kind = RejectionMeaning::Kind;
  // The state is the truth, whatever the code: a cancelled execution may be refused for its version too.
  if (rejection.state) {
    if (rejection.state->status == update.status && IsTerminal(update.status)) {
      return {Kind::kAlreadyThere, rejection.state};
    }
    if (IsTerminal(rejection.state->status)) return {Kind::kLost, rejection.state};
  }
  switch (rejection.code) {
    case RejectedCode::kVersionMismatch:
      return {Kind::kStillOurs, rejection.state};
    case RejectedCode::kInvalidStateTransition:
      return {rejection.state ? Kind::kTryAgain : Kind::kLost, rejection.state};
    case RejectedCode::kResourceNotFound:
    case RejectedCode::kTerminalStateReached:
      return {Kind::kLost, std::nullopt};
    case RejectedCode::kInvalidRequest:
      return {update.bare ? Kind::kPermanent : Kind::kBare, std::nullopt};
    case RejectedCode::kInvalidTopic:
    case RejectedCode::kInvalidJson:
      return {Kind::kPermanent, std::nullopt};
    case RejectedCode::kInternalError:
    case RejectedCode::kRequestThrottled:
    case RejectedCode::kOther:
      return {Kind::kTryAgain, std::nullopt};
  }
  return {Kind::kTryAgain, std::nullopt};
}

// --- Asking
// ---------------------------------------------------------------------------------------------------

void Decider::WantNext(int64_t due, int doubts) {
  auto& next = state().next;
  if (!next) {
    next = Query{};
    next->due = due;
  } else if (!next->in_flight) {
    next->due = std::min(next->due, due);
  }
  next->doubts = std::max(next->doubts, doubts);
}

void Decider::SendAskNext() {
  Query& next = *state().next;
  next.token = NextToken();
  next.in_flight = true;
  next.due =
      now_.boot + (policy_.reply_timeout + BackoffDelay(policy_.retry, next.attempts, now_.random)).count();
  ++next.attempts;
  Act(AskNext{next.token});
}

void Decider::Suspect() {
  // Of a local run of an earlier life no service knows.
  if (current().orphaned) return;
  if (!state().link_up) return;  // LinkUp asks
  if (current().describe && current().describe->in_flight) return;
  if (!current().describe) current().describe = Query{};
  SendDescribe();
}

void Decider::SendDescribe() {
  Query& query = *current().describe;
  query.token = NextToken();
  query.in_flight = true;
  query.due =
      now_.boot + (policy_.reply_timeout + BackoffDelay(policy_.retry, query.attempts, now_.random)).count();
  ++query.attempts;
  Act(Describe{query.token, current().id, current().phase == Phase::kPausing});
}

// --- Offers and lists
// -----------------------------------------------------------------------------------------

void Decider::OnOfferedIdle(const Offered& event) {
  if (event.source == Source::kNextReply) {
    if (!state().next || !IsForUs(*state().next, event.token))
      return Say("ignored, because it answers no question of ours");
  }
  if (IsStale(event)) {
    // The list is older than what was accepted here (reference section 9: eventually consistent); the job
    // behind it would sleep until the next event. Asked again, a few times.
    auto& next = state().next;
    if (event.source == Source::kNotifyNext) {
      WantNext(now_.boot + policy_.notice_wait.count());
    } else if (next->attempts > kDoubts) {
      next.reset();
    } else {
      next->in_flight = false;
      next->due = now_.boot + BackoffDelay(policy_.retry, next->attempts, now_.random).count();
    }
    return Say("ignored, because it is closed here");
  }
  state().next.reset();
  Take(event.execution, event.admission);
}

bool Decider::IsStale(const Offered& event) {
  return event.execution.status == JobStatus::kQueued && FindClosed(state(), event.execution.id) != nullptr;
}

void Decider::OnOfferedQuarantined(const Offered& event) {
  const auto* plan = std::get_if<Plan>(&event.admission);
  if (plan != nullptr && plan->document.repair) return OnOfferedIdle(event);
  // Nothing of it is run: the service is told what has become of it (its journal may be the one that was
  // lost).
  if (event.execution.status == JobStatus::kInProgress) return OnOfferedIdle(event);
  if (event.source == Source::kNotifyNext) {
    // No need to ask: this is the answer.
    if (state().next && !state().next->in_flight) state().next.reset();
  } else if (state().next && IsForUs(*state().next, event.token)) {
    state().next.reset();
  }
  Say("ignored, because the device is in quarantine: the job stays QUEUED");
}

void Decider::OnOfferedBusy(const Offered& event) {
  // Remembered: asked as soon as this one is over.
  if (event.execution.id != current().id) WantNext(now_.boot, 1);
}

void Decider::OnOfferedRunning(const Offered& event) {
  if (event.execution.id == current().id && !IsTerminal(event.execution.status)) {
    return Say("nothing new: it is the execution that runs");
  }
  WantNext(now_.boot, 1);
  Suspect();
}

void Decider::OnNothingNextIdle(const NothingNext& event) {
  auto& next = state().next;
  if (event.source == Source::kNotifyNext) {
    // It may be older than what told us that there is something.
    if (next && !next->in_flight && next->doubts == 0) next.reset();
    return;
  }
  if (!next || !IsForUs(*next, event.token)) return Say("ignored, because it answers no question of ours");
  if (next->doubts > 0) {
    --next->doubts;
    next->in_flight = false;
    next->due = now_.boot + BackoffDelay(policy_.retry, next->attempts, now_.random).count();
    return Say("asked again later: a notify said that something is queued");
  }
  next.reset();
}

void Decider::OnNothingNextRunning(const NothingNext&) { Suspect(); }

void Decider::OnPendingIdle(const PendingChanged& event) {
  const auto unknown = [this](const PendingEntry& entry) { return FindClosed(state(), entry.id) == nullptr; };
  if (std::none_of(event.in_progress.begin(), event.in_progress.end(), unknown) &&
      std::none_of(event.queued.begin(), event.queued.end(), unknown)) {
    return Say("nothing new in the list");
  }
  // notify-next usually follows and carries the document: wait for it a little rather than ask.
  WantNext(now_.boot + policy_.notice_wait.count(), kDoubts);
}

void Decider::OnPendingRunning(const PendingChanged& event) {
  const auto is_ours = [this](const PendingEntry& entry) { return entry.id == current().id; };
  if (std::any_of(event.in_progress.begin(), event.in_progress.end(), is_ours)) {
    return Say("nothing new: ours is in the list");
  }
  Suspect();
}

void Decider::OnNextRejected(const NextRejected& event) {
  auto& next = state().next;
  if (!next || !IsForUs(*next, event.token, TokenRule::kMayLack))
    return Say("ignored, because it answers no question of ours");
  next->in_flight = false;
  next->due = now_.boot + BackoffDelay(policy_.retry, next->attempts, now_.random).count();
}

// --- The answer to a suspicion
// --------------------------------------------------------------------------------

bool Decider::IsStillOurs(const Described& event) {
  Execution& execution = current();
  if (!execution.describe || !IsForUs(*execution.describe, event.token) ||
      event.execution.id.job != execution.id.job) {
    Say("ignored, because it answers no question of ours");
    return false;
  }
  execution.describe.reset();
  execution.poll_due = Jittered(policy_.poll);
  if (event.execution.id != execution.id) {
    Lose(std::nullopt, "the service has another execution of the same job");
    return false;
  }
  if (IsTerminal(event.execution.status)) {
    Lose(ExecutionState{event.execution.status, event.execution.version, event.execution.details},
         "describe says so");
    return false;
  }
  if (!execution.update) execution.version = std::max(execution.version, event.execution.version);
  return true;
}

void Decider::OnDescribedRunning(const Described& event) {
  if (IsStillOurs(event)) Say("false alarm: it is still ours");
}

void Decider::OnDescribeRejectedRunning(const DescribeRejected& event) {
  Execution& execution = current();
  if (!execution.describe || !IsForUs(*execution.describe, event.token, TokenRule::kMayLack) ||
      event.job != execution.id.job) {
    return Say("ignored, because it answers no question of ours");
  }
  switch (event.rejection.code) {
    case RejectedCode::kTerminalStateReached:
    case RejectedCode::kResourceNotFound:
      return Lose(event.rejection.state, "describe: " + std::string(ToString(event.rejection.code)));
    default:
      execution.describe->in_flight = false;
      execution.describe->due =
          now_.boot + BackoffDelay(policy_.retry, execution.describe->attempts, now_.random).count();
      return Say("asked again later");
  }
}

// --- The outbox
// -----------------------------------------------------------------------------------------------

void Decider::Queue(JobStatus status) {
  current().update = PendingUpdate{};
  current().update->status = status;
  SendUpdateNow();
}

void Decider::SendUpdateNow() {
  PendingUpdate& update = *current().update;
  update.expected_version = current().version;
  if (!state().link_up) return;  // LinkUp sends
  update.token = NextToken();
  update.due =
      now_.boot + (policy_.reply_timeout + BackoffDelay(policy_.retry, update.attempts, now_.random)).count();
  ++update.attempts;
  SendUpdate send;
  send.token = update.token;
  send.execution = current().id;
  send.status = update.status;
  if (!update.bare) send.details = DetailsFor(policy_, current(), update.status);
  if (!update.bare && update.status == JobStatus::kInProgress) send.step_timeout_minutes = Lease();
  if (update.mismatches < kMaxMismatches) send.expected_version = update.expected_version;
  Act(std::move(send));
}

bool Decider::Answers(const UpdateAccepted& event) {
  return AnswersUpdate(event.token, event.job, TokenRule::kMustMatch);
}

bool Decider::Answers(const UpdateRejected& event) {
  return AnswersUpdate(event.token, event.job, TokenRule::kMayLack);
}

bool Decider::AnswersUpdate(const std::string& token, const JobId& job, TokenRule rule) {
  const auto& update = current().update;
  if (update && !update->token.empty() && job == current().id.job && Matches(token, update->token, rule)) {
    return true;
  }
  Say("ignored, because it answers no update that waits");
  return false;
}

void Decider::AdoptVersion(const std::optional<ExecutionState>& truth) {
  PendingUpdate& update = *current().update;
  ++update.mismatches;
  if (truth) {
    current().version = truth->version;
  } else {
    update.mismatches = kMaxMismatches;  // no version to adopt
  }
}

RejectionMeaning Decider::Meaning(const Rejection& rejection) {
  const RejectionMeaning meaning = MeaningOf(rejection, *current().update);
  // Job and number can come again (deleted, created anew), and then this is the refusal of another execution:
  // an execution that was started is never QUEUED again, and its version never falls.
  const bool started = current().accepted_wall > 0;
  const auto& truth = meaning.truth;
  if (started && truth && (truth->status == JobStatus::kQueued || truth->version < current().version)) {
    return {RejectionMeaning::Kind::kLost, std::nullopt};
  }
  return meaning;
}

bool Decider::Resend(const RejectionMeaning& meaning) {
  using Kind = RejectionMeaning::Kind;
  PendingUpdate& update = *current().update;
  switch (meaning.kind) {
    case Kind::kTryAgain:
      update.token.clear();
      update.due = now_.boot + BackoffDelay(policy_.retry, update.attempts, now_.random).count();
      Say("sent again later");
      return true;
    case Kind::kBare:
      update.bare = true;
      SendUpdateNow();
      Say("sent again without details");
      return true;
    case Kind::kStillOurs:
      AdoptVersion(meaning.truth);
      SendUpdateNow();
      Say("still ours: sent again with the version that the service has");
      return true;
    default:
      return false;
  }
}

void Decider::OnUpdateAcceptedAccepting(const UpdateAccepted& event) {
  if (!Answers(event)) return;
  Accepted(event.state ? event.state->version : current().update->expected_version + 1);
}

void Decider::OnUpdateAcceptedRunning(const UpdateAccepted& event) {
  if (!Answers(event)) return;
  current().version = event.state ? event.state->version : current().update->expected_version + 1;
  current().update.reset();
  current().last_update = now_.boot;
}

void Decider::OnUpdateAcceptedFinishing(const UpdateAccepted& event) {
  if (!Answers(event)) return;
  Note("committed", "the service accepted SUCCEEDED");
  Close(JobStatus::kSucceeded, "succeeded");
}

void Decider::OnUpdateAcceptedReporting(const UpdateAccepted& event) {
  if (!Answers(event)) return;
  const JobStatus status = current().update->status;
  Note("reported", "the service accepted " + std::string(ToString(status)));
  Close(status, current().cause ? current().cause->text : "reported again");
}

void Decider::OnUpdateRejectedAccepting(const UpdateRejected& event) {
  if (!Answers(event)) return;
  using Kind = RejectionMeaning::Kind;
  const PendingUpdate& update = *current().update;
  const RejectionMeaning meaning = Meaning(event.rejection);
  if (meaning.kind == Kind::kStillOurs && meaning.truth && meaning.truth->status == JobStatus::kInProgress) {
    // Either our own acceptance was lost on the way (or one publish was delivered twice, QoS 1), or another
    // client of this thing was faster. Whose it is tells what is stored there.
    const DetailsMap& stored = meaning.truth->details;
    const bool ours = stored.empty() ? update.attempts > 1
                                     : stored == DetailsFor(policy_, current(), JobStatus::kInProgress);
    if (ours && meaning.truth->version == update.expected_version + 1) {
      return Accepted(meaning.truth->version);
    }
    Note("not-ours", "another client has started it: left to that client");
    return Close(JobStatus::kInProgress, "started by another client");
  }
  if (Resend(meaning)) return;
  if (meaning.kind == Kind::kLost) {
    return Lose(meaning.truth, "update: " + std::string(ToString(event.rejection.code)));
  }
  Note("refused", "the service refuses to start it: " + event.rejection.message);
  Close(JobStatus::kQueued, "the service refused IN_PROGRESS: " + event.rejection.message);
}

void Decider::OnUpdateRejectedRunning(const UpdateRejected& event) {
  if (!Answers(event)) return;
  using Kind = RejectionMeaning::Kind;
  const RejectionMeaning meaning = Meaning(event.rejection);
  if (meaning.kind == Kind::kLost || meaning.kind == Kind::kAlreadyThere) {
    return Lose(meaning.truth, "update: " + std::string(ToString(event.rejection.code)));
  }
  if (meaning.kind == Kind::kStillOurs && meaning.truth) current().version = meaning.truth->version;
  current().update.reset();
  if (meaning.kind == Kind::kStillOurs || meaning.kind == Kind::kTryAgain) {
    current().last_update = now_.boot;
    WantProgress();
  }
  Say("the progress report is dropped; the next one says more");
}

void Decider::OnUpdateRejectedFinishing(const UpdateRejected& event) {
  if (!Answers(event)) return;
  using Kind = RejectionMeaning::Kind;
  const RejectionMeaning meaning = Meaning(event.rejection);
  if (Resend(meaning)) return;
  if (meaning.kind == Kind::kAlreadyThere) {
    Note("committed", "SUCCEEDED had been accepted; the answer was lost on the way");
    return Close(JobStatus::kSucceeded, "succeeded");
  }
  // Over, and not a word how: SUCCEEDED may have been accepted before, its answer lost; even a single one may
  // have been delivered twice (QoS 1). Nobody can tell any more. The known state is the one before the job,
  // so there it goes back to, but that both agree is not claimed.
  const bool over = event.rejection.code != RejectedCode::kResourceNotFound;
  if (meaning.kind == Kind::kLost && !meaning.truth && over) {
    current().findings.not_verified.push_back("whether the service had accepted SUCCEEDED");
  }
  Lose(meaning.truth,
       "update: " + std::string(ToString(event.rejection.code)) + " " + event.rejection.message);
}

void Decider::OnUpdateRejectedReporting(const UpdateRejected& event) {
  if (!Answers(event)) return;
  using Kind = RejectionMeaning::Kind;
  Execution& execution = current();
  const RejectionMeaning meaning = Meaning(event.rejection);
  if (Resend(meaning)) return;
  if (meaning.kind == Kind::kAlreadyThere) {
    Note("reported", std::string(ToString(execution.update->status)) + " had been accepted before");
    return Close(execution.update->status, execution.cause ? execution.cause->text : "reported again");
  }
  // The refusal is the news: it tells how the execution ended there, with the operator's own details.
  LearnServiceEnd(meaning.truth);
  JobStatus status = JobStatus::kCanceled;
  if (execution.cause && execution.cause->service_status) {
    status = *execution.cause->service_status;
  } else if (event.rejection.code == RejectedCode::kResourceNotFound) {
    status = JobStatus::kRemoved;
  } else if (meaning.kind == Kind::kPermanent) {
    status = execution.update->status;
  }
  Close(status, execution.cause ? execution.cause->text : "ended by the service");
}

}  // namespace kedge
