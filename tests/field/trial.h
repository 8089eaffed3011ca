// One job on the device, undisturbed, called off by force, killed together with its agent or with the device
// at a moment drawn from a seed, and the judgement: SUCCEEDED is done, any other end is as before, by the
// census and not by what the agent says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "field/census.h"
#include "field/field.h"
#include "field/scenario.h"

namespace kedge::field {

enum class Kind {
  kDone,
  kCancelled,
  kCrashed,  // the whole unit of kedged
  kCut,      // the whole device
};
const char* ToString(Kind kind);

struct Outcome {
  std::string job;
  std::string status = {};   // the service's last word
  std::string verdict = {};  // the agent's; "" when no step began
  bool began = false;        // a step did
  double moment = 0;         // seconds after the job's creation; 0 when undisturbed
  double seconds = 0;        // until the device was at rest
  std::vector<std::string> violations = {};
  std::string story = {};  // with violations: what the agent says
};

class Trials {
 public:
  Trials(Field& field, const Scenario& scenario)
      : field_(field), scenario_(scenario), surveyor_(field.device()) {}

  // The first one has to be kDone: it tells how long the job takes.
  Outcome Run(Kind kind, uint64_t seed);

 private:
  void Prepare();
  void Measure(double seconds, double accepted);
  void Look(Outcome& outcome);
  void Disturb(Kind kind, uint64_t seed, Outcome& outcome);
  void Judge(Kind kind, Outcome& outcome);
  void JudgeUndone(Kind kind, Outcome& outcome);
  void GetOver(Outcome& outcome);

  Field& field_;
  const Scenario& scenario_;
  Surveyor surveyor_;
  std::optional<Census> before_;  // none: the device has to be prepared
  double duration_ = 0;           // seconds, of the undisturbed job
  double accepted_ = 0;           // seconds until the service accepted IN_PROGRESS
};

}  // namespace kedge::field
