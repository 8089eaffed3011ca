#include "local/local_run.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "core/job_document.h"
#include "sys/clock.h"

namespace kedge::local {
namespace {

constexpr int64_t kTerminal = -2;  // numbers our questions to the daemon: those of doors begin with 1

ServiceExecution Queued(std::string document) {
  ServiceExecution execution;
  execution.id = {NewJobId(), kLocalNumber, sys::WallMillis()};
  execution.document = std::move(document);
  return execution;
}

const Closed* FindIn(const State& state, const ExecutionId& id) {
  const auto found = std::find_if(state.ledger.begin(), state.ledger.end(),
                                  [&](const Closed& closed) { return closed.id == id; });
  return found == state.ledger.end() ? nullptr : &*found;
}

std::string ReasonOf(const Quarantine& quarantine) {
  return "the device is in quarantine: " + quarantine.reason;
}

int ExitStatusOf(const Closed& closed) {
  if (closed.status == JobStatus::kSucceeded) return kDone;
  return closed.verdict.value_or(Verdict::kUnknown) == Verdict::kSafe ? kNotDone : kNotProven;
}

}  // namespace

JobId NewJobId() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
  return JobId{std::string("local-") + text + "-" + sys::RandomWord(4)};
}

Policy PolicyFor(Policy policy) {
  policy.connect_spread = policy.notice_wait = std::chrono::milliseconds(0);
  policy.progress = std::min(policy.progress, std::chrono::milliseconds(1000));
  policy.lease = false;
  policy.reboot_limit = 0;
  return policy;
}

std::string WhyNot(const State& state, bool is_repair) {
  if (state.quarantine && !is_repair) {
    return ReasonOf(*state.quarantine) +
           "; look at it, then, with kedged running: kedge rollback --retry, or kedge clear (only a document "
           "with \"repair\": true is run before that)";
  }
  if (state.current && !IsLocal(state.current->id)) {
    return "job " + state.current->id.job.value + " of the service is not over (" +
           std::string(ToString(state.current->phase)) +
           "), and only the service's answer ends it; start kedged and wait for it: systemctl start kedged "
           "&& "
           "kedge wait idle";
  }
  return "";
}

LocalRun::LocalRun(std::string document, sys::EventLoop& loop, const jobs::Topics& topics, RunPrinter printer,
                   std::function<void(decltype(Event::what))> handle)
    : loop_(loop),
      printer_(std::move(printer)),
      handle_(std::move(handle)),
      service_(topics, Queued(std::move(document)),
               {.tell = handle_,
                .updated = [this](const ServiceExecution& told) { printer_.Told(told); },
                .reconnect =
                    [this] {
                      printer_.Note(
                          "a new connection is asked for: there is none in a local run, so this "
                          "proves nothing about it");
                      reconnecting_ = loop_.Soon([this] {
                        handle_(LinkDown{"asked to connect anew"});
                        handle_(LinkUp{});
                      });
                    }}),
      began_(sys::BootMillis()) {
  const auto read = ParseJobDocument(*service_.execution().document);
  is_repair_ = read && read->repair;
}

store::Journal& LocalRun::Between(store::Journal& journal) {
  journal_ = std::make_unique<ToldJournal>(journal, [this](const HistoryEntry& entry) {
    if (entry.execution.job.value != of_) {
      // Ours is named above, unless something of an earlier run stands between.
      const bool is_plain = of_.empty() && entry.execution == service_.execution().id;
      of_ = entry.execution.job.value;
      if (!is_plain) printer_.Note("of job " + of_ + ":");
    }
    printer_.History(entry);
  });
  return *journal_;
}

void LocalRun::Begin(const std::string& file) {
  printer_.Started(service_.execution().id.job, file);
  handle_(LinkUp{});
  service_.Notify();
}

bool LocalRun::Takes(const Answer& answer) {
  if (answer.request != kTerminal) return false;
  printer_.Note(answer.text + (answer.accepted ? "; Ctrl-C again stops it at once" : ""));
  return true;
}

void LocalRun::Printed(int64_t task, bool is_stderr, std::string_view bytes) {
  printer_.Printed(task, is_stderr, bytes);
}

void LocalRun::Look(const State& state) {
  is_current_ = state.current && state.current->id == service_.execution().id;
  if (state.current || ending_ || !state.link_up) return;
  RunEnd end{.job = service_.execution().id.job, .text = "", .took = sys::BootMillis() - began_};
  if (const Closed* closed = FindIn(state, service_.execution().id)) {
    end.status = closed->status;
    end.verdict = closed->verdict;
    end.text = closed->text;
    end.exit_status = ExitStatusOf(*closed);
  } else if (state.quarantine && !is_repair_) {
    // What an earlier run had left could not be undone.
    end.text = ReasonOf(*state.quarantine);
    end.exit_status = kNotProven;
  } else if (IsTerminal(service_.execution().status)) {
    end.text = "called off before it was begun";
  } else {
    return;
  }
  End(std::move(end));
}

// On a turn of its own: the daemon has first to be done with what it is at.
void LocalRun::End(RunEnd end) {
  ending_ = loop_.Soon([this, end = std::move(end)] {
    printer_.Ended(end);
    loop_.Stop(end.exit_status);
  });
}

void LocalRun::Interrupt() {
  if (ending_) return;
  ++interrupts_;
  const JobId job = service_.execution().id.job;
  if (interrupts_ == 1 && is_current_) {
    return handle_(CancelRequested{kTerminal, job, false, "", "the terminal"});
  }
  if (IsTerminal(service_.execution().status)) {
    return printer_.Note("it is being stopped and undone; that is not cut short");
  }
  printer_.Note(is_current_ ? "called off by force: what runs is stopped, then everything is undone"
                            : "called off before it was begun");
  service_.CancelByForce({{"reason", "cancelled by force at the terminal"}});
}

}  // namespace kedge::local
