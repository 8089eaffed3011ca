// Drydock's core: the Jobs service as a pure function of requests and time. Each call takes the time and
// answers at once; the events that devices must be sent wait in TakeEvents(). Not thread safe: the dock locks
// around it.
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
  explicit Service(Account account = {}, Readings readings = {})
      : readings_(readings), control_(ledger_, std::move(account)) {}

  DevicePlane& device() { return device_; }
  ControlPlane& control() { return control_; }

  // Lets every timer that is due run out. The faces call it before each request, so that no request sees an
  // execution that should have timed out.
  void Tick(Instant now) { ledger_.Tick(now); }
  std::optional<Instant> NextDeadline() const { return ledger_.NextDeadline(); }
  std::vector<Event> TakeEvents() { return ledger_.TakeEvents(); }

 private:
  const Readings readings_;
  Ledger ledger_;
  DevicePlane device_{ledger_};
  ControlPlane control_;
};

}  // namespace kedge::drydock
