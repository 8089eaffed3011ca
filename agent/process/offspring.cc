#include "process/offspring.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "process/pidfd.h"
#include "sys/clock.h"

namespace kedge::process {
namespace {

// Whether the process lives in the group that another agent on this machine made for a task of the same name.
bool InForeignTaskGroup(pid_t pid, const TaskName& name, const std::string& our_folder) {
  const auto groups = sys::ReadFile("/proc/" + std::to_string(pid) + "/cgroup");
  if (!groups) return false;
  std::istringstream lines(*groups);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("0::", 0) != 0) continue;
    const std::string group = line.substr(3);
    const size_t at = (group + "/").find("/" + name + "/");
    if (at == std::string::npos) return false;
    // Ours ends like our folder: the line is relative to the hierarchy's root, the folder is not.
    const std::string parent = group.substr(0, at);
    return our_folder.size() < parent.size() ||
           our_folder.compare(our_folder.size() - parent.size(), parent.size(), parent) != 0;
  }
  return false;
}

}  // namespace

Offspring::Offspring(Adoption adoption, std::string cgroup_folder)
    : agent_(getpid()), cgroup_folder_(std::move(cgroup_folder)) {
  adopting_ = adoption == Adoption::kWanted && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
  if (!adopting_) return;
  for (const auto& [pid, process] : ReadProcessTable()) {
    if (process.parent == agent_) exempt_.push_back(process);
  }
}

void Offspring::Enter(const TaskName& name, pid_t main) {
  tasks_[name] = {main, main, sys::BootMillis(), {}};
}

