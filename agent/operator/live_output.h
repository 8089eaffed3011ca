// What the running job prints, while it prints it: the newest 64 KiB, for who follows it. The history has
// what is kept for good, once a task is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "core/job_execution.h"

namespace kedge::op {

// What a task wrote to one of its streams, in the order in which the agent read it.
struct OutputPiece {
  int64_t task = 0;  // as "task" in the details of the history
  bool is_stderr = false;
  std::string bytes;  // as written: neither safe for a terminal nor whole lines
};

// What came after a place in the output of one execution.
struct OutputSince {
  ExecutionId execution;  // of the newest output; `job` is empty: nothing was printed yet
  uint64_t end = 0;       // where to go on, in bytes
  uint64_t lost = 0;      // bytes of this execution before the first piece that are not held any more
  std::deque<OutputPiece> pieces{};
};

class LiveOutput {
 public:
  // `limit`: of bytes held. Output of another execution takes the place of all before.
  explicit LiveOutput(size_t limit = 64 << 10) : limit_(limit) {}

  void Append(const ExecutionId& execution, int64_t task, bool is_stderr, std::string_view bytes);
  // `after`: an `end` that was told before, or 0 for all that is held. It only grows, over executions too,
  // but begins anew with the agent.
  OutputSince Since(uint64_t after) const;

 private:
  size_t limit_;
  ExecutionId execution_;
  uint64_t start_ = 0;  // place of the execution's first byte
  uint64_t begin_ = 0;  // of the first byte held
  uint64_t end_ = 0;
  std::deque<OutputPiece> pieces_;
};

}  // namespace kedge::op
