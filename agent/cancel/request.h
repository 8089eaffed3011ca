// What stands behind `kedge cancel`, in AWS's words, OCI's and our own. Pure but for the files that it names,
// which are read through the function that is handed in.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cancel/states.h"
#include "core/result.h"

namespace kedge::cancel {

// The content of a file; the error says what is wrong with it.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

struct Request {
  // The request as the agent takes it (jobs/cancel.h), checked by the same code.
  nlohmann::json body = nlohmann::json::object();
  std::string job;                // its name, for people
  std::vector<Awaited> wait_for;  // empty: do not wait
  int64_t max_wait_seconds = 1200;
  int64_t wait_interval_seconds = 30;
  bool ask = true;  // --yes and --force want no question
};

// Something to print instead of doing anything.
enum class Show { kNothing, kHelp, kInputSkeleton, kYamlSkeleton, kOutputSkeleton, kFullInput };

struct CommandLine {
  Show show = Show::kNothing;
  bool json = false;
  std::string config;  // empty: the standard file
  Request request;     // only when nothing is to be shown
};

// `arguments`: what stands behind "cancel". The error (kInvalid) is one line that says what to type.
Result<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments, const ReadFile& read);

}  // namespace kedge::cancel
