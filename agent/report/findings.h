// What undoing found: from the last verdict of an execution. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/state.h"

namespace kedge::report {

// A difference as guards and verifications word it: "files /etc/app.conf: mode is 0644, was 0600".
struct Difference {
  std::string where;     // "files /etc/app.conf"; the whole sentence when it is worded otherwise
  std::string what;      // "mode"; "" when it is about the thing itself
  std::string recorded;  // "0600"
  std::string observed;  // "0644"
};
Difference ReadDifference(const std::string& sentence);

struct Findings {
  std::vector<Difference> differences;
  std::vector<std::string> no_way_back;
  std::vector<std::string> not_verified;
  bool empty() const { return differences.empty() && no_way_back.empty() && not_verified.empty(); }
};
Findings FindingsIn(const std::vector<HistoryEntry>& entries);

// What the service gave as its or the operator's reason when it ended the execution: "key = value", the
// newest.
std::vector<std::string> ServiceReasons(const std::vector<HistoryEntry>& entries);

// What the entry's task wrote.
struct Streams {
  std::string out;
  std::string err;
};
Streams StreamsOf(const HistoryEntry& entry);

}  // namespace kedge::report
