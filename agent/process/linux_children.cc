#include "process/linux_children.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <utility>

#include "process/cgroup_folder.h"
#include "process/offspring.h"
#include "process/pidfd.h"
#include "process/task.h"

namespace kedge::process {
namespace {

// A name becomes a folder's name.
bool IsTaskName(const TaskName& name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

class LinuxChildren : public Children {
 public:
  // `cgroup_folder` empty: without control groups.
  LinuxChildren(sys::EventLoop& loop, const std::string& cgroup_folder, Ended ended)
      : loop_(loop),
        cgroup_folder_(cgroup_folder),
        ended_(std::move(ended)),
        offspring_(cgroup_folder.empty() ? Offspring::Adoption::kWanted : Offspring::Adoption::kNotNeeded,
                   cgroup_folder) {}

  bool adopts_orphans() const { return offspring_.adopting(); }

  void Start(const ChildSpec& spec) override {
    const bool taken = Find(spec.name) != nullptr;
    Task& task = Add(spec.name);
    if (!IsTaskName(spec.name)) return task.Refuse("'" + spec.name + "' is no task name");
    if (taken) return task.Refuse("task " + spec.name + " is running already");
    task.Start(spec, cgroup_folder_);
  }

  void Stop(const TaskName& name, std::chrono::milliseconds grace) override {
    if (Task* task = Find(name)) task->Stop(grace);
  }

  void StopLeftovers(const TaskName& name) override {
    // One of this life is no leftover. It is ended, and reported as what it is.
    if (Task* task = Find(name)) return task->Stop(std::chrono::milliseconds(0));
    Task& task = Add(name);
    if (!IsTaskName(name)) return task.Refuse("'" + name + "' is no task name");
    task.EndLeftovers(cgroup_folder_);
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
    *place = std::make_unique<Task>(loop_, offspring_, name, [this, place] { Report(place); });
    return **place;
  }

  void Report(std::list<std::unique_ptr<Task>>::iterator place) {
    const auto task = std::move(*place);  // out of the list first: `ended_` may start the next one
    tasks_.erase(place);
    ended_(task->name(), task->ending(), task->TakeOutput());
  }

  sys::EventLoop& loop_;
  const std::string cgroup_folder_;
  const Ended ended_;
  Offspring offspring_;
  std::list<std::unique_ptr<Task>> tasks_;  // below what they use
};

Result<std::string> CgroupFolder(const ContainmentConfig& config) {
  if (config.use_cgroups) return FindCgroupFolder(config.cgroup_folder);
  return Unexpected(ErrorKind::kUnavailable, "switched off in the configuration");
}

std::string Explain(const Result<std::string>& cgroup_folder, bool adopts_orphans) {
  if (cgroup_folder) {
    return "each task has its own control group beneath " + *cgroup_folder +
           ": nothing gets away but what leaves its group (which takes root) and drops KEDGE_TASK as well";
  }
  const std::string without = "without control groups (" + cgroup_folder.error().message + ")";
  if (adopts_orphans) {
    return without +
           ", tasks are followed by descent: nothing gets away while the agent lives, but after a "
           "crash of the agent what dropped KEDGE_TASK from its environment is not found";
  }
  return without +
         " and without adopting orphans (PR_SET_CHILD_SUBREAPER is refused): a process gets away when its "
         "parent ends and it drops KEDGE_TASK from its environment";
}

}  // namespace

Result<MadeChildren> MakeChildren(sys::EventLoop& loop, const ContainmentConfig& config,
                                  Children::Ended ended) {
  if (const sys::Fd self = OpenPidfd(getpid()); !self) {
    return Unexpected(sys::ErrnoError("pidfd_open (Linux 5.4 or later is needed)", errno));
  }
  // Inherited as ignored, the kernel would reap our children and keep how they ended to itself.
  signal(SIGCHLD, SIG_DFL);
  const auto folder = CgroupFolder(config);
  auto children = std::make_unique<LinuxChildren>(loop, folder ? *folder : "", std::move(ended));
  Containment containment;
  containment.cgroup = folder.has_value();
  if (folder) containment.cgroup_folder = *folder;
  containment.explanation = Explain(folder, children->adopts_orphans());
  return MadeChildren{std::move(children), std::move(containment)};
}

}  // namespace kedge::process