Offspring::~Offspring() {
  if (adopting_) prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

bool Offspring::Alive(const TaskName& name) {
  // The kernel's word is quicker than a look around, and has no race: no child left, so no descendant either.
  if (Descends(name) && NoChildrenAtAll()) return false;
  if (!Find(name).empty()) return true;
  // Nothing seen, which proves nothing yet: what forks and leaves is quicker than a look around. With groups,
  // those know. Where all children can only be this task's, the kernel does. If not, look twice.
  if (!cgroup_folder_.empty()) return false;
  if (!CanLook()) return true;
  if (OwnsAllChildren(name)) return !NoChildrenAtAll();
  // An empty look during which no process was started anywhere is the truth. On a machine that never rests,
  // several in a row have to do.
  static constexpr int kLooks = 8;
  for (int look = 0; look < kLooks; ++look) {
    const auto before = ReadLastPid();
    if (!Find(name).empty() || !CanLook()) return true;
    if (before && before == ReadLastPid()) return false;
  }
  return false;
}

void Offspring::Signal(const TaskName& name, std::initializer_list<int> signals,
                       const std::set<pid_t>& done) {
  for (const auto& process : Find(name)) {
    if (done.contains(process.pid)) continue;
    const sys::Fd pidfd = OpenPidfd(process.pid);
    if (pidfd && SameProcess(process)) SendSignals(pidfd.get(), signals);
  }
}

void Offspring::Kill(const TaskName& name) {
  Signal(name, {SIGKILL});
  Hunt(name);
}

std::set<TaskName> Offspring::MarkedTasks() const {
  std::set<TaskName> names;
  for (const pid_t pid : ReadPids()) {
    if (auto name = StartedWithValue(pid, "KEDGE_TASK")) names.insert(std::move(*name));
  }
  std::error_code none;
  if (cgroup_folder_.empty()) return names;
  for (const auto& entry : std::filesystem::directory_iterator(cgroup_folder_, none)) {
    if (entry.is_directory(none)) names.insert(entry.path().filename());
  }
  return names;
}

// What forks and leaves, over and over, is gone from any picture before it can be acted on. So look only for
// what is new since the picture was taken, as quickly as can be, and hit at once.
void Offspring::Hunt(const TaskName& name) {
  static constexpr int kQuickPasses = 64;
  static constexpr int kIdlePasses = 4;
  std::set<pid_t> hit;
  for (int pass = 0, idle = 0; pass < kQuickPasses && idle < kIdlePasses; ++pass) {
    if (Descends(name) && NoChildrenAtAll()) return;
    ++idle;
    for (const pid_t pid : Candidates(name)) {
      if (pid == agent_ || strangers_.contains(pid) || hit.contains(pid) || IsMain(pid)) continue;
      const sys::Fd pidfd = OpenPidfd(pid);
      if (!pidfd) continue;
      if (Descends(name) ? !IsOrphanOf(name, pid, pidfd.get()) : !CarriesMark(name, pid)) continue;
      SendSignals(pidfd.get(), {SIGKILL});
      hit.insert(pid);
      idle = 0;
    }
  }
}

bool Offspring::IsOrphanOf(const TaskName& name, pid_t pid, int pidfd) {
  if (!IsOurChild(pidfd) || ReapZombie(pid)) return false;
  if (OwnsAllChildren(name)) return true;
  const auto orphan = ReadProcess(pid);
  return orphan && TaskOfOrphan(*orphan) == name;
}

std::vector<pid_t> Offspring::Candidates(const TaskName& name) const {
  // Numbers are given out in a circle. For a while it is certain that it has not come round.
  static constexpr int64_t kNotYetRound = 2000;  // milliseconds; 32768 processes take longer
  auto pids = ReadPids();
  const Entered& task = tasks_.at(name);
  const auto last = ReadLastPid();
  if (task.first == 0 || !last || sys::BootMillis() - task.since > kNotYetRound) return pids;
  std::erase_if(pids, [first = task.first, last = *last](pid_t pid) {
    return first <= last ? pid < first || pid > last : pid < first && pid > last;
  });
  return pids;
}

std::vector<Process> Offspring::FindMarked(const TaskName& name) {
  strangers_.clear();
  std::vector<Process>& seen = tasks_.at(name).seen;
  std::erase_if(seen, [](const Process& then) {
    const auto now = ReadProcess(then.pid);
    return !now || now->started != then.started || !now->alive;
  });
  for (const pid_t pid : Candidates(name)) {
    const auto known = [pid](const Process& one) { return one.pid == pid; };
    if (pid == agent_ || IsMain(pid) || std::any_of(seen.begin(), seen.end(), known)) continue;
    const auto process = CarriesMark(name, pid) ? ReadProcess(pid) : std::nullopt;
    if (process && process->alive) {
      seen.push_back(*process);
    } else {
      strangers_.insert(pid);
    }
  }
  return seen;
}

std::vector<Process> Offspring::Find(const TaskName& name) {
  // By mark only what does not descend from us: another agent's task may have the same name.
  if (!Descends(name)) return FindMarked(name);
  std::vector<Process> found;
  strangers_.clear();
  const auto table = ReadProcessTable();
  for (const auto& [pid, process] : table) {
    if (pid == agent_ || IsMain(pid)) continue;
    if (process.parent == agent_ && !process.alive && !IsExempt(process)) {
      ReapZombie(pid);
    } else if (process.alive && TaskByDescent(process, table) == name) {
      found.push_back(process);
    } else {
      strangers_.insert(pid);
    }
  }
  return found;
}

TaskName Offspring::TaskByDescent(const Process& process, const std::map<pid_t, Process>& table) const {
  Process at = process;
  for (size_t steps = 0; steps <= table.size(); ++steps) {
    for (const auto& [name, task] : tasks_) {
      if (at.pid == task.main) return name;
    }
    if (at.parent == agent_) return TaskOfOrphan(at);
    const auto parent = table.find(at.parent);
    if (parent != table.end()) {
      at = parent->second;
    } else if (const auto now = ReadProcess(at.pid); now && now->parent != at.parent) {
      at = *now;  // its parent left while the table was read: it has a new one
    } else {
      break;
    }
  }
  return "";
}

// Our child, but no main child: its parent died.
TaskName Offspring::TaskOfOrphan(const Process& orphan) const {
  if (IsExempt(orphan)) return "";
  for (const auto& [name, task] : tasks_) {
    if (CarriesMark(name, orphan.pid)) return name;
  }
  // It took off its mark. With one task there is no doubt; with more, the one that ends last takes it along.
  if (tasks_.size() == 1 && Descends(tasks_.begin()->first)) return tasks_.begin()->first;
  return "";
}

bool Offspring::Descends(const TaskName& name) const { return adopting_ && tasks_.at(name).first != 0; }

bool Offspring::OwnsAllChildren(const TaskName& name) const {
  return Descends(name) && tasks_.size() == 1 && exempt_.empty();
}

bool Offspring::IsMain(pid_t pid) const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [pid](const auto& entry) { return entry.second.main == pid; });
}

bool Offspring::IsExempt(const Process& process) const {
  return std::any_of(exempt_.begin(), exempt_.end(), [&process](const Process& one) {
    return one.pid == process.pid && one.started == process.started;
  });
}

bool Offspring::CarriesMark(const TaskName& name, pid_t pid) const {
  return StartedWith(pid, "KEDGE_TASK=" + name) &&
         (cgroup_folder_.empty() || !InForeignTaskGroup(pid, name, cgroup_folder_));
}

bool Offspring::NoChildrenAtAll() const {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

}  // namespace kedge::process
