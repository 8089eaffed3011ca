// What a snapshot knows, beside the files it keeps. `record` is written last and atomically: without it there
// is no snapshot. PACKAGES.md has the format.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "guards/packages/archive.h"
#include "guards/packages/database.h"

namespace kedge::packages {

struct Record {
  std::vector<std::string> items;            // as written, with their versions
  std::string status;                        // dpkg's status file
  std::set<std::string> automatic;           // keys that apt has marked as installed automatically
  std::set<std::string> touched;             // keys of what the step may change
  std::vector<Archive> archives;             // of the touched ones that are installed
  std::vector<std::string> lacking;          // why there is no exact way back; empty: there is one
  std::vector<std::string> guarded;          // what the guard `files` keeps; empty: nothing is kept by it
  std::vector<std::string> data;             // likewise, what services of the touched packages may write to
  std::vector<std::string> listed;           // what was in /etc, /var, /opt and /srv
  std::vector<std::string> absent;           // paths in .deb files about to be unpacked where nothing was
  std::vector<std::string> replaced;         // such paths where something was that is no folder
  std::map<std::string, std::string> units;  // of touched packages: the ActiveState
  std::map<std::string, std::vector<std::string>> deviations;  // by key: what `dpkg --verify` said
};

std::string Encode(const Record& record);
// kCorrupt: not what Encode has written.
Result<Record> Decode(const std::string& text);

}  // namespace kedge::packages
