// How a child process ended. Different things are different values: an exit status is never a signal, a limit
// is never an exit status. Made by process/, judged by core, printed everywhere with the same words.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

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
struct TimedOut {
  std::chrono::milliseconds limit{0};
  auto operator<=>(const TimedOut&) const = default;
};
struct CouldNotStart {
  std::string what;  // "execve /usr/lib/kedge/handlers/echo/run: Permission denied"
  auto operator<=>(const CouldNotStart&) const = default;
};
// The agent died or was restarted meanwhile: how it ended nobody knows. Everything it had started is dead.
struct Interrupted {
  auto operator<=>(const Interrupted&) const = default;
};

using Ending = std::variant<Exited, Signalled, TimedOut, CouldNotStart, Interrupted>;

// "exit status 3", "killed by signal 9 (KILL)", "timed out after 30 s", "could not start: ...",
// "interrupted".
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

}  // namespace kedge
