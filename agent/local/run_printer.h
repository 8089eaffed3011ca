// What a person sees of a local run, line by line: what happens (the lines of the journal's history), what
// the service is told, what the steps print, and how it ended. Or the same as JSON, one object a line, with
// the same "event" as in `kedge logs --follow --json`:
//   {"event": "run-started", "jobId": S, "file": S}
//   {"event": a word of the history, "jobId": S, ...}    as in the history of `kedge show --json`
//   {"event": "told", "status": S, "details": {...}}
//   {"event": "output", "task": N, "stream": "stdout"|"stderr", "text": S}     a line
//   {"event": "note", "text": S}
//   {"event": "run-ended", "jobId": S, "status": S, "verdict": S, "text": S, "tookMs": N, "exitStatus": N}
// Without `status` it was not begun; without `verdict` it is done for good.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/job_execution.h"
#include "core/state.h"
#include "operator/terminal.h"
#include "operator/whole_lines.h"

namespace kedge::local {

// How a local run ended, as far as there is something to say.
struct RunEnd {
  JobId job;
  std::optional<JobStatus> status{};  // absent: not begun
  std::optional<Verdict> verdict{};   // absent: nothing had to be undone
  std::string text;                   // one sentence
  int64_t took = 0;                   // milliseconds
  int exit_status = 1;
};

class RunPrinter {
 public:
  using Write = std::function<void(const std::string&)>;
  RunPrinter(bool json, op::Look look, Write write) : json_(json), look_(look), write_(std::move(write)) {}

  void Started(const JobId& job, const std::string& file);
  void History(const HistoryEntry& entry);
  void Told(const ServiceExecution& execution);
  void Printed(int64_t task, bool is_stderr, std::string_view bytes);
  void Note(const std::string& text);
  void Ended(const RunEnd& end);

 private:
  void Line(const op::OutputLine& line);
  void Flush();  // lines that a task has begun and not ended

  const bool json_;
  const op::Look look_;
  const Write write_;
  op::WholeLines lines_;
  DetailsMap told_;
};

}  // namespace kedge::local
