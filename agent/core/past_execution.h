// One execution of the history, for whoever shows it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "core/job_execution.h"

namespace kedge {

struct PastExecution {
  ExecutionId id;
  std::string status;  // the wire word, or the phase's word while it is current; "" when its end is not known
  std::string verdict;  // "" while undecided or committed
  std::string text;     // why, in a sentence
  std::string document;
  int64_t offered_wall = 0;  // milliseconds since the epoch
  int64_t closed_wall = 0;   // 0 while current
};

}  // namespace kedge
