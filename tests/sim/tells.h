// What the `run` of a step tells of itself, and what of that may be seen at the service. Every value that the
// agent has to refuse begins with "refused"; every other one says which start of which step told it, and as
// which of its words: "2.1.0" is the first word of the first start of the second step.
#pragma once

#include <string>

#include "core/job_execution.h"
#include "sim/scenario.h"

namespace kedge::sim {

// The word number `words` (from 0) of start number `run` (from 1) of step `step` (from 0).
DetailsMap WordsOf(Tells tells, size_t step, int run, int words);
// Is that word passed on at once? If not, with what comes next, or with the end.
bool IsPassedOn(int words);
// A word that comes when the task is over already.
DetailsMap LateWords();

// Takes `words` into what is known, by the rules of handlers/PROTOCOL.md.
void Hear(const DetailsMap& words, DetailsMap* known);

// Who told a value: the step, from 0, and which start of it, from 1. Step kMostSteps: it does not say.
struct Origin {
  size_t step = 0;
  int run = 0;
};
Origin OriginOf(const std::string& value);

}  // namespace kedge::sim
