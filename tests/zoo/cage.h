// Where an animal lives in a test: an own folder with an own copy of the program. Whoever executes from there
// is its, whatever it did to its name, its arguments, its environment, its session and its control group.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace kedge::zoo {

bool HeldIn(const std::string& folder);  // see Cage::Held

class Cage {
 public:
  // Throws std::runtime_error when the program of the animals is not found: the file named by the
  // environment's KEDGE_ZOO, else `zoo` beside this test.
  Cage();
  // Kills what is still in it.
  ~Cage();
  Cage(const Cage&) = delete;
  Cage& operator=(const Cage&) = delete;

  const std::string& folder() const { return folder_; }
  std::string program() const { return folder_ + "/zoo"; }
  // How many processes have said so far that they stay where they are.
  size_t Settled() const;
  void ForgetSettled() const;  // before the next animal comes into it
  std::vector<pid_t> Alive() const;
  // Whether anything lives that came out of its main process and has not closed what it inherited. Unlike a
  // look through all processes this cannot miss what is never the same process for long.
  bool Held() const { return HeldIn(folder_); }
  // KillAllIn. For what is not the agent's to end.
  void Clear() const;

 private:
  std::string folder_;
};

// Live processes of the whole machine that execute a file beneath `folder`; a zombie does not. In little
// memory: the test's own is under observation.
std::vector<pid_t> AliveIn(const std::string& folder);

// Kills them, again and again until nothing is left.
void KillAllIn(const std::string& folder);

}  // namespace kedge::zoo
