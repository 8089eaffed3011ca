#include "process/linux_children.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <optional>
#include <utility>

#include "process/cgroup_home.h"
#include "process/offspring.h"
#include "process/pidfd.h"
#include "process/task.h"

namespace kedge::process {
namespace {

constexpr std::chrono::milliseconds kKeptGrace{2000};

// A name becomes a folder's name.
bool IsTaskName(const TaskName& name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

class LinuxChildren : public Children {
 public:
  LinuxChildren(sys::EventLoop& loop, std::optional<CgroupHome> cgroups, std::optional<OutputFile> output,
                Listeners listeners)
      : cgroups_(std::move(cgroups)),
        output_(std::move(output)),
        listeners_(std::move(listeners)),
        offspring_(cgroups_ ? Offspring::Adoption::kNotNeeded : Offspring::Adoption::kWanted,
                   cgroups_ ? cgroups_->folder() : ""),
        place_{loop, offspring_, cgroups_ ? &*cgroups_ : nullptr, output_ ? &*output_ : nullptr, listeners_} {
  }

  bool adopts_orphans() const { return offspring_.adopting(); }

  void Start(const ChildSpec& spec) override {
    const bool taken = Find(spec.name) != nullptr;
    Task& task = Add(spec.name);
    if (!IsTaskName(spec.name)) return task.Refuse("'" + spec.name + "' is no task name");
    if (taken) return task.Refuse("task " + spec.name + " is running already");
    task.Start(spec);
  }

  void Stop(const TaskName& name, std::chrono::milliseconds grace) override {
    if (Task* task = Find(name)) task->Stop(grace);
  }

  void StopLeftovers(const TaskName& name) override {
    // One of this life is ended, and reported as what it is. What it has kept had its end of work in peace,
    // and gets a moment now.
    if (Task* task = Find(name))
      return task->Stop(task->is_kept() ? kKeptGrace : std::chrono::milliseconds(0));
    Task& task = Add(name);
    if (!IsTaskName(name)) return task.Refuse("'" + name + "' is no task name");
    task.EndLeftovers();
  }

  std::set<TaskName> StopStrays(const std::string& ending) override {
    std::set<TaskName> strays;
    for (const TaskName& name : offspring_.MarkedTasks()) {
      if (!name.ends_with(ending) || !IsTaskName(name) || Find(name) != nullptr) continue;
      strays.insert(name);
      StopLeftovers(name);
    }
    return strays;
  }

 private:
  Task* Find(const TaskName& name) {
    const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&name](const std::unique_ptr<Task>& task) {
      return task->name() == name && !task->is_over();
    });
    return found == tasks_.end() ? nullptr : found->get();
  }

  Task& Add(const TaskName& name) {
    const auto place = tasks_.emplace(tasks_.end());
    *place = std::make_unique<Task>(place_, name, [this, place] { Report(place); });
    return **place;
  }

  void Report(std::list<std::unique_ptr<Task>>::iterator place) {
    std::unique_ptr<Task> over;
    const Task& task = **place;
    if (task.is_over()) {  // out of the list first: the listener may start the next one
      over = std::move(*place);
      tasks_.erase(place);
    }
    if (listeners_.ended)
      listeners_.ended(task.name(), task.ending(), task.output(), task.usage(), task.told());
  }

  const std::optional<CgroupHome> cgroups_;
  std::optional<OutputFile> output_;
  const Listeners listeners_;
  Offspring offspring_;
  const Task::Place place_;
  std::list<std::unique_ptr<Task>> tasks_;  // below what they use
};

Result<CgroupHome> FindHome(const ContainmentConfig& config) {
  if (config.use_cgroups) return CgroupHome::Find(config.cgroup_folder);
  return Unexpected(ErrorKind::kUnavailable, "switched off in the configuration");
}

std::string Explain(const Result<CgroupHome>& home, bool adopts_orphans) {
  if (home) {
    return "each task has its own control group beneath " + home->folder() +
           ": nothing gets away but what leaves its group (which takes root) and drops KEDGE_TASK as well";
  }
  const std::string without = "without control groups (" + home.error().message + ")";
  if (adopts_orphans) {
    return without +
           ", tasks are followed by descent: nothing gets away while the agent lives (but, beside what "
           "another step keeps running, what forks without "
           "a pause), but after a "
           "crash of the agent what dropped KEDGE_TASK from its environment is not found";
  }
  return without +
         " and without adopting orphans (PR_SET_CHILD_SUBREAPER is refused): a process gets away when its "
         "parent ends and it drops KEDGE_TASK from its environment";
}

// Every listener can be called.
Listeners Complete(Listeners listeners) {
  if (!listeners.told) listeners.told = [](const TaskName&, const Told&) {};
  if (!listeners.printed) listeners.printed = [](const TaskName&, bool, std::string_view) {};
  if (!listeners.survives) listeners.survives = [](const TaskName&, const std::string&) {};
  return listeners;
}

Result<std::optional<OutputFile>> OpenOutput(const ContainmentConfig& config) {
  std::optional<OutputFile> output;
  if (config.output_file.empty()) return output;
  auto file = sys::RotatingFile::Open(config.output_file, config.output_file_bytes, config.output_files);
  if (!file) return Unexpected(file.error().Within("the file for all output"));
  output.emplace(std::move(*file));
  return output;
}

}  // namespace

Result<MadeChildren> MakeChildren(sys::EventLoop& loop, const ContainmentConfig& config,
                                  Listeners listeners) {
  if (const sys::Fd self = OpenPidfd(getpid()); !self) {
    return Unexpected(sys::ErrnoError("pidfd_open (Linux 5.4 or later is needed)", errno));
  }
  // Inherited as ignored, the kernel would reap our children and keep how they ended to itself.
  signal(SIGCHLD, SIG_DFL);
  // Somebody wants to write a handler that is being started (HoldStill): he waits, we need not hear of it.
  signal(SIGIO, SIG_IGN);
  auto output = OpenOutput(config);
  if (!output) return Unexpected(output.error());
  const auto home = FindHome(config);
  Containment containment;
  containment.cgroup = home.has_value();
  if (home) {
    containment.cgroup_folder = home->folder();
    containment.lacks = home->lacks();
  } else {
    containment.lacks = {"limits of memory and of processes, and CPU and I/O weights, are not held: " +
                         home.error().message};
  }
  auto children = std::make_unique<LinuxChildren>(loop, home ? std::optional(*home) : std::nullopt,
                                                  std::move(*output), Complete(std::move(listeners)));
  containment.explanation = Explain(home, children->adopts_orphans());
  return MadeChildren{std::move(children), std::move(containment)};
}

}  // namespace kedge::process
