// Job documents: what the operator wants done, parsed and checked. Pure.
//
// Accepted shapes (reference aws-iot-jobs.md section 7): AWS IoT Device Client schema "1.0", which all eight
// AWS managed templates use, and the older `operation` form. DOCUMENT.md tells every member, its range and
// where Kedge differs from the Device Client. Unknown members are ignored; a member of the wrong type is
// refused by name.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kedge {

inline constexpr size_t kMaxDocumentBytes = 32768;  // reference 2.1
inline constexpr size_t kMaxDocumentDepth = 32;     // ours: no known document nests deeper than 8
inline constexpr size_t kMaxSteps = 64;             // ours, finalStep included

// What to execute, before anything is looked up on the device.
struct Command {
  enum class Kind { kHandler, kCommand };
  Kind kind = Kind::kCommand;
  std::string handler;  // kHandler: the handler's name as written
  std::string path;     // kHandler: "default", "" or a folder, as written (absent and unsubstituted: "")
  std::vector<std::string> args;  // kHandler: its arguments; kCommand: the whole argv, args[0] is the program
  auto operator<=>(const Command&) const = default;
};

// What a step may take at once, all its processes together; absent: what the agent's config says.
struct StepLimits {
  std::optional<int64_t> memory_bytes;  // `memoryBytes`, 65536 to 2^50
  std::optional<int64_t> tasks;         // `tasks`, 1 to 4194304 processes and threads
  std::optional<int64_t> cpu_weight;    // `cpuWeight`, 1 to 10000
  std::optional<int64_t> io_weight;     // `ioWeight`, likewise
  std::optional<int64_t> output_bytes;  // `outputBytes`, 1 to 2^50, both streams together
  auto operator<=>(const StepLimits&) const = default;
};

// What to do with a step that was interrupted by a crash or reboot of the device (design section 7).
enum class OnInterrupt { kRollback, kRetry, kDone };

struct Step {
  std::string name;  // fit to be printed: no control characters, at most 128 bytes
  Command command;
  std::string run_as_user;                    // empty: the agent's own user
  std::optional<int64_t> allow_stderr_lines;  // allowStdErr: more lines than this on stderr fail the step
  bool ignore_failure = false;                // ignoreStepFailure
  bool is_final = false;                      // came from finalStep

  // Kedge's additions, all optional members of `action`:
  std::optional<Command> rollback;  // `rollback`: {"command": ...} or {"handler": ...}
  std::optional<Command> verify;    // `verify`: likewise
  std::map<std::string, std::vector<std::string>> protect;  // `protect`: guard name -> what it guards
  std::optional<std::chrono::seconds> timeout;              // `timeoutSeconds`, 1 to 604800
  std::optional<std::chrono::seconds> grace;                // `graceSeconds`, 0 to 600
  StepLimits limits;                                        // `limits`
  std::optional<bool> keep_leftovers;                       // `leftovers`: "end" or "keep"
  bool interruptible = true;                                // `interruptible`
  std::optional<std::chrono::seconds> max_uninterruptible;  // `maxUninterruptibleSeconds`, 1 to 3600
  OnInterrupt on_interrupt = OnInterrupt::kRollback;        // `onInterrupt`
  // `onNoConnection`: "rollback". The step counts as done only when the service has answered over a
  // connection that was made after it.
  bool needs_connection = false;
  std::optional<std::chrono::seconds> connection_limit;  // `connectionTimeoutSeconds`, 10 to 3600
  auto operator<=>(const Step&) const = default;
};

struct JobDocument {
  std::optional<bool> include_stdout;  // includeStdOut; absent when the document does not say
  bool repair = false;                 // `repair`: taken in quarantine too, and lifts it when it succeeds
  std::optional<std::chrono::seconds> timeout;  // `timeoutSeconds` of the whole job, 1 to 604800
  std::vector<Step> steps;                      // in order, finalStep last; at least one
  auto operator<=>(const JobDocument&) const = default;
};

// Parses and checks `text`. The error names the member and what is wrong with it:
// "steps[1].action.input.handler: missing". Never throws, for any input; bounded in time, depth and memory.
Result<JobDocument> ParseJobDocument(std::string_view text);

// Whether the two differ in nothing but the queries of URLs, which the service signs anew for each delivery
// of the same document (reference 2.6).
bool SameButForQueries(const JobDocument& one, const JobDocument& other);

// Splits a runCommand `command`: comma separated argv, "\," is a comma, tokens trimmed (reference 7.1). The
// error completes the sentence "the command ...". The result has at least a program, and no NUL in it.
Result<std::vector<std::string>> SplitCommand(std::string_view command);

}  // namespace kedge
