// Runs animals as steps of a job: through the real room `process`, on a real loop, in one of its two kinds of
// containment; and looks what became of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cage.h"
#include "process/linux_children.h"
#include "sys/event_loop.h"

namespace kedge::zoo {

using std::chrono::milliseconds;

enum class Kind { kGroup, kDescent };  // with control groups of version 2; without
const char* ToString(Kind kind);
// Both, or only the weaker one where this machine has no control groups (then a line says so).
std::vector<Kind> Kinds();
// A control group that this test may make groups in: beneath KEDGE_ZOO_CGROUP when the environment has that,
// else beneath its own. "" when there is none of version 2.
std::string CgroupPlace();
// Removes a group (and "inner" in it) that processes may be about to leave; none there is fine.
void RemoveGroup(const std::string& path);

// What became of one animal.
struct Report {
  Ending ending;
  Output output;
  Usage usage;
  process::Told told;                  // over its whole life: the newest of each key
  int tellings = 0;                    // calls of `told`
  std::vector<std::string> survivors;  // what `survives` said, in its order
  std::vector<pid_t> alive;            // of the animal, when `ended` was called
  bool held = false;                   // its lock, then: something of it lived
  int64_t took = 0;                    // milliseconds from its stop, or else its start, to `ended`
};

class Keeper {
 public:
  explicit Keeper(Kind kind);
  // Fails the test when a task's control group is left.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  Kind kind() const { return kind_; }
  sys::EventLoop& loop() { return loop_; }
  const process::Containment& containment() const { return containment_; }
  // Whether a limit on `what` ("memory", "processes") is held here. Fails the test when it is not and the
  // room does not say so.
  bool Holds(std::string_view what) const;

  // The animal words[0] of `cage` with its arguments. `name` is made this test's own.
  process::ChildSpec Spec(const std::string& name, const Cage& cage, std::vector<std::string> words);
  void Start(const process::ChildSpec& spec);
  void Stop(const std::string& name, milliseconds grace);
  void StopLeftovers(const std::string& name);
  void WaitUntil(const std::function<bool()>& true_now);  // fails the test after 100 s
  // Until so many processes have settled, or it has ended before that.
  void WaitSettled(const std::string& name, const Cage& cage, size_t count);
  bool HasEnded(const std::string& name) const;
  int SurvivorReports(const std::string& name) const;
  Report WaitForEnd(const std::string& name);

  // From now on, until Growth: the most that this process has taken beyond what it takes now, even for a
  // moment.
  void BeginToWeigh();
  int64_t Growth();

 private:
  struct Watched {
    std::string folder;  // of its cage
    int64_t since = 0;   // boot time
    bool ended = false;
    Report report;
  };
  std::string Named(const std::string& name) const;
  Watched& Of(const std::string& full_name);
  process::Listeners MakeListeners();
  void Weigh();

  const Kind kind_;
  sys::EventLoop loop_;
  process::Containment containment_;
  std::unique_ptr<process::Children> children_;
  std::map<std::string, Watched> animals_;
  int64_t weight_at_first_ = 0;
  int64_t most_weight_ = 0;
  int64_t resident_at_first_ = -1;  // -1: no peak is to be had, looks now and then must do
};

}  // namespace kedge::zoo
