// Finds the processes of a task by looking at the whole machine. Two ways:
// - by descent, without control groups (adopting): the agent adopts orphans (PR_SET_CHILD_SUBREAPER), so all
//   that a task ever started descends from the agent, whatever it did to get away;
// - by mark, the KEDGE_TASK that every process of a task is started with: what an earlier life of the agent
//   left, and, beside control groups, what moved itself out of the task's group (a login session does that).
#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "process/children.h"
#include "process/process_table.h"

namespace kedge::process {

class Offspring {
 public:
  enum class Adoption { kWanted, kNotNeeded };
  // kWanted: adopts orphans as long as this lives. The kernel may refuse: see adopting(). Children that the
  // agent has already are not ours to end, ever. `cgroup_folder`: where our tasks' groups are; empty when
  // they have none.
  Offspring(Adoption adoption, std::string cgroup_folder);
  ~Offspring();
  Offspring(const Offspring&) = delete;
  Offspring& operator=(const Offspring&) = delete;

  bool adopting() const { return adopting_; }

  // The names of all tasks that something on this machine is a trace of: a control group, or a process's
  // mark.
  std::set<TaskName> MarkedTasks() const;

  // A task's main child; 0 when it has none (leftovers). Known until Leave.
  void Enter(const TaskName& name, pid_t main);
  void MainReaped(const TaskName& name) { tasks_[name].main = 0; }
  void Leave(const TaskName& name) { tasks_.erase(name); }

  // What of the task is alive, the main child left aside; a picture.
  std::vector<Process> Living(const TaskName& name) { return Find(name); }
  // Whether anything of the task is alive, the main child left aside. When adopting, this also reaps the
  // orphans.
  bool Alive(const TaskName& name);
  // To all of it, in one pass, the main child and those in `done` left aside.
  void Signal(const TaskName& name, std::initializer_list<int> signals, const std::set<pid_t>& done = {});
  // KILL to all of it, and then a hunt: a bounded number of quick passes after what was forked meanwhile.
  // To be repeated while Alive.
  void Kill(const TaskName& name);

 private:
  struct Entered {
    pid_t main = 0;     // 0: none, or reaped
    pid_t first = 0;    // the main child's number, kept; 0: there was none
    int64_t since = 0;  // boot time
    // Found by mark before. One on its way out, or that has executed something else, shows no mark any more.
    std::vector<Process> seen;
  };

  std::vector<Process> Find(const TaskName& name);
  std::vector<Process> FindMarked(const TaskName& name);
  // The numbers of all processes that the task may have started.
  std::vector<pid_t> Candidates(const TaskName& name) const;
  // The task that `process` descends from; "" when the agent is no ancestor or the descent does not tell.
  TaskName TaskByDescent(const Process& process, const std::map<pid_t, Process>& table) const;
  TaskName TaskOfOrphan(const Process& orphan) const;
  bool Descends(const TaskName& name) const;         // all of the task descends from the agent
  bool OwnsAllChildren(const TaskName& name) const;  // whatever child the agent has belongs to this task
  bool IsMain(pid_t pid) const;
  bool IsExempt(const Process& process) const;
  bool CarriesMark(const TaskName& name, pid_t pid) const;
  bool NoChildrenAtAll() const;
  bool IsOrphanOf(const TaskName& name, pid_t pid, int pidfd);
  void Hunt(const TaskName& name);

  const pid_t agent_;
  bool adopting_ = false;
  const std::string cgroup_folder_;
  std::map<TaskName, Entered> tasks_;
  std::vector<Process> exempt_;
  std::set<pid_t> strangers_;  // as of the last full pass: what the hunt need not look at
};

}  // namespace kedge::process
