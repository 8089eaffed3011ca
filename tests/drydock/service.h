// Drydock's core: the Jobs service as a pure function of requests and time. Each call takes the time and
// answers at once; the events that devices must be sent wait in TakeEvents(), what must be kept in
// TakeChanges(). Not thread safe: the dock locks around it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control_plane.h"
#include "device_plane.h"
#include "ledger.h"
#include "readings.h"

namespace kedge::drydock {

class Service {
 public:
  // `files_url`: where the files behind presigned URLs are served, up to and without /BUCKET/KEY.
  explicit Service(Account account = {}, Readings readings = {},
                   std::string files_url = "http://127.0.0.1/drydock/s3")
      : ledger_(readings, Presigner(std::move(files_url))), control_(ledger_, std::move(account)) {}

  const Readings& readings() const { return ledger_.readings(); }
  const Presigner& presigner() const { return ledger_.presigner(); }
  DevicePlane& device() { return device_; }
  ControlPlane& control() { return control_; }

  // Lets everything that is due run out. The faces call it before each request, so that no request sees an
  // execution that should have timed out.
  void Tick(Instant now) { ledger_.Tick(now); }
  std::optional<Instant> NextDeadline() const { return ledger_.NextDeadline(); }

  // Each: since the last call.
  std::vector<Event> TakeEvents() { return ledger_.TakeEvents(); }
  std::vector<Transition> TakeTransitions() { return ledger_.TakeTransitions(); }
  Records TakeChanges() { return ledger_.TakeChanges(); }
  // All that is to be kept, by kind and id.
  Records Snapshot() const { return ledger_.Snapshot(); }

  // Into a new service only: everything that TakeChanges() gave in former lives, each record as it was last.
  void Load(const Records& records) { ledger_.Load(records); }

 private:
  Ledger ledger_;
  DevicePlane device_{ledger_};
  ControlPlane control_;
};

}  // namespace kedge::drydock
