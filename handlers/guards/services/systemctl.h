// The service manager, through the program systemctl: what it says of units, and what it is asked to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::services {

// What `systemctl show` says of a unit. Words are systemd's own.
struct UnitState {
  std::string id;  // its real name; one of `names`
  std::vector<std::string> names;
  std::string load;      // loaded, not-found, masked, bad-setting, error
  std::string active;    // active, reloading, inactive, failed, activating, deactivating
  std::string sub;       // running, exited, dead, ...
  std::string file;      // UnitFileState: enabled, disabled, static, masked, ...; "" where there is no file
  std::string type;      // of a service: simple, forking, oneshot, notify, dbus, exec, idle
  std::string result;    // success, exit-code, signal, ...
  std::string fragment;  // the unit's file
  std::vector<std::string> drop_ins;
  std::string invocation;     // a new one at each start
  uint64_t changed_us = 0;    // the last change of its state, reloading included; microseconds of this boot
  uint64_t activated_us = 0;  // when it last became active
  bool has_job = false;       // something is queued for it
  bool needs_daemon_reload = false;
  bool can_reload = false;
  bool refuses_start = false;  // RefuseManualStart
  bool refuses_stop = false;
  // Other units, by systemd's property: "Requires", "RequiredBy", ...
  std::map<std::string, std::vector<std::string>> relations;
};

// active, or on the way there or away.
bool IsUp(const UnitState& unit);
// Neither on its way up nor down, and nothing is queued for it.
bool IsAtRest(const UnitState& unit);

// The names of `relations`.
const std::vector<std::string>& RelationNames();

// Reads what `systemctl show` prints for several units. kInvalid when it is something else.
Result<std::vector<UnitState>> ParseShow(const std::string& text);

// The state of each of `units`, in their order. kUnavailable, with systemctl's reason: no service manager
// runs.
Result<std::vector<UnitState>> Show(const std::vector<std::string>& units);

// Asks for `verb` (start, stop, restart, reload, reset-failed, daemon-reload) for all `units` in one call,
// and waits until it is done; systemd sees to their order. The error is what systemctl said. `options` of
// systemctl's.
Result<void> Ask(const std::string& verb, const std::vector<std::string>& units,
                 const std::vector<std::string>& options = {});

// Reads the states again and again until all units are at rest and each service that runs has done so for two
// seconds, so that one that fails at once is not taken for one that runs; not longer than `limit`. A service
// that has not stayed up for that long by then is given as `activating`. No wait for what was at rest before.
Result<std::vector<UnitState>> WaitUntilSettled(const std::vector<std::string>& units,
                                                std::chrono::milliseconds limit);

}  // namespace kedge::services
