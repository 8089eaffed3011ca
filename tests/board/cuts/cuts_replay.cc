// Cuts the power at every flush of a recorded run: see replay.h.
//
//   cuts_replay RECORDING [--points FROM:TO] [--every N] [--keep FOLDER]
//
// Prints an exception as it comes, and a table at the end. 0: no exception; 1: some, the disk of the first is
// in the folder of --keep; 2: wrong use, or it could not be done.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "board/cuts/mounted.h"
#include "board/cuts/replay.h"

namespace {

using namespace kedge::board;

struct Command {
  std::string recording;
  std::string keep;
  std::size_t from = 0;  // of the flush points, counted from 0
  std::size_t to = std::numeric_limits<std::size_t>::max();
  std::size_t every = 1;
};

bool Parse(int argc, char** argv, Command* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--keep" && i + 1 < argc) {
      options->keep = argv[++i];
    } else if (word == "--every" && i + 1 < argc) {
      options->every = std::max(1UL, std::stoul(argv[++i]));
    } else if (word == "--points" && i + 1 < argc) {
      const std::string range = argv[++i];
      const std::size_t colon = range.find(':');
      if (colon == std::string::npos) return false;
      options->from = std::stoul(range.substr(0, colon));
      options->to = std::stoul(range.substr(colon + 1));
    } else if (options->recording.empty() && word[0] != '-') {
      options->recording = word;
    } else {
      return false;
    }
  }
  return !options->recording.empty();
}

// In memory, where there is room: two disks are copied for each point.
class Scratch {
 public:
  Scratch() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/dev/shm/kedge-replay-XXXXXX";
};

class Table {
 public:
  void Add(const PointResult& result) {
    const std::string phase = result.phase.empty() ? "(no job yet)" : result.phase;
    Row& row = rows_[{result.phase.empty() ? "" : result.cancelled ? "cancelled" : "left alone", phase}];
    ++row.points;
    ++row.outcomes[result.outcome.empty() ? "nothing to do" : result.outcome];
    row.exceptions += result.exceptions.size();
    exceptions_ += result.exceptions.size();
    ++points_;
  }
  std::size_t exceptions() const { return exceptions_; }
  void Print(double seconds) const {
    std::printf("\n%-11s %-14s %6s %10s  %s\n", "job", "journal says", "points", "exceptions",
                "after recovery");
    for (const auto& [key, row] : rows_) {
      std::string outcomes;
      for (const auto& [outcome, count] : row.outcomes)
        outcomes += (outcomes.empty() ? "" : ", ") + std::to_string(count) + " " + outcome;
      std::printf("%-11s %-14s %6zu %10zu  %s\n", key.first.c_str(), key.second.c_str(), row.points,
                  row.exceptions, outcomes.c_str());
    }
    std::printf("%-11s %-14s %6zu %10zu  %.1f s\n", "all", "", points_, exceptions_, seconds);
  }

 private:
  struct Row {
    std::size_t points = 0;
    std::size_t exceptions = 0;
    std::map<std::string, std::size_t> outcomes;
  };
  std::map<std::pair<std::string, std::string>, Row> rows_;
  std::size_t points_ = 0;
  std::size_t exceptions_ = 0;
};

volatile std::sig_atomic_t ended = 0;

// Ends after the point that is being tried, so that nothing stays mounted, running or in memory.
void EndWhenTold() {
  struct sigaction action {};
  action.sa_handler = [](int) { ended = 1; };
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
}

int Run(const Command& options) {
  const auto start = std::chrono::steady_clock::now();
  const Scratch scratch;
  Replay replay(Load(options.recording), scratch.path());
  std::printf("%s: %zu flush points\n", options.recording.c_str(), replay.points().size());
  Table table;
  for (std::size_t i = options.from; i < std::min(options.to, replay.points().size()) && ended == 0;
       i += options.every) {
    const PointResult result = replay.At(replay.points()[i]);
    if (!result.exceptions.empty() && table.exceptions() == 0 && !options.keep.empty()) {
      std::filesystem::create_directories(options.keep);
      CopySparse(replay.disk(), options.keep + "/point-" + std::to_string(i) + ".img", scratch.path());
    }
    for (const std::string& exception : result.exceptions)
      std::printf("point %zu (entry %zu): %s\n", i, result.point, exception.c_str());
    table.Add(result);
  }
  table.Print(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (ended != 0) throw std::runtime_error("ended before it was done");
  return table.exceptions() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Command options;
  if (!Parse(argc, argv, &options)) {
    std::fprintf(stderr, "usage: cuts_replay RECORDING [--points FROM:TO] [--every N] [--keep FOLDER]\n");
    return 2;
  }
  if (geteuid() != 0) {
    std::printf("skipped: only root can mount a disk\n");
    return 77;
  }
  EndWhenTold();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return Run(options);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "cuts_replay: %s\n", why.what());
    return 2;
  }
}
