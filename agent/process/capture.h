// Keeps the first and the last part of a stream in bounded memory, and counts the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/ending.h"
#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::process {

class CaptureBuffer {
 public:
  // At most `keep_bytes` are kept, half of them from the start. In between, up to half as much again is held.
  explicit CaptureBuffer(size_t keep_bytes)
      : head_limit_(keep_bytes / 2), tail_limit_(keep_bytes - keep_bytes / 2) {}

  void Append(std::string_view bytes);
  Capture Take();  // once, at the end

 private:
  size_t head_limit_;
  size_t tail_limit_;
  std::string head_;
  std::string tail_;
  int64_t total_ = 0;
  int64_t lines_ = 0;
  bool line_open_ = false;
};

// The reading end of a child's pipe: read on the loop, a bounded part in each turn, so that a flood starves
// nobody.
class CapturedPipe {
 public:
  // `reading_end` is non-blocking. `also` sees all that is read, kept or not.
  CapturedPipe(sys::EventLoop& loop, sys::Fd reading_end, size_t keep_bytes,
               std::function<void(std::string_view)> also);

  // Whether somebody still has the other end: then somebody of the task lives, or has handed it to a
  // stranger.
  bool IsHeld() const;
  // What was kept up to now. What comes later is read and thrown away. Once.
  Capture TakeSoFar();
  // When the task is over: takes what the pipe still holds, closes it and gives all that was kept. Somebody
  // who got away with the other end cannot keep us here.
  Capture Finish();

 private:
  void ReadWhatIsThere();
  // At most 64 KiB; false when there is nothing (yet, or any more).
  bool ReadSome();

  CaptureBuffer buffer_;
  const std::function<void(std::string_view)> also_;
  sys::Fd fd_;
  sys::Handle watch_;  // below fd_: ends before it is closed
};

}  // namespace kedge::process
