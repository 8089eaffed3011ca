// Cuts a board's power again and again: see cycle.h.
//
//   cuts_campaign FOLDER [--cycles N] [--seed S] [--keep FOLDER] [--image IMAGE]
//
// IMAGE is a folder of image.sh; FOLDER is for the run, and emptied. Prints a line for each cycle and a table
// at the end. To be started by ../run.sh. 0: no exception; 1: some; 2: wrong use, or it could not be done.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include "board/cuts/cycle.h"
#include "board/cuts/judge.h"
#include "rig/files.h"

namespace {

using namespace kedge::board;

struct Command {
  CycleOptions cycles;
  int count = 10;
};

bool Parse(int argc, char** argv, Command* options) {
  if (argc < 2 || argc % 2 != 0) return false;
  const char* image = std::getenv("KEDGE_BOARD_IMAGE");
  options->cycles.image = image == nullptr ? "" : image;
  options->cycles.folder = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string word = argv[i];
    if (word == "--cycles") {
      options->count = std::stoi(argv[i + 1]);
    } else if (word == "--seed") {
      options->cycles.seed = std::stoull(argv[i + 1]);
    } else if (word == "--image") {
      options->cycles.image = argv[i + 1];
    } else if (word == "--keep") {
      options->cycles.keep = argv[i + 1];
    } else {
      return false;
    }
  }
  return options->count > 0 && !options->cycles.image.empty();
}

class Table {
 public:
  void Add(const CycleResult& result) {
    const std::string alone =
        result.exception.empty() || !result.service.empty() ? Outcome(result.alone) : "?";
    Row& row = rows_[{result.cancelled ? "cancelled" : "left alone", alone}];
    for (Row* each : {&row, &all_}) {
      ++each->cycles;
      each->boots += result.boots;
      each->exceptions += result.exception.empty() ? 0 : 1;
      ++each->ends[result.service.empty() ? "?" : result.service];
    }
  }
  int exceptions() const { return all_.exceptions; }
  void Print(const std::string& board, long seconds) const {
    std::printf("\n%-8s %-11s %-21s %6s %6s %10s  %s\n", "board", "job", "without the network", "cycles",
                "boots", "exceptions", "at the service");
    for (const auto& [key, row] : rows_) Line(board, key.first, key.second, row);
    Line(board, "all", std::to_string(seconds) + " s", all_);
  }

 private:
  struct Row {
    int cycles = 0;
    int boots = 0;
    int exceptions = 0;
    std::map<std::string, int> ends;
  };
  static void Line(const std::string& board, const std::string& job, const std::string& outcome,
                   const Row& row) {
    std::string ends;
    for (const auto& [end, count] : row.ends)
      ends += (ends.empty() ? "" : ", ") + std::to_string(count) + " " + end;
    std::printf("%-8s %-11s %-21s %6d %6d %10d  %s\n", board.c_str(), job.c_str(), outcome.c_str(),
                row.cycles, row.boots, row.exceptions, ends.c_str());
  }
  std::map<std::pair<std::string, std::string>, Row> rows_;
  Row all_;
};

int Run(const Command& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::string board = kedge::rig::Lines(kedge::rig::ReadIfThere(options.cycles.image + "/arch")).at(0);
  Cycles cycles(options.cycles);
  std::printf("%s, seed %llu: %s\n", board.c_str(), static_cast<unsigned long long>(options.cycles.seed),
              cycles.Pace().c_str());
  Table table;
  for (int i = 1; i <= options.count; ++i) {
    const CycleResult result = cycles.Next();
    std::printf("%3d %s %s: %s; alone: %s; service: %s (%lld s)\n", i, result.job.c_str(),
                result.cancelled ? "cancelled" : "left alone", result.moment.c_str(),
                Outcome(result.alone).c_str(), result.service.c_str(),
                static_cast<long long>(result.took.count()));
    if (!result.exception.empty()) std::printf("    EXCEPTION: %s\n", result.exception.c_str());
    table.Add(result);
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
  table.Print(board, took.count());
  return table.exceptions() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Command options;
  if (!Parse(argc, argv, &options)) {
    std::fprintf(stderr,
                 "usage: cuts_campaign FOLDER [--cycles N] [--seed S] [--keep FOLDER] [--image IMAGE]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return Run(options);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "cuts_campaign: %s\n", why.what());
    return 2;
  }
}
