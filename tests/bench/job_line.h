// Jobs that do nothing, sent to the agent of a rig and followed on their way.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/observer.h"
#include "rig/rig.h"

namespace kedge::bench {

inline constexpr std::chrono::seconds kPatience{10};  // for one job; longer is a hang

class JobLine {
 public:
  JobLine(rig::Rig& rig, Observer& observer) : rig_(rig), observer_(observer) {}

  // The two ways to run the same program, which says in `marker`, if there is one, when it began.
  rig::json HandlerDocument(const std::string& marker = "");
  rig::json CommandDocument(const std::string& marker = "");

  std::string Create(const rig::json& document);  // returns the job's name
  // Waits for its end; throws when it does not come.
  Trip Done(const std::string& job);
  // Jobs that wait already when the agent starts: ends the agent and starts it again, with this as kedged.
  std::vector<std::string> Queue(int count, const rig::json& document, rig::Program& kedged);

 private:
  std::string Noop();

  rig::Rig& rig_;
  Observer& observer_;
  int created_ = 0;
  bool installed_ = false;
};

}  // namespace kedge::bench
