#include "keeper.h"

#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "gauge.h"
#include "sys/clock.h"

namespace kedge::zoo {
namespace {

constexpr int64_t kPatience = 100000;  // milliseconds; an emulated machine needs many of them

bool IsCgroup2(const std::string& path) {
  struct statfs found {};
  return statfs(path.c_str(), &found) == 0 && static_cast<uint64_t>(found.f_type) == CGROUP2_SUPER_MAGIC;
}

std::string NewGroupPath() { return CgroupPlace() + "/kedge-zoo-" + sys::RandomWord(8); }

std::string WhyNoGroups() {
  const std::string place = CgroupPlace();
  if (place.empty()) return "no control groups of version 2 are mounted";
  const std::string trial = NewGroupPath();
  if (mkdir(trial.c_str(), 0755) != 0) return "no leave to make control groups in " + place;
  rmdir(trial.c_str());
  return "";
}

}  // namespace

const char* ToString(Kind kind) { return kind == Kind::kGroup ? "v2" : "descent"; }

namespace {

std::string FindCgroupPlace() {
  if (const char* named = std::getenv("KEDGE_ZOO_CGROUP")) return named;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with("0::")) continue;
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      if (IsCgroup2(mount)) return mount + (line == "0::/" ? "" : line.substr(3));
    }
  }
  return "";
}

}  // namespace

// Once: the room may move us into a group beneath ours, and the next one would be made beneath that.
std::string CgroupPlace() {
  static const std::string place = FindCgroupPlace();
  return place;
}

void RemoveGroup(const std::string& path) {
  rmdir((path + "/inner").c_str());
  for (int tries = 0; rmdir(path.c_str()) != 0 && errno == EBUSY && tries < 100000; ++tries) {
    sched_yield();
    rmdir((path + "/inner").c_str());
  }
}

std::vector<Kind> Kinds() {
  static const std::string why_not = WhyNoGroups();
  if (why_not.empty()) return {Kind::kGroup, Kind::kDescent};
  static const bool said = std::printf("zoo | only without control groups: %s\n", why_not.c_str()) > 0;
  REQUIRE(said);
  return {Kind::kDescent};
}

Keeper::Keeper(Kind kind) : kind_(kind) {
  process::ContainmentConfig config;
  config.use_cgroups = kind == Kind::kGroup;
  if (config.use_cgroups) config.cgroup_folder = NewGroupPath();
  auto made = process::MakeChildren(loop_, config, MakeListeners());
  REQUIRE(made);
  children_ = std::move(made->children);
  containment_ = std::move(made->containment);
  INFO(containment_.explanation);
  REQUIRE(containment_.cgroup == config.use_cgroups);
}

Keeper::~Keeper() {
  children_.reset();
  const std::string& folder = containment_.cgroup_folder;
  if (containment_.cgroup) CHECK(rmdir(folder.c_str()) == 0);
  if (animals_.empty()) return;
  // A case has failed and left it all to us. What it killed is ours to bury, or the next case would see it.
  for (const auto& [name, animal] : animals_) {
    KillAllIn(animal.folder);
    if (containment_.cgroup) RemoveGroup(folder + "/" + name);
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  if (containment_.cgroup) RemoveGroup(folder);
}

process::Listeners Keeper::MakeListeners() {
  process::Listeners listeners;
  listeners.ended = [this](const process::TaskName& name, const Ending& ending, const Output& output,
                           const Usage& usage, const process::Told& told) {
    Watched& animal = Of(name);
    animal.report.took = sys::BootMillis() - animal.since;
    animal.report.held = HeldIn(animal.folder);
    animal.report.alive = AliveIn(animal.folder);
    CHECK_FALSE(animal.ended);
    animal.ended = true;
    animal.report.ending = ending;
    animal.report.output = output;
    animal.report.usage = usage;
    for (const auto& [key, value] : told) animal.report.told[key] = value;
  };
  listeners.told = [this](const process::TaskName& name, const process::Told& told) {
    Report& report = Of(name).report;
    ++report.tellings;
    for (const auto& [key, value] : told) report.told[key] = value;
  };
  listeners.survives = [this](const process::TaskName& name, const std::string& who) {
    Of(name).report.survivors.push_back(who);
  };
  return listeners;
}

std::string Keeper::Named(const std::string& name) const {
  return "zoo-" + std::to_string(getpid()) + "-" + name;
}

Keeper::Watched& Keeper::Of(const std::string& full_name) {
  const auto found = animals_.find(full_name);
  REQUIRE(found != animals_.end());
  return found->second;
}

bool Keeper::Holds(std::string_view what) const {
  const bool said =
      std::any_of(containment_.lacks.begin(), containment_.lacks.end(), [what](const auto& lack) {
        return std::string_view(lack).substr(0, lack.find(':')).find(what) != std::string_view::npos;
      });
  INFO("a limit of " << std::string(what) << " without a control group, and nobody says that it is not held");
  CHECK((containment_.cgroup || said));
  return !said;
}

process::ChildSpec Keeper::Spec(const std::string& name, const Cage& cage, std::vector<std::string> words) {
  animals_[Named(name)] = {cage.folder(), 0, false, {}};
  process::ChildSpec spec;
  spec.name = Named(name);
  spec.program = cage.program();
  spec.argv = {cage.program()};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.argv.insert(spec.argv.begin() + 2, cage.folder());
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
  spec.working_folder = "/";
  return spec;
}

void Keeper::Start(const process::ChildSpec& spec) {
  Of(spec.name).since = sys::BootMillis();
  children_->Start(spec);
}

void Keeper::Stop(const std::string& name, milliseconds grace) {
  Of(Named(name)).since = sys::BootMillis();
  children_->Stop(Named(name), grace);
}

void Keeper::StopLeftovers(const std::string& name) {
  Watched& animal = Of(Named(name));
  animal = {animal.folder, sys::BootMillis(), false, {}};
  children_->StopLeftovers(Named(name));
}

void Keeper::WaitUntil(const std::function<bool()>& true_now) {
  const int64_t give_up = sys::BootMillis() + kPatience;
  bool became_true = false;
  int turns = 0;
  sys::Handle tick;
  const std::function<void()> look = [&] {
    became_true = true_now();
    if (became_true || sys::BootMillis() > give_up) return loop_.Stop(0);
    if (++turns % 16 == 0) Weigh();
    tick = loop_.At(sys::BootMillis() + 1, look);
  };
  look();
  loop_.Run();
  Weigh();
  REQUIRE(became_true);
}

void Keeper::WaitSettled(const std::string& name, const Cage& cage, size_t count) {
  WaitUntil([&] { return cage.Settled() >= count || HasEnded(name); });
}

bool Keeper::HasEnded(const std::string& name) const { return animals_.at(Named(name)).ended; }

int Keeper::SurvivorReports(const std::string& name) const {
  return static_cast<int>(animals_.at(Named(name)).report.survivors.size());
}

Report Keeper::WaitForEnd(const std::string& name) {
  WaitUntil([&] { return HasEnded(name); });
  return std::move(animals_.extract(Named(name)).mapped().report);
}

void Keeper::BeginToWeigh() {
  weight_at_first_ = most_weight_ = PrivateMemory();
  resident_at_first_ = ForgetPeak() ? ResidentMemory() : -1;
}

void Keeper::Weigh() { most_weight_ = std::max(most_weight_, PrivateMemory()); }

int64_t Keeper::Growth() {
  Weigh();
  const int64_t kept = most_weight_ - weight_at_first_;
  return resident_at_first_ < 0 ? kept : std::max(kept, PeakMemory() - resident_at_first_);
}

}  // namespace kedge::zoo
