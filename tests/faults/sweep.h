// Which runs there are, and how they are done: several at a time, each on a bench of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "faults/run.h"
#include "faults/trace.h"

namespace kedge::faults {

struct Case {
  const Story* story;
  Circumstances circumstances;
};

// "agent fsync EIO+ power-cut": what the table has a line for.
std::string KindOf(const Case& which);

// How often the agent, those it starts and each call of a guard come to each system call when nothing goes
// wrong.
struct Count {
  Calls agent;
  Calls others;               // the most that any one process of them makes of it
  std::vector<Calls> guards;  // by call of the guard
  int log_lines = 0;
};
// Throws when the undisturbed story does not end as it should.
Count CountCalls(Bench& bench, const Story& story);

// Each system call in each scope, each harm that it can come to, each k; at most `most` of them for one
// system call, scope and harm, evenly spread.
std::vector<Case> SweepCases(const Story& story, const Count& count, int most);
// A kill before each line of the log, which is before each action; and the same as a power cut.
std::vector<Case> ActionCases(const Story& story, const Count& count, bool power_cut);

// `size` of them, the same for the same seed: one of each kind (four, of kills) before the
// next of any.
std::vector<Case> Sample(std::vector<Case> cases, std::size_t size, unsigned seed);

// In some order; `done` is told of each in turn, never by two at a time.
void Perform(const Workshop& workshop, const std::vector<Case>& cases, int at_a_time,
             const std::function<void(const Case&, const Report&)>& done);

}  // namespace kedge::faults
