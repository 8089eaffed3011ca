// `kedge report --html JOB`: one execution of a job as one HTML file, for people who were not there. Reads
// the history and writes a file; nothing else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "report/story.h"

namespace kedge::report {

// What the report reads: the journal's history, as store/ has it (this room does not know store/).
class Source {
 public:
  virtual ~Source() = default;
  virtual std::string Thing() = 0;  // "" when it is not known
  // Every execution of this job, newest first.
  virtual Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) = 0;
  // In order.
  virtual Result<std::vector<HistoryEntry>> Entries(const ExecutionId& id) = 0;
};

struct Io {
  std::function<int(const std::string&)> out;   // to stdout, any text; the exit status
  std::function<void(const std::string&)> err;  // a sentence, one line
  // `config`: the file of --config; "": the standard one.
  std::function<Result<std::unique_ptr<Source>>(const std::string& config)> open;
  bool out_is_terminal = false;
  int64_t now = 0;  // milliseconds since the epoch
};

// `arguments`: what stands behind "report". Gives the exit status: 0 done; 1 it could not be read or written;
// 2 wrong use.
int Report(const std::vector<std::string>& arguments, const Io& io);

// What `kedge report --help` prints.
extern const char kReportHelp[];

}  // namespace kedge::report
