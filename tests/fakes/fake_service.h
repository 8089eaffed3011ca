// The Jobs service as core sees it: a compare-and-set register for each execution, and the notify rule of
// reference section 5.1. For tests of the pure core; tests/drydock is the real thing. Not clever on purpose.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/action.h"
#include "core/event.h"

namespace kedge::fakes {

using What = decltype(Event::what);

class FakeService {
 public:
  struct Held {
    ServiceExecution execution;
    Admission admission;
    bool deleted = false;
  };

  // The operator's side; each gives the notifications that follow.
  std::vector<What> Create(const std::string& job, Admission admission, int64_t number = 1);
  std::vector<What> End(const std::string& job, JobStatus status,
                        DetailsMap details = {});  // forced cancel, time-out
  std::vector<What> Delete(const std::string& job);
  std::vector<What> StartElsewhere(const std::string& job);  // another client of the same thing

  // The device's side: the reply, and the notifications that follow an accepted update.
  What Reply(const AskNext& ask) const;
  What Reply(const Describe& ask) const;
  std::vector<What> Reply(const SendUpdate& update);

  const Held* Find(const std::string& job) const;
  JobStatus StatusOf(const std::string& job) const { return Find(job)->execution.status; }
  std::optional<std::string> fresh_document;  // what a Describe with the document brings
  // Every update that arrived, for assertions.
  std::vector<SendUpdate> updates;

 private:
  std::vector<const Held*> Pending() const;
  template <typename Change>
  std::vector<What> Mutate(Change change);
  Held* FindMutable(const std::string& job);

  std::vector<Held> executions_;
  int64_t queued_at_ = 1700000000000;
};

}  // namespace kedge::fakes
