#include "bench/bench.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <exception>

#include "bench/proc.h"

namespace kedge::bench {
namespace {

std::string Today() {
  const time_t now = time(nullptr);
  tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%F %H:%M UTC", &utc);
  return text;
}

bool ReadCount(const char* text, int* count) {
  const std::string word = text == nullptr ? "" : text;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *count);
  return error == std::errc() && end == word.data() + word.size() && *count > 0;
}

// Gives an exit status when there is nothing to run.
int ParseOptions(const Bench& bench, int argc, char** argv, Options* options) {
  const std::vector<std::pair<std::string, int*>> counts = {{"--runs", &options->runs},
                                                            {"--jobs", &options->jobs},
                                                            {"--things", &options->things},
                                                            {"--hangs", &options->hangs},
                                                            {"--seconds", &options->seconds}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(bench.help.c_str(), stdout);
      return 0;
    }
    if (word == "--json") {
      options->json = true;
      continue;
    }
    const bool has = std::find(bench.options.begin(), bench.options.end(), word) != bench.options.end();
    const auto count = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& entry) { return has && entry.first == word; });
    if (count == counts.end() || !ReadCount(i + 1 < argc ? argv[++i] : nullptr, count->second)) {
      std::fprintf(stderr, "%s: %s: unknown, or without a number above 0; try --help\n", bench.name.c_str(),
                   word.c_str());
      return 2;
    }
  }
  return -1;
}

void Print(const Bench& bench, const Options& options, const Figures& figures, const std::string& machine) {
  const std::vector<Row>& rows = options.hangs > 0 ? bench.hang_rows : bench.rows;
  const int runs = options.hangs > 0 ? 1 : options.runs;
  if (options.json) {
    const nlohmann::json all = {{"bench", bench.name},
                                {"version", KEDGE_VERSION},
                                {"date", Today()},
                                {"machine", machine},
                                {"runs", runs},
                                {"jobs", options.jobs},
                                {"figures", figures.Json(rows)}};
    std::printf("%s\n", all.dump(2).c_str());
    return;
  }
  std::printf("kedge %s, %s: %s, medians of %d run%s\n%s\n\n%s", KEDGE_VERSION, bench.name.c_str(),
              Today().c_str(), runs, runs == 1 ? "" : "s", machine.c_str(), figures.Table(rows).c_str());
}

}  // namespace

void Say(const std::string& words) { std::fprintf(stderr, "%s\n", words.c_str()); }

int Main(const Bench& bench, int argc, char** argv) {
  Options options = bench.defaults;
  if (const int status = ParseOptions(bench, argc, argv, &options); status >= 0) return status;
  const std::string machine = MachineLine();  // now: its load is not yet ours
  Figures figures;
  try {
    if (options.hangs > 0) {
      bench.hangs(options, figures);
    } else {
      for (int run = 1; run <= options.runs; ++run) {
        Say(bench.name + ": run " + std::to_string(run) + " of " + std::to_string(options.runs));
        bench.run(options, figures);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: cannot measure: %s\n", bench.name.c_str(), error.what());
    return 1;
  }
  Print(bench, options, figures, machine);
  return 0;
}

}  // namespace kedge::bench
