// What the tests of this room share: real children on a real loop, in either kind of containment, and eyes
// that look for what got away.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "process/linux_children.h"
#include "sys/event_loop.h"

namespace kedge::process {

// Both kinds, or only the weaker one where this machine has no control groups (then a message says so).
std::vector<bool> CgroupOrNot();

// A name for a folder of groups, beside the one that a real agent here would take, and nobody else's.
std::string OwnCgroupFolder();

// An own folder, removed at the end. Root's, mode 0755.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  // Writes an executable script; gives its path.
  std::string Script(const std::string& name, const std::string& body, unsigned mode = 0755) const;

 private:
  std::string path_;
};

class Workbench {
 public:
  // `cgroup_folder`: where the groups are made; by default an own one for each bench.
  explicit Workbench(bool use_cgroups, const std::string& cgroup_folder = OwnCgroupFolder(),
                     ContainmentConfig config = {});
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  struct End {
    Ending ending;
    Output output;
    Usage usage;
    Told told;
  };

  // The children's own calls. Names are made this test's own first: a task's mark counts on the whole
  // machine, where other tests run at the same time.
  static TaskName Named(const TaskName& name);
  void Start(ChildSpec spec);
  void Stop(const TaskName& name, std::chrono::milliseconds grace) { children_->Stop(Named(name), grace); }
  void StopLeftovers(const TaskName& name) { children_->StopLeftovers(Named(name)); }
  const Containment& containment() const { return containment_; }
  sys::EventLoop& loop() { return loop_; }

  // `argv` in "/" with a PATH, as a task called `name`.
  static ChildSpec Spec(const TaskName& name, std::vector<std::string> argv);
  static ChildSpec Shell(const TaskName& name, const std::string& script) {
    return Spec(name, {"/bin/sh", "-c", script});
  }
  // Starts it and waits for its end.
  End Run(const ChildSpec& spec);
  // Waits for the end of a task that was started or stopped. Fails the test after 20 s.
  End WaitForEnd(const TaskName& name);
  // Runs the loop until `true_now`; fails the test after 20 s.
  void WaitUntil(const std::function<bool()>& true_now);
  int ends_reported() const { return ends_reported_; }
  // What was told while tasks ran, in order; and who outlived KILL last, by task.
  const std::vector<std::pair<TaskName, Told>>& told() const { return told_; }
  const std::map<TaskName, std::string>& survivors() const { return survivors_; }
  void DestroyChildren() { children_.reset(); }

 private:
  sys::EventLoop loop_;
  Containment containment_;
  std::unique_ptr<Children> children_;
  std::map<TaskName, End> ends_;
  int ends_reported_ = 0;
  std::vector<std::pair<TaskName, Told>> told_;
  std::map<TaskName, std::string> survivors_;
};

// Live processes (zombies are none) with `word` among their arguments.
std::vector<int> AliveWith(const std::string& word);
// Those of them (started by awkward) that have arrived where they stay.
size_t SettledWith(const std::string& word);
// Zombies whose parent is this test.
int OwnZombies();
int OpenDescriptors();
std::string Text(const Capture& capture);

}  // namespace kedge::process
