// Records what a board writes while it boots for the first time and does jobs, for cuts_replay.
//
//   cuts_record FOLDER [--jobs N]
//
// FOLDER is made anew. To be started by ../run.sh, which says where the image is.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "board/cuts/bench.h"
#include "board/cuts/mounted.h"
#include "board/cuts/recorder.h"
#include "rig/files.h"

namespace {

using namespace kedge::board;

int Record(const std::string& image, const std::string& folder, int jobs) {
  OwnMounts();
  Recorder recorder(folder, kedge::rig::Lines(kedge::rig::ReadIfThere(image + "/arch")).at(0), jobs);
  Options options;
  options.image.folder = image;
  options.folder = folder + "/board";
  Bench board(options);
  recorder.Begin(board.machine().disk());
  board.Start();
  recorder.DoJobs(board.service(), [&board] {
    board.machine().Shell("kedge wait idle --timeout 900", std::chrono::seconds{900});
  });
  board.machine().Cut();
  recorder.End(board.machine().log());
  std::filesystem::remove_all(options.folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const char* image = std::getenv("KEDGE_BOARD_IMAGE");
  if (image == nullptr || (argc != 2 && argc != 4) || (argc == 4 && std::strcmp(argv[2], "--jobs") != 0)) {
    std::fprintf(stderr, "usage: run.sh BUILD --board BOARD cuts_record FOLDER [--jobs N]\n");
    return 2;
  }
  try {
    return Record(image, argv[1], argc == 4 ? std::stoi(argv[3]) : 8);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "cuts_record: %s\n", why.what());
    return 2;
  }
}
