// A local run, `kedge run FILE`: one job document through the whole life of a job on this device, and then
// the end of the process. The daemon is the usual one, with the usual journal, handlers and guards; in the
// place of kedge-link and the Jobs service it gets LocalService. Ctrl-C is the operator's cancel: once
// gracefully, a second time as the service's forced one; both ways everything is undone and verified.
//
// A crash leaves an unfinished execution in the journal whose number (kLocalNumber) says that no service
// knows it: the next life of the agent, whichever it is, undoes it (Decider::Orphan). Single threaded.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "core/state.h"
#include "jobs/topics.h"
#include "local/local_service.h"
#include "local/run_printer.h"
#include "local/told_journal.h"
#include "store/journal.h"
#include "sys/event_loop.h"

namespace kedge::local {

// Exit statuses. Wrong use is 2, as everywhere.
inline constexpr int kDone = 0;       // SUCCEEDED
inline constexpr int kNotDone = 1;    // not run, or undone: the device is as it was before
inline constexpr int kNotProven = 3;  // neither done nor proven to be as before

// "local-20261130-141502-k3f9": when it began, and what makes it one of a kind.
JobId NewJobId();

// What differs for a local run: there is nobody to wait for, no lease to renew, and nothing that would go on
// with a job after a reboot.
Policy PolicyFor(Policy policy);

// Why a document may not be run locally on a device in this state, and what to do; "" when it may.
std::string WhyNot(const State& state, bool is_repair);

class LocalRun {
 public:
  // `handle` gives an event to the daemon. `topics` and `loop` outlive this.
  LocalRun(std::string document, sys::EventLoop& loop, const jobs::Topics& topics, RunPrinter printer,
           std::function<void(decltype(Event::what))> handle);

  // Between the daemon and its journal.
  store::Journal& Between(store::Journal& journal);
  link::JobLink& link() { return service_; }
  bool is_repair() const { return is_repair_; }

  // The daemon has been started: comes up, and offers the job. `file`: for people.
  void Begin(const std::string& file);
  // The answer to a cancel of ours; false: it is for another door.
  bool Takes(const Answer& answer);
  // The daemon's state may have changed. Ends the loop, with the exit status, when everything is over.
  void Look(const State& state);
  void Printed(int64_t task, bool is_stderr, std::string_view bytes);
  // Ctrl-C, and whatever else asks the process to end.
  void Interrupt();

 private:
  void End(RunEnd end);

  sys::EventLoop& loop_;
  RunPrinter printer_;
  const std::function<void(decltype(Event::what))> handle_;
  LocalService service_;
  std::unique_ptr<ToldJournal> journal_;
  bool is_repair_ = false;
  bool is_current_ = false;  // ours is what the agent works on
  int interrupts_ = 0;
  int64_t began_ = 0;  // boot time
  std::string of_;     // the job that the last line of history was about
  sys::Handle reconnecting_;
  sys::Handle ending_;
};

}  // namespace kedge::local
