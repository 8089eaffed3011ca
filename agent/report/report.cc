#include "report/report.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "report/execution_page.h"
#include "report/markup.h"
#include "sys/files.h"

namespace kedge::report {

const char kReportHelp[] =
    R"(Tell what became of a job in one HTML file, for people who were not there.

Usage: kedge report --html JOB [-o FILE]

The file has the outcome, a timeline, every event, what the steps printed, the job document, and what is not as it was
before the job. It loads nothing from elsewhere and runs no script, so it can be sent around and kept. It is read from the
journal; no running kedged is needed. Who may read the journal (root) decides who may read the file: its mode is 0600.

  --html             the only form there is so far
  JOB                a job id; JOB#2 is the second execution of it (default: the newest)
  -o, --output FILE  write it there; "-" is stdout (the default where that is no terminal)
  --config FILE      another configuration than /etc/kedge/kedge.yaml
  -h, --help         print this

Examples:
  sudo kedge report --html firmware-42 -o firmware-42.html
  ssh pi-1 sudo kedge report --html firmware-42 >firmware-42.html

Exit status: 0 done; 1 it could not be read or written; 2 wrong use.
)";

namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUse = 2;

struct Request {
  bool html = false;
  bool help = false;
  std::string config;
  std::string output;  // "": not said
  JobId job;
  std::optional<int64_t> number;
};

// A word of the command line, on one line.
std::string Shown(const std::string& word) {
  std::string shown = Visible(word);
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return shown;
}

Unexpected Wrong(const std::string& what) { return {ErrorKind::kInvalid, what}; }

// "fw-42" or "fw-42#2".
Result<void> ReadJob(const std::string& word, Request& request) {
  const size_t hash = word.find('#');
  request.job.value = word.substr(0, hash);
  if (hash == std::string::npos) return {};
  int64_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data() + hash + 1, end, number);
  if (error != std::errc() || stop != end || number < 0) {
    return Wrong("which execution is " + Shown(word) + "? Type: kedge report --html JOB#2");
  }
  request.number = number;
  return {};
}

Result<Request> ReadArguments(const std::vector<std::string>& words) {
  Request request;
  std::vector<std::string> jobs;
  bool only_operands = false;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    std::optional<std::string> value;
    if (!only_operands && word.starts_with("--") && word.find('=') != std::string::npos) {
      value = word.substr(word.find('=') + 1);
      word.resize(word.find('='));
    }
    std::string* takes = word == "-o" || word == "--output" ? &request.output
                         : word == "--config"               ? &request.config
                                                            : nullptr;
    if (only_operands || word.empty() || word == "-" || word[0] != '-') {
      jobs.push_back(word);
    } else if (takes != nullptr) {
      if (!value && i + 1 < words.size()) value = words[++i];
      if (!value || value->empty())
        return Wrong("which file? Type: kedge report --html JOB " + word + " FILE");
      *takes = *value;
    } else if (value) {
      return Wrong(Shown(word) + " takes no value, or is not known; type: kedge report --help");
    } else if (word == "--html") {
      request.html = true;
    } else if (word == "-h" || word == "--help") {
      request.help = true;
    } else if (word == "--") {
      only_operands = true;
    } else {
      return Wrong("no option " + Shown(word) + "; type: kedge report --html JOB -o FILE");
    }
  }
  if (request.help) return request;
  if (jobs.empty())
    return Wrong("which job? Type: kedge report --html JOB -o FILE; kedge history lists the jobs");
  if (jobs.size() > 1)
    return Wrong("one job at a time; type: kedge report --html " + Shown(jobs[0]) + " -o FILE");
  if (!request.html) return Wrong("in which form? Type: kedge report --html " + Shown(jobs[0]) + " -o FILE");
  if (auto read = ReadJob(jobs[0], request); !read) return Unexpected(read.error());
  return request;
}

Result<std::string> Make(const Request& request, const Io& io) {
  const auto source = io.open(request.config);
  if (!source) return Unexpected(source.error());
  const auto executions = (*source)->ExecutionsOf(request.job);
  if (!executions) return Unexpected(executions.error());
  const auto found =
      std::find_if(executions->begin(), executions->end(), [&](const PastExecution& execution) {
        return !request.number || execution.id.number == *request.number;
      });
  if (found == executions->end()) {
    return Unexpected{ErrorKind::kNotFound,
                      "no job " + Shown(request.job.value) +
                          (request.number ? "#" + std::to_string(*request.number) : "") +
                          " in this device's history; type: kedge history"};
  }
  auto entries = (*source)->Entries(found->id);
  if (!entries) return Unexpected(entries.error());
  return ExecutionPage({(*source)->Thing(), *found, std::move(*entries), io.now});
}

}  // namespace

int Report(const std::vector<std::string>& arguments, const Io& io) {
  auto request = ReadArguments(arguments);
  if (request && request->help) return io.out(kReportHelp);
  if (request && request->output.empty() && io.out_is_terminal) {
    request = Wrong("an HTML page is nothing for a terminal; add: -o FILE (or -o - if it is)");
  }
  if (!request) {
    io.err(request.error().message);
    return kWrongUse;
  }
  const auto page = Make(*request, io);
  if (!page) {
    io.err(page.error().message);
    return kFailed;
  }
  if (request->output.empty() || request->output == "-") return io.out(*page);
  // What the steps printed may be for nobody else, and the journal is root's too.
  if (const auto written = sys::WriteFileAtomic(request->output, *page, 0600); !written) {
    io.err("cannot write the report: " + written.error().message);
    return kFailed;
  }
  return kDone;
}

}  // namespace kedge::report
