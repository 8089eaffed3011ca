// A run of a board that was recorded: the disk at its boot, all that was written since, and which jobs it
// did. A folder with base.img, writes.log and recording.json.
#pragma once

#include <string>
#include <vector>

namespace kedge::board {

struct RecordedJob {
  std::string name;
  bool cancelled = false;  // by force, at the service; else left alone
};

struct Recording {
  std::string folder;
  std::string arch;
  std::vector<RecordedJob> jobs;  // in the order in which they were done

  std::string base() const { return folder + "/base.img"; }
  std::string log() const { return folder + "/writes.log"; }
};

Recording Load(const std::string& folder);
void Save(const Recording& recording);

}  // namespace kedge::board
