// How a child process ended. Different things are different values: an exit status is never a signal, a limit
// is never an exit status. Made by process/, judged by core, printed everywhere with the same words.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kedge {

struct Exited {
  int status = 0;  // 0 to 255
  auto operator<=>(const Exited&) const = default;
};
struct Signalled {
  int signal = 0;
  bool core_dumped = false;
  auto operator<=>(const Signalled&) const = default;
};
// Whose limit of time it is.
enum class LimitOf {
  kStep,   // timeoutSeconds of the step, or jobs.step_limit
  kJob,    // what is left of the job's: timeoutSeconds of the document, or jobs.job_limit
  kCheck,  // check and verify
  kGuard,  // a snapshot
  kUndo,   // a rollback, restore or verification of it
};
std::string_view ToString(LimitOf whose);  // "step", "job", ...
std::optional<LimitOf> LimitOfFrom(std::string_view word);

struct TimedOut {
  std::chrono::milliseconds limit{0};
  LimitOf whose = LimitOf::kStep;
  auto operator<=>(const TimedOut&) const = default;
};
// The kernel killed it for want of memory.
struct OutOfMemory {
  int64_t limit = 0;  // bytes, the task's own limit; 0: it had none, the whole device was short
  auto operator<=>(const OutOfMemory&) const = default;
};
// It failed after the kernel had refused it a process or thread beyond its limit.
struct TaskLimit {
  int64_t limit = 0;  // processes and threads at once
  std::string then;   // how the main process ended, in words
  auto operator<=>(const TaskLimit&) const = default;
};
// It wrote more than it may, and was ended for that.
struct OutputLimit {
  int64_t limit = 0;  // bytes of both streams together
  auto operator<=>(const OutputLimit&) const = default;
};
struct CouldNotStart {
  std::string what;  // "execve /usr/lib/kedge/handlers/echo/run: Permission denied"
  auto operator<=>(const CouldNotStart&) const = default;
};
// It ended well enough, but what it wrote could not be brought to the disk: a power cut might take it back.
struct NotDurable {
  std::string what;  // "sync: exit status 1"
  auto operator<=>(const NotDurable&) const = default;
};
// The agent died or was restarted meanwhile: how it ended nobody knows. Everything it had started is dead.
struct Interrupted {
  auto operator<=>(const Interrupted&) const = default;
};

using Ending = std::variant<Exited, Signalled, TimedOut, OutOfMemory, TaskLimit, OutputLimit, CouldNotStart,
                            NotDurable, Interrupted>;

// "exit status 3", "killed by signal 9 (KILL)", "timed out after 30 s (the step's limit)",
// "out of memory: killed by the kernel at its limit of 64 MiB", "could not start: ...", "interrupted",
// "what it wrote cannot be brought to the disk: ...".
std::string ToString(const Ending& ending);
inline bool Succeeded(const Ending& ending) {
  const auto* exited = std::get_if<Exited>(&ending);
  return exited != nullptr && exited->status == 0;
}

// What a child wrote on one pipe: the first and the last part, the rest counted.
struct Capture {
  std::string head;     // raw bytes from the start, at most process/'s limit
  std::string tail;     // raw bytes up to the end, the part after head; empty while head holds it all
  int64_t dropped = 0;  // bytes between head and tail that were not kept
  int64_t lines = 0;    // line feeds seen in all, plus one for an unfinished last line
  auto operator<=>(const Capture&) const = default;
  // head + (a mark with the number of dropped bytes, if any) + tail.
  std::string Text() const;
};

struct Output {
  Capture out;  // standard output
  Capture err;  // standard error
  auto operator<=>(const Output&) const = default;
};

// What a task used, and what was found when it was over. Zero or empty: not known, or nothing.
struct Usage {
  std::chrono::milliseconds wall{0};  // from its start until everything of it was gone
  std::chrono::milliseconds cpu{
      0};  // user and system time, of all its processes where there is a control group
  int64_t peak_memory =
      0;  // bytes: of all of it together with the memory controller, else of its largest process
  // What still ran when the main process had ended, by name, and was ended or (kept) left running.
  std::vector<std::string> leftovers{};
  int64_t more_leftovers = 0;  // that are not named
  bool kept = false;
  // What did not fail it but should be known: "the kernel refused it 3 tasks beyond its limit of 64".
  std::vector<std::string> remarks{};
  auto operator<=>(const Usage&) const = default;
};
// "took 1.2 s, 300 ms of processor time, at most 12.5 MiB of memory; 2 processes were left and ended: sleep,
// dd".
std::string ToString(const Usage& usage);
// "512 bytes", "64 KiB", "1.5 GiB": as people write sizes.
std::string SizeInWords(int64_t bytes);

}  // namespace kedge
