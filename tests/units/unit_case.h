// What the test cases here share: jobs that stand still in their second step for as long as the test wants,
// and the judgement of how such a job ended, from the service's side and from the device's. They need the
// device of tests/field.
#pragma once

#include <string>

#include "field/field_case.h"
#include "rig/wait.h"

namespace kedge::units {

using field::Field;
using field::json;
using field::NewJob;
using field::TheField;

// Two files, one changed by each step. The second step says that it has begun, and waits until it is let go.
class HeldJob {
 public:
  // `more`: members of the second step's action.
  explicit HeldJob(const std::string& what, const json& more = json::object());

  const std::string& name() const { return name_; }
  // Creates it and returns when the second step is under way.
  void Start();
  void LetGo();
  // It ended, the device is at rest, and the two agree: after SUCCEEDED both files are new; after anything
  // else both are old, the verdict is `safe`, and nothing of it is alive. Gives the status.
  std::string Judge();

 private:
  std::string name_;
  json more_;
};

// The property of a unit, by systemctl.
std::string Property(const std::string& unit, const std::string& name);
bool IsActive(const std::string& unit);
// A drop-in of /run, which is gone after the next boot; systemd knows it when this returns. An empty text
// takes it away.
void DropIn(const std::string& unit, const std::string& text);
// As an ordinary user of the device.
rig::Finished RunAsNobody(std::vector<std::string> argv);
void WaitUntilActive(const std::string& unit);
// With a start limit in mind: a test's restarts are no crash loop.
void ForgetStarts();

}  // namespace kedge::units
