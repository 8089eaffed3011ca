// drydock report: what became of every execution, as one HTML file.

#include <httplib.h>

#include <chrono>
#include <iostream>
#include <string_view>

#include "arguments.h"
#include "commands.h"
#include "fleet_history.h"
#include "sys/files.h"

namespace kedge::drydock {
namespace {

constexpr std::size_t kLongestHistory = std::size_t{1} << 30U;

constexpr const char* kHelp = R"(drydock report: what became of every execution, as one HTML file

usage: drydock report [options] -o FILE

  --history FILE           read what `drydock serve --history FILE` has written; may be given more than once, one for
                           each run
  --http PORT | HOST:PORT  without --history: ask the drydock that listens there (default 8080)
  --title TEXT             (default: Drydock)
  -o, --output FILE        where to write it; - is standard output
  --help

Each execution with its end, whether service and device agree on it, how long it waited, ran and took to come back, its
timeline, and every message. The file loads nothing from elsewhere and runs no script. Of a running drydock it has what
GET /drydock/history still knows.

examples:
  drydock report --history bench.jsonl -o bench.html
  drydock report --history stories/seed-1/history --history stories/seed-2/history --title Weather -o weather.html
  drydock report --http 8080 -o now.html
)";

struct ReportOptions {
  bool help = false;
  std::vector<std::string> histories;
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string title = "Drydock";
  std::string output;
};

Result<ReportOptions> ParseReportOptions(const std::vector<std::string>& words) {
  ReportOptions options;
  Arguments arguments("drydock report --help");
  arguments.Flag("--help", options.help)
      .Flag("-h", options.help)
      .Texts("--history", options.histories)
      .Address("--http", options.host, options.port)
      .Text("--title", options.title)
      .Text("-o", options.output)
      .Text("--output", options.output);
  if (const auto read = arguments.Read(words); !read) return Unexpected(read.error());
  if (options.output.empty() && !options.help) return arguments.Wrong("which file is it to be? add -o FILE");
  return options;
}

Result<std::string> Ask(const ReportOptions& options) {
  httplib::Client client(options.host, options.port);
  client.set_connection_timeout(5);
  client.set_read_timeout(30);
  const std::string address = options.host + ":" + std::to_string(options.port);
  const auto reply = client.Get("/drydock/history");
  if (!reply) {
    return Unexpected{ErrorKind::kUnavailable,
                      "no drydock answers at " + address + " (" + httplib::to_string(reply.error()) +
                          "); start it, or read a saved history with --history FILE"};
  }
  if (reply->status == 200) return reply->body;
  return Unexpected{ErrorKind::kUnavailable, address + " answers " + std::to_string(reply->status) +
                                                 " to /drydock/history; is it drydock that listens there?"};
}

// What a run is called: its file, or the folder of a file that is called history as everywhere.
std::string RunOf(std::string path) {
  constexpr std::string_view kUsual = "/history";
  if (path.ends_with(kUsual) && path.size() > kUsual.size()) path.resize(path.size() - kUsual.size());
  return path;
}

Result<void> Gather(const ReportOptions& options, FleetHistory& history) {
  if (options.histories.empty()) {
    const auto lines = Ask(options);
    if (!lines) return Unexpected(lines.error());
    history.Read(*lines, "");
  }
  for (const std::string& path : options.histories) {
    const auto lines = sys::ReadFile(path, kLongestHistory);
    if (!lines) return Unexpected(lines.error().Within("cannot read the history"));
    history.Read(*lines, options.histories.size() == 1 ? "" : RunOf(path));
  }
  return {};
}

Result<void> Write(const std::string& output, const std::string& page) {
  if (output != "-") return sys::WriteFileAtomic(output, page, 0644);
  std::cout << page << std::flush;
  if (!std::cout) return Unexpected{ErrorKind::kIo, "standard output is closed"};
  return {};
}

}  // namespace

int RunReport(const std::vector<std::string>& words) {
  const auto options = ParseReportOptions(words);
  if (!options) {
    Say(options.error().message);
    return 2;
  }
  if (options->help) {
    std::cout << kHelp;
    return 0;
  }
  FleetHistory history;
  if (const auto gathered = Gather(*options, history); !gathered) {
    Say(gathered.error().message);
    return 1;
  }
  using std::chrono::system_clock;
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch());
  const std::string page =
      report::FleetPage({options->title, history.Outcomes(), history.Notes(), now.count()});
  if (const auto written = Write(options->output, page); !written) {
    Say("cannot write the report: " + written.error().message);
    return 1;
  }
  return 0;
}

}  // namespace kedge::drydock
