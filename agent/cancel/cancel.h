// `kedge cancel`: calls a job off on this device, in the words of AWS's and OCI's command lines, and waits
// for what comes of it if asked to. The request itself is decided on by the agent (core/decide_operator.cc).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cancel/request.h"
#include "core/result.h"

namespace kedge::cancel {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // refused, not possible, not wanted after all
inline constexpr int kWrongUse = 2;  // as of every verb
inline constexpr int kTooLong = 2;   // as `oci`: --max-wait-seconds are over
inline constexpr int kImpossible = 3;

// An execution that is over, as the journal has it.
struct Past {
  std::string status;   // "FAILED"
  std::string verdict;  // may be empty
  std::string text;
};

// The running agent, and what its journal keeps.
class Agent {
 public:
  virtual ~Agent() = default;
  // Request and answer as JSON text (jobs/cancel.h). kDenied: only root may.
  virtual Result<std::string> Cancel(const std::string& request) = 0;
  virtual Result<std::string> Status() = 0;  // as operator/status_report.h says
  // Nothing: the journal does not have it, or has it as still going on.
  virtual Result<std::optional<Past>> FindPast(const std::string& job, int64_t number) = 0;
  // Waits so long, or until something in the status has changed.
  virtual void WaitForChange(std::chrono::milliseconds limit) = 0;
};

struct Io {
  std::function<void(const std::string&)> out;  // any text, to stdout
  std::function<void(const std::string&)> err;  // a sentence, to stderr
  // The agent of this configuration; it need not run yet.
  std::function<Result<Agent*>(const std::string& config)> agent;
  ReadFile read;
  // Asks whoever is at the terminal, in one line or several; nothing: nobody is.
  std::function<std::optional<bool>(const std::string& question)> confirm;
  std::function<int64_t()> now;  // milliseconds since boot
};

// `arguments`: what stands behind "cancel". Gives the exit status.
int Cancel(const std::vector<std::string>& arguments, const Io& io);

// Help text of the verb, and its one line for `kedge --help`.
std::string_view HelpText();  // for as long as the program runs
inline constexpr char kSummary[] = "call a job off: what it did is undone";

}  // namespace kedge::cancel
