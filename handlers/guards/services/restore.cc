#include "guards/services/restore.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "guards/services/compare.h"
#include "guards/services/keeper.h"
#include "guards/services/links.h"
#include "guards/services/names.h"
#include "guards/services/order.h"
#include "sys/files.h"

namespace kedge::services {
namespace {

using Units = std::vector<std::string>;

// Starting may pull in what has to be down; stopping that may take something down that has to be up.
constexpr int kRounds = 3;
// Stopping or restarting these takes the ground from under everything, the caller too.
const Units kNeverRestarted = {"dbus.service", "dbus-broker.service", "systemd-logind.service"};

bool IsIn(const Units& units, const std::string& unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

std::string Joined(const Units& units) {
  std::string text;
  for (const std::string& unit : units) text += (text.empty() ? "" : " ") + unit;
  return text;
}

class Restorer {
 public:
  Restorer(const std::string& folder, const Manifest& manifest) : folder_(folder), manifest_(manifest) {}

  Restored Run(Restarted restarted) {
    // With the files that they were started with: without its unit file a unit is stopped by signals alone.
    if (Look()) StopWhatIsUp();
    PutFilesBack();
    ReloadManager();
    for (int round = 0; round < kRounds && Look(); ++round) {
      bool has_done = round > 0 && StopWhatIsUp();
      ResetFailed();
      has_done |= StartWhatIsDown();
      // A second look always: what the killed step has asked for may reach systemd only now.
      if (round > 0 && !has_done) break;
    }
    if (Look()) RestartWhatHasExited();
    if (restarted == Restarted::kAgain && Look()) StartAgain();
    return std::move(restored_);
  }

 private:
  void Complain(const Error& error) {
    if (!IsIn(restored_.complaints, error.message)) restored_.complaints.push_back(error.message);
  }

  // False when `verb` could not be done for all of `units`.
  bool Do(const std::string& verb, const Units& units, bool may_fail = false, const Units& options = {}) {
    if (units.empty() && verb != "daemon-reload") return true;
    const auto asked = Ask(verb, units, options);
    if (asked) restored_.done.push_back(verb + (units.empty() ? "" : " " + Joined(units)));
    if (!asked && !may_fail) Complain(asked.error());
    return asked.has_value();
  }

  // The recorded units as they are now.
  bool Look() {
    auto states = Show(Ids(manifest_));
    if (!states) {
      Complain(states.error());
      return false;
    }
    now_ = *std::move(states);
    return true;
  }

  // The units, as recorded and as they are, for which `is_meant` says so.
  template <typename Predicate>
  Units Choose(Predicate is_meant) const {
    Units units;
    for (size_t i = 0; i < now_.size(); ++i) {
      if (is_meant(manifest_.recorded[i], now_[i])) units.push_back(manifest_.recorded[i].unit.id);
    }
    return units;
  }

  bool StopWhatIsUp() {
    const Units units = Choose([](const Recorded& was, const UnitState& is) {
      const Wanted wanted = WantedOf(was);
      return (wanted == Wanted::kDown || wanted == Wanted::kFailed) && (IsUp(is) || is.has_job);
    });
    Units ordered = InStartOrder(units, now_);
    std::reverse(ordered.begin(), ordered.end());
    Do("stop", ordered);
    return !units.empty();
  }

  void ResetFailed() {
    // Also before a start, for a unit that was started too often is not started again otherwise.
    Do("reset-failed", Choose([](const Recorded& was, const UnitState& is) {
         return is.active == "failed" && (WantedOf(was) == Wanted::kDown || WantedOf(was) == Wanted::kUp);
       }));
  }

  bool StartWhatIsDown() {
    // Also what is on its way down, or about to be: a start takes the place of what is queued.
    Units units = Choose([](const Recorded& was, const UnitState& is) {
      return WantedOf(was) == Wanted::kUp && (!IsAsWanted(Wanted::kUp, is) || is.has_job);
    });
    MakeWayForSockets(units);
    units = InStartOrder(units, now_);
    // At boot these wait for the end of undoing, and undoing would wait for them. Their files are back by
    // now: the services come last.
    const auto behind = std::stable_partition(
        units.begin(), units.end(), [this](const std::string& unit) { return !WaitsForUndoing(unit); });
    Do("start", Units(units.begin(), behind));
    Do("start", Units(behind, units.end()), false, {"--job-mode=ignore-dependencies"});
    started_.insert(started_.end(), units.begin(), units.end());
    // Whether one that did not come up comes up now is its own affair.
    const Units trying = Choose([](const Recorded& was, const UnitState& is) {
      return WantedOf(was) == Wanted::kTrying && is.active == "inactive";
    });
    Do("start", trying, true);
    return !units.empty();
  }

  // It counts as active all the same (RemainAfterExit=), so that a start would do nothing.
  void RestartWhatHasExited() {
    const Units units = Choose([](const Recorded& was, const UnitState& is) {
      return was.role == Role::kGuarded && TypeOf(is.id) == "service" && was.unit.active == "active" &&
             is.active == "active" && was.unit.sub == "running" && is.sub == "exited";
    });
    Do("restart", units);
    started_.insert(started_.end(), units.begin(), units.end());
  }

  bool WaitsForUndoing(const std::string& unit) const {
    return std::any_of(now_.begin(), now_.end(), [&unit](const UnitState& state) {
      const auto after = state.relations.find("After");
      return state.id == unit && after != state.relations.end() &&
             IsIn(after->second, "kedge-recovered.target");
    });
  }

  // A socket is not started while its service runs: the service is stopped and started with it.
  void MakeWayForSockets(Units& units) {
    Units triggered;
    for (const UnitState& unit : now_) {
      if (TypeOf(unit.id) != "socket" || !IsIn(units, unit.id)) continue;
      const auto services = unit.relations.find("Triggers");
      if (services == unit.relations.end()) continue;
      for (const std::string& service : services->second) {
        if (!IsIn(triggered, service) && !IsOwnUnit(service)) triggered.push_back(service);
      }
    }
    if (triggered.empty()) return;
    const auto states = Show(triggered);
    if (!states) return Complain(states.error());
    Units running;
    for (const UnitState& unit : *states) {
      if (IsUp(unit)) running.push_back(unit.id);
    }
    Do("stop", running);
    for (const std::string& service : running) {
      if (!IsIn(units, service)) units.push_back(service);
    }
  }

  Units NewLinks() const {
    Units links;
    for (const std::string& link : FindLinks(manifest_.names, "")) {
      if (!IsIn(manifest_.files, link)) links.push_back(link);
    }
    return links;
  }

  void PutFilesBack() {
    const auto verified = CallFilesGuard("verify", folder_, manifest_.files);
    if (!verified) return Complain(verified.error());
    const Units links = NewLinks();
    if (verified->status == 0 && links.empty() && !IsMarked()) return;
    // Once the files are back nothing shows any more that systemd does not know it yet.
    if (auto marked = sys::WriteFileAtomic(MarkPath(), "", 0600); !marked) return Complain(marked.error());
    for (const std::string& link : links) {
      const auto removed = RemoveLink(link);
      if (removed) restored_.done.push_back("removed " + link);
      if (!removed) Complain(removed.error());
    }
    RemoveEmptyLinkFolders(manifest_.folders, "");
    const auto put_back = CallFilesGuard("restore", folder_, manifest_.files);
    if (!put_back) return Complain(put_back.error());
    if (put_back->status != 0) return Complain({ErrorKind::kIo, ComplaintOf(*put_back)});
    if (verified->status != 0) restored_.done.push_back("put the units' files back");
  }

  void ReloadManager() {
    if (!Look()) return;
    const Units stale = Choose([](const Recorded& was, const UnitState& is) {
      return was.role == Role::kGuarded &&
             ((is.needs_daemon_reload && !was.unit.needs_daemon_reload) || is.load != was.unit.load);
    });
    if (!IsMarked() && stale.empty()) return;
    if (Do("daemon-reload", {})) static_cast<void>(sys::RemoveTree(MarkPath()));
  }

  std::string MarkPath() const { return folder_ + "/reload"; }
  bool IsMarked() const { return access(MarkPath().c_str(), F_OK) == 0; }
  std::string HandledPath() const { return folder_ + "/handled"; }

  // Which start of a service it is, and since when nothing has changed about it.
  using Stamp = std::pair<std::string, uint64_t>;
  static Stamp StampOf(const UnitState& unit) { return {unit.invocation, unit.changed_us}; }

  // As we left them last time.
  std::map<std::string, Stamp> ReadHandled() const {
    const auto text = sys::ReadFile(HandledPath());
    if (!text) return {};
    try {
      return nlohmann::json::parse(*text).get<std::map<std::string, Stamp>>();
    } catch (const nlohmann::json::exception&) {
      return {};  // then once more
    }
  }

  // A service that ran, and runs, but not since then: what it has read may have been changed by the step, and
  // been put back by now. What we have done about that ourselves is written down, lest we do it each time.
  void StartAgain() {
    const std::map<std::string, Stamp> handled = ReadHandled();
    Units restarted;
    Units reloaded;
    for (size_t i = 0; i < now_.size(); ++i) {
      const Recorded& was = manifest_.recorded[i];
      const UnitState& is = now_[i];
      if (was.role != Role::kGuarded || TypeOf(is.id) != "service" || WantedOf(was) != Wanted::kUp ||
          is.active != "active" || IsIn(kNeverRestarted, is.id) || IsIn(started_, is.id))
        continue;
      const auto known = handled.find(is.id);
      const auto [invocation, changed_us] = known == handled.end() ? StampOf(was.unit) : known->second;
      if (is.invocation != invocation)
        restarted.push_back(is.id);
      else if (is.changed_us != changed_us && is.can_reload)
        reloaded.push_back(is.id);
    }
    Do("restart", restarted);
    Do("reload", reloaded);
    if (!Look()) return;
    std::map<std::string, Stamp> stamps;
    for (const UnitState& unit : now_) stamps[unit.id] = StampOf(unit);
    const std::string text = nlohmann::json(stamps).dump();
    if (auto written = sys::WriteFileAtomic(HandledPath(), text, 0600); !written) Complain(written.error());
  }

  const std::string& folder_;
  const Manifest& manifest_;
  std::vector<UnitState> now_;
  Units started_;
  Restored restored_;
};

}  // namespace

Restored Restore(const std::string& folder, const Manifest& manifest, Restarted restarted) {
  return Restorer(folder, manifest).Run(restarted);
}

}  // namespace kedge::services
