// What a device may ask of the service, whichever way it asks (reference aws-iot-jobs.md, 2 to 4). Checks
// come in the order of section 4: request, existence, terminal state, expected version, transition.
//
// Pointers given out are valid until the next call that changes something. A null execution: nothing is
// pending.
#pragma once

#include <string>
#include <vector>

#include "ledger.h"
#include "outcome.h"
#include "requests.h"

namespace kedge::drydock {

struct PendingLists {
  std::vector<const Execution*> in_progress;
  std::vector<const Execution*> queued;  // ten in both together
};

inline constexpr const char* kNext = "$next";

// An update that was accepted. `state` is what it made of the execution, which may have been queued again
// since.
struct Updated {
  const Execution* execution;  // never null
  ExecutionState state;
};

class DevicePlane {
 public:
  explicit DevicePlane(Ledger& ledger) : ledger_(ledger) {}

  Outcome<PendingLists> GetPending(const std::string& thing);
  Outcome<const Execution*> StartNext(const std::string& thing, const StartNextRequest& request, Instant now);
  // `job_id` may be kNext, which gives the head of the pending list or null and ignores the execution number.
  Outcome<const Execution*> Describe(const std::string& thing, const std::string& job_id,
                                     const DescribeRequest& request);
  Outcome<Updated> Update(const std::string& thing, const std::string& job_id, const UpdateRequest& request,
                          Instant now);

  // The document of an execution given out by one of the above, its placeholders filled in anew.
  std::string Document(const Execution& execution, Instant now);

 private:
  Outcome<Thing*> Find(const std::string& thing);

  Ledger& ledger_;
};

}  // namespace kedge::drydock
