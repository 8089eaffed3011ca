// Random schedules: a seed makes a scenario and a list of faults, always the same ones.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/case.h"

namespace kedge::sim {

struct RandomCase {
  std::unique_ptr<Scenario> scenario;
  Case c;  // refers to `scenario`
};

RandomCase CaseOf(uint64_t seed);

}  // namespace kedge::sim
