// Keeps a job of OCI and its execution together (reference oci-resource-manager.md, D.3 and D.4).
//
// A job becomes an execution on its thing. A cancel of one that the device has not started ends the execution
// at once. Of one that runs:
//   graceful  a request goes to the device on kedge/things/THING/cancel, and the job is CANCELING until the
//             execution ends. FAILED is then what a device reports that was told to stop, and did: CANCELED.
//             SUCCEEDED: it had finished first. FAILED after the device has rejected the request: FAILED.
//   forced    the execution is ended as AWS does it, which the device learns later. The job is CANCELING
//             until the device's state message says that it is done with this job. One that never says so
//             does not hold it for ever: after Settings::stop_limit it is CANCELED, and the log says that
//             nobody knows whether the device has stopped.
// An execution that is cancelled or removed through AWS's own API counts as a forced cancel.
#pragma once

#include <vector>

#include "mqtt_api.h"
#include "oci/device_word.h"
#include "oci/job.h"
#include "oci/settings.h"
#include "service.h"

namespace kedge::drydock::oci {

class Follower {
 public:
  // Both outlive it.
  Follower(Service& service, const Settings& settings) : service_(service), settings_(settings) {}

  bool Knows(const std::string& thing) const;

  // Brings the job up to date with its execution, and does what is due.
  void Follow(Job& job, Instant now);
  // Of a job that is not over.
  void Cancel(Job& job, bool force, Instant now);
  // Of its thing; about whatever job.
  void OnReport(Job& job, const DeviceReport& report, Instant now);
  void OnReply(Job& job, const CancelReply& reply, Instant now);

  static std::optional<Instant> NextWake(const Job& job);
  // Requests to devices since the last call, in order.
  std::vector<Publication> TakePublications() { return std::exchange(publications_, {}); }

 private:
  void Queue(Job& job, Instant now);
  void Look(Job& job, Instant now);
  void OnEnded(Job& job, const Execution& execution, Instant now);
  void OnFailed(Job& job, const Execution& execution, Instant now);
  void OnCalledOff(Job& job, bool force, const std::string& how, Instant now);
  void CarryOutCancel(Job& job, Instant now);
  void RequestStop(Job& job, Instant now);
  void StopWaiting(Job& job, Instant now);

  Service& service_;
  const Settings& settings_;
  std::vector<Publication> publications_;
};

}  // namespace kedge::drydock::oci
