#include "bench/bench.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <exception>
#include <sstream>

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

bool ReadCounts(const char* text, std::vector<int>* counts) {
  counts->clear();
  std::istringstream words(text == nullptr ? "" : text);
  for (std::string word; std::getline(words, word, ',');) {
    if (!ReadCount(word.c_str(), &counts->emplace_back())) return false;
  }
  return !counts->empty();
}

// Takes the word that follows, where the option has one. False: unknown, or not what belongs there.
bool ReadOption(const std::string& name, const char* next, Options* options, int* used) {
  const std::vector<std::pair<std::string, int*>> counts = {
      {"--runs", &options->runs},   {"--jobs", &options->jobs},       {"--things", &options->things},
      {"--hangs", &options->hangs}, {"--seconds", &options->seconds}, {"--cancels", &options->cancels}};
  if (name == "--no-cgroups") return options->no_cgroups = true;
  *used = 1;
  if (name == "--processes") return ReadCounts(next, &options->processes);
  const auto count =
      std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == name; });
  return count != counts.end() && ReadCount(next, count->second);
}

// Gives an exit status when there is nothing to run.
int ParseOptions(const Bench& bench, int argc, char** argv, Options* options) {
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
    int used = 0;
    if (!has || !ReadOption(word, i + 1 < argc ? argv[i + 1] : nullptr, options, &used)) {
      std::fprintf(stderr, "%s: %s: unknown, or without a number above 0; try --help\n", bench.name.c_str(),
                   word.c_str());
      return 2;
    }
    i += used;
  }
  return -1;
}

std::vector<Row> RowsOf(const Bench& bench, const Options& options) {
  if (options.hangs > 0) return bench.hang_rows;
  return bench.rows_for ? bench.rows_for(options) : bench.rows;
}

// "medians of 5 runs"
std::string Sample(const Bench& bench, const Options& options, int runs) {
  if (bench.columns == Columns::kPercentiles)
    return std::to_string(options.cancels) + " cancels of each kind";
  return "medians of " + std::to_string(runs) + (runs == 1 ? " run" : " runs");
}

void Print(const Bench& bench, const Options& options, const Figures& figures, const std::string& machine) {
  const std::vector<Row> rows = RowsOf(bench, options);
  const int runs = options.hangs > 0 ? 1 : options.runs;
  if (options.json) {
    const nlohmann::json all = {{"bench", bench.name},
                                {"version", KEDGE_VERSION},
                                {"date", Today()},
                                {"machine", machine},
                                {"runs", runs},
                                {"jobs", options.jobs},
                                {"figures", figures.Json(rows, bench.columns)}};
    std::printf("%s\n", all.dump(2).c_str());
    return;
  }
  std::printf("kedge %s, %s: %s, %s\n%s\n\n%s", KEDGE_VERSION, bench.name.c_str(), Today().c_str(),
              Sample(bench, options, runs).c_str(), machine.c_str(),
              figures.Table(rows, bench.columns).c_str());
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
  return figures.IsSound(RowsOf(bench, options)) ? 0 : 1;
}

}  // namespace kedge::bench
