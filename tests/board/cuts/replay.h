// Cuts the power at every flush of a recorded run, without booting: the disk is made as it was there, the
// kernel replays the file system's journal, the agent's journal and the protected files are looked at, then
// the real kedged recovers, and all is looked at again.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "board/cuts/block_log.h"
#include "board/cuts/judge.h"
#include "board/cuts/recording.h"
#include "board/cuts/work.h"

namespace kedge::board {

// What one flush point leaves: an exception is a sentence that begins with where it was found.
struct PointResult {
  std::size_t point = 0;   // entries of the log that the disk has
  std::string phase;       // of the newest job that the journal knows
  std::string outcome;     // of it, after recovery: Outcome()
  bool cancelled = false;  // was it one of the cancelled jobs?
  std::vector<std::string> exceptions;
};

class Replay {
 public:
  // `folder`: for the two disks (best in memory) and all else; made if missing. Calls OwnMounts().
  Replay(Recording recording, std::string folder);
  ~Replay();

  const std::vector<std::size_t>& points() const { return points_; }
  // Rising, from call to call.
  PointResult At(std::size_t point);
  // The disk of the last point, as the cut left it; changed by nothing.
  const std::string& disk() const { return working_; }

 private:
  struct Known {  // of the journal, straight after the cut
    std::map<std::string, Facts> jobs;
    std::size_t lines = 0;  // of all histories
  };

  // Jobs of long before cannot change any more: those around the newest known one are looked at each time,
  // all others only now and then.
  std::vector<std::size_t> WorthALook(const Known& known);
  Known ReadJournal(const std::string& root, PointResult* result) const;
  std::vector<std::size_t> LookAtDisk(const std::string& root, PointResult* result);  // at these jobs
  void Recover(const std::string& root, const std::vector<std::size_t>& jobs, PointResult* result) const;
  void FillIn(const std::string& root, const Work& work, Facts* facts) const;
  std::string Listing(const std::string& root, const Work& work) const;

  const Recording recording_;
  const std::string folder_;
  const std::string working_;  // the disk as of the point
  const std::string tried_;    // a copy of it, which is mounted and recovered
  BlockLog log_;
  std::vector<std::size_t> points_;
  std::vector<Work> works_;
  std::unique_ptr<DiskFile> disk_;
  std::size_t applied_ = 0;
  std::size_t tries_ = 0;  // points so far
  std::size_t lines_ = 0;  // the most that a journal had
};

}  // namespace kedge::board
