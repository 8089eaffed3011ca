// Every schedule of a kind: forks a world before each operation, once for each fault that may come there,
// level by level, and runs each fork until nothing is left to happen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/case.h"

namespace kedge::sim {

// One fault of each schedule: any of `kinds`, before any operation of the schedule so far.
struct Level {
  std::vector<FaultKind> kinds;
  bool crash_points = false;  // only before commits, actions and effects
  int64_t every = 1;          // only before every so many-th operation
  int64_t arg = 0;            // of each of these faults
};

std::vector<FaultKind> Cancels();  // the eight ways to be called off
std::vector<FaultKind> Crashes();  // power cut, power cut with a long outage, kill -9; torn three ways each

struct Slice {
  int64_t part = 0;  // of the operations of the first level, every `of`-th
  int64_t of = 1;
};

class Explorer {
 public:
  Explorer(const Scenario* scenario, Options options, std::vector<Level> levels, Slice slice)
      : scenario_(scenario), options_(options), levels_(std::move(levels)), slice_(slice) {}

  // Explores until everything is explored, something is broken, or `stop` says so.
  void Run(const std::function<bool()>& stop);

  int64_t cases() const { return cases_; }
  int64_t operations() const { return operations_; }
  // The schedule that broke something; empty `broken`: none.
  const std::vector<std::string>& broken() const { return broken_; }
  Case failing() const { return {scenario_, options_, failing_}; }

 private:
  void Explore(World world, size_t level, const std::function<bool()>& stop);
  void Branch(const World& world, size_t level, const std::function<bool()>& stop);
  bool IsHere(const World& world, size_t level) const;
  void Finish(World& world);

  const Scenario* scenario_;
  Options options_;
  std::vector<Level> levels_;
  Slice slice_;
  std::vector<Fault> path_;
  std::vector<Fault> failing_;
  std::vector<std::string> broken_;
  int64_t cases_ = 0;
  int64_t operations_ = 0;
};

}  // namespace kedge::sim
