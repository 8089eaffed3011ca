// What `kedge metrics` prints: Prometheus' text format 0.0.4, for node_exporter's textfile collector. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kedge::op {

// How many executions of the history have ended so.
struct EndCount {
  std::string status;
  std::string verdict;  // empty: nothing had to be undone
  int64_t count = 0;
};

struct MetricsInput {
  std::string_view status;       // the document of status_report.h; empty: nothing is known, no agent answers
  std::vector<EndCount> ends;    // empty: the history may not be read
  std::optional<int64_t> bytes;  // of the journal
};

// kInvalid: `status` is no such document.
Result<std::string> MetricsText(const MetricsInput& input);

// The same for who has no reader of that format: [{"name": S, "help": S, "labels": {S: S}, "value": N}, ...].
Result<std::string> MetricsJson(const MetricsInput& input);

}  // namespace kedge::op
