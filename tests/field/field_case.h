// What the test cases of one run share: the device, which takes seconds to boot.
#pragma once

#include <string>
#include <vector>

#include "field/field.h"
#include "field/scenario.h"

namespace kedge::field {

inline Field& TheField() {
  static Field field;
  return field;
}

// A name for a job that this run has not used.
inline std::string NewJob(const std::string& what) {
  static int number = 0;
  return what + "-" + std::to_string(++number);
}

// Runs the job to its end, and until the device is at rest; gives its status.
inline std::string RunJob(const std::string& job, const json& document) {
  TheField().service().CreateJob(job, document);
  const std::string status = TheField().WaitForEnd(job);
  TheField().WaitForRest(job);
  return status;
}

inline bool IsInstalled(const std::string& what) {
  return TheField().device().Holds("test -x /usr/lib/kedge/" + what);
}

}  // namespace kedge::field
