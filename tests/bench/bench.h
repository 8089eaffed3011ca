// What the benches share: the command line, the runs and the printing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/figures.h"

namespace kedge::bench {

struct Options {
  int runs = 5;
  int jobs = 200;
  int things = 1000;
  int hangs = 0;  // so many jobs instead of the runs
  int seconds = 30;
  int cancels = 200;
  std::vector<int> processes = {1, 100, 1000};  // of a step
  bool no_cgroups = false;
  bool json = false;
};

struct Bench {
  std::string name;
  std::string help;  // after the usage line, with the options that it has
  // Of --runs, --jobs, --things, --hangs, --seconds, --cancels, --processes, --no-cgroups; --json and --help
  // are always there.
  std::vector<std::string> options;
  std::vector<Row> rows;
  std::function<void(const Options&, Figures&)> run;  // once
  Options defaults = {};
  std::vector<Row> hang_rows = {};
  std::function<void(const Options&, Figures&)> hangs = {};  // with --hangs, instead
  Columns columns = Columns::kMedian;
  std::function<std::vector<Row>(const Options&)> rows_for =
      {};  // instead of rows, where the options tell them
};

// main: 0 when it could measure; 1 when not, or when a figure that must meet its aim does not; 2 for wrong
// use.
int Main(const Bench& bench, int argc, char** argv);

// To stderr: what is being done, for the person who waits.
void Say(const std::string& words);

// All as shipped, but for a first question that does not wait: the random delay is there for a fleet's sake.
inline constexpr const char* kConfig = "service: {connect_spread: 0ms}\n";

}  // namespace kedge::bench
