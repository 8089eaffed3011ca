// What the runs came to: a table, and each violation with the command that shows it again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "faults/sweep.h"

namespace kedge::faults {

class Tally {
 public:
  void Add(const Case& which, const Report& report);
  void Print() const;
  int runs() const { return total_.runs; }
  bool good() const { return total_.violations == 0; }

 private:
  struct Row {
    int runs = 0;
    int reached = 0;  // the fault came about
    int died = 0;     // and the agent's life ended by it
    int hushed = 0;   // the agent lived, but waited for its next start
    int done = 0;     // SUCCEEDED, with all effects
    int undone = 0;   // another end, all as before
    int loud = 0;     // in quarantine
    int violations = 0;
  };
  static void Count(const Report& report, Row* row);
  static void Print(const std::string& name, const Row& row);

  std::map<std::string, Row> rows_;
  Row total_;
  std::map<std::string, int> loud_by_;  // which plans
};

// "success agent:fsync:EIO:3", as --run takes it.
std::string Name(const Case& which);

}  // namespace kedge::faults
