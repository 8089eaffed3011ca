// SQLite's write-ahead log, read without SQLite (its format: sqlite.org/fileformat2.html, section 4). Private
// to store/.
//
// SQLite ends a log at the first frame that does not fit its checksum, for that is how a commit looks which a
// power cut tore. But commits that stand behind it in the log were on the disk: then it is damage, and what
// SQLite would give is a state of long ago.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::store {

struct LogFrame {
  uint32_t page = 0;   // number in the database, from 1
  int64_t offset = 0;  // of the page's content in the log's file
};

struct LogScan {
  std::string damage;            // empty: what is there is whole, but for the last commit, which may be torn
  std::vector<LogFrame> frames;  // up to the last whole commit, in order
  uint32_t database_pages = 0;   // as that commit says; 0: there is none
};

// A missing log is an empty one. An error: it cannot be read.
Result<LogScan> ScanLog(const std::string& path);

}  // namespace kedge::store
