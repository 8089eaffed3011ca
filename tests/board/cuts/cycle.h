// Jobs on a real emulated board whose power is cut: a job, a cut at a random moment, the disk as such a cut
// leaves it, a boot without the network, a look; the network, another look.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "board/cuts/bench.h"
#include "board/cuts/facts.h"

namespace kedge::board {

struct CycleResult {
  std::string job;
  bool cancelled = false;  // by force, at the service
  std::string moment;      // when it was cancelled, and when the power was cut, for people
  int boots = 0;           // cuts, each with a boot
  Facts alone;             // after the boot, without the network
  std::string service;     // how the job ended there
  std::string exception;   // "": none
  std::chrono::seconds took{};
};

struct CycleOptions {
  std::string image;   // a folder of image.sh
  std::string folder;  // for the board's disk, log and consoles; made anew for each board
  std::string keep;    // where the disk and the consoles of an exception go; "": nowhere
  uint64_t seed = 1;
};

class Cycles {
 public:
  // Boots a board, and lets it do one job that is left alone and one that is cancelled, to see how long they
  // take.
  explicit Cycles(CycleOptions options);
  ~Cycles();

  // After an exception the next one has a new board.
  CycleResult Next();
  // What the first two jobs took, and the boot.
  std::string Pace() const;

 private:
  using Millis = std::chrono::milliseconds;

  void NewBoard();
  Work NewJob();
  Millis Alone(bool cancel);
  Millis Draw(Millis most);
  void CutAfter(Millis time);
  void BootAlone(const Work& work, CycleResult* result, std::string* listing);
  std::string Together(const Work& work, CycleResult* result);
  Facts Look(const Work& work, std::string* listing);
  void WaitForRest(const std::string& job);
  void Keep(const CycleResult& result) const;

  const CycleOptions options_;
  std::mt19937_64 random_;
  std::unique_ptr<Bench> bench_;
  int jobs_ = 0;
  Millis job_{};   // from its creation to its end
  Millis undo_{};  // from the cancel until the device is idle
  Millis boot_{};  // until commands can be run
};

}  // namespace kedge::board
