// Runs scripts on a board, from a terminal: to look at an image, or to find out why a test fails.
// Usage: board_shell IMAGE FOLDER SCRIPT...
//   Boots a copy of the image (a folder that image.sh made) in FOLDER, runs each SCRIPT and prints what it
//   prints. The scripts "CUT" and "POWEROFF" stand for losing power, with all that was not flushed, or
//   switching off; and booting again.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "board/machine.h"

namespace {

using kedge::board::Machine;

void Report(const Machine& board) {
  std::printf("# %s, boot %d: %.1f s\n", board.arch().c_str(), board.boots(),
              static_cast<double>(board.times().control.count()) / 1000);
}

int Run(const std::vector<std::string>& words) {
  Machine board({.image = {words[1]}, .folder = words[2]});
  int status = 0;
  board.Boot();
  board.WaitUntilControl();
  Report(board);
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (words[i] == "CUT" || words[i] == "POWEROFF") {
      words[i] == "CUT" ? board.Cut() : board.PowerOff();
      board.Boot();
      board.WaitUntilControl();
      Report(board);
      continue;
    }
    const auto output = board.Run(words[i]);
    std::fwrite(output.out.data(), 1, output.out.size(), stdout);
    if (output.status != 0) std::printf("# status %d\n", status = output.status);
    std::fflush(stdout);
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() < 4) {
    std::fprintf(stderr, "usage: board_shell IMAGE FOLDER SCRIPT...\n");
    return 2;
  }
  try {
    return Run(words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "board_shell: %s\n", error.what());
    return 1;
  }
}
