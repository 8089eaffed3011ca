// The reading end of KEDGE_STATUS_FD: a task writes `key=value` lines, we keep the newest value of each key.
// Untrusted and perhaps endless: a line, the number of keys and the rate are bounded.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "process/children.h"
#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::process {

inline constexpr size_t kMaxStatusLine = 4096;  // bytes; the rest of a longer line is left out
// Different ones between two calls of `told`; further ones are lost, but for `progress` and `step`.
inline constexpr size_t kMaxStatusKeys = 32;

// Cuts a stream into lines and lines into key and value. A line without '=' has the key "".
class StatusLines {
 public:
  void Append(std::string_view bytes);
  void Finish();  // what stands after the last line end is a line too
  Told Take();
  bool empty() const { return told_.empty(); }

 private:
  void Line(std::string_view line);

  std::string line_;
  Told told_;
};

class StatusPipe {
 public:
  // `reading_end` is non-blocking. `told` is called on the loop whenever there is news, at most once in 200
  // ms.
  StatusPipe(sys::EventLoop& loop, sys::Fd reading_end, std::function<void(const Told&)> told);

  // What was not told yet. What comes later is read as before.
  Told TakeSoFar();
  // When the task is over: reads what is left and gives what was not told yet. Once.
  Told Finish();

 private:
  bool ReadSome();
  void ReadWhatIsThere();
  void Watch();
  void OnReady();

  sys::EventLoop& loop_;
  const std::function<void(const Told&)> told_;
  StatusLines lines_;
  sys::Fd fd_;
  sys::Handle watch_;  // below fd_
  sys::Handle pause_;
};

}  // namespace kedge::process
