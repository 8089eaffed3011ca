// The Jobs service of a local run (`kedge run FILE`): holds one execution, in memory, and answers as the real
// one does: versions, refusals with the protocol's codes, and a forced cancel after which nothing is
// accepted. What it does not have: other jobs, timers, shadows, signed URLs.
//
// The daemon's side of it is a JobLink: requests come as topic and payload, as they would go to the broker.
// Answers go back as the events that jobs/ makes of the real service's messages, and not as messages, for the
// execution number of a local run is one that no message may carry (core/job_execution.h). Single threaded,
// no I/O. It answers from inside Publish: `tell` must not act on the event before Publish is over
// (Daemon::Handle queues it).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "jobs/topics.h"
#include "link/job_link.h"

namespace kedge::local {

class LocalService : public link::JobLink {
 public:
  struct Callbacks {
    std::function<void(decltype(Event::what))> tell;
    std::function<void(const ServiceExecution&)> updated;  // an update of the device was accepted
    std::function<void()> reconnect;                       // the device wants a new connection
  };
  // `execution`: QUEUED, with its document and a local execution number. `topics` outlives this.
  LocalService(const jobs::Topics& topics, ServiceExecution execution, Callbacks callbacks);

  // What notify-next says now: the execution, or that nothing is pending.
  void Notify();
  // As cancel-job-execution --force. False: it is over already, and nothing changes.
  bool CancelByForce(DetailsMap details);

  const ServiceExecution& execution() const { return execution_; }

  void Publish(const std::string& topic, const std::string& payload, bool retain) override;
  void Reconnect() override { callbacks_.reconnect(); }

 private:
  struct Request;
  void AnswerNext(const Request& request);
  void AnswerDescribe(const Request& request);
  void AnswerUpdate(const Request& request);
  void RefuseUpdate(const Request& request, RejectedCode code, const std::string& message);

  const jobs::Topics& topics_;
  ServiceExecution execution_;
  const Callbacks callbacks_;
};

}  // namespace kedge::local
