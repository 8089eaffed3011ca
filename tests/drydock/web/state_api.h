// GET /drydock/state?limit=N&thing=TEXT: everything that the web page draws, at once and in its own words
// (times in milliseconds since the epoch):
//
//   {"now": …, "thingArnPrefix": …, "groupArnPrefix": …,
//    "things": [{"name", "counts": {"QUEUED": 1, …}}],        by name; statuses that nothing has are left out
//    "groups": [{"name", "things": N}],
//    "jobs": [{"jobId", "status", "counts", …}], "jobsLeftOut": N,                  newest first
//    "executions": [{"thing", "jobId", "number", "status", "version", …}], "executionsLeftOut": N}
//
// Of the jobs and of the executions at most `limit`: of the executions the open ones first, and the newest
// first among these; then the ended ones, those that ended last first. PURE.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "rest_api.h"
#include "service.h"

namespace kedge::drydock {

struct StateQuestion {
  static constexpr std::size_t kMostListed = 10000;
  std::size_t limit = 500;  // 1 to kMostListed
  std::string thing = {};   // only executions on things whose names have this text; empty: all
};

Outcome<StateQuestion> ReadStateQuestion(const Target& target);
nlohmann::json StateOf(Service& service, const StateQuestion& question, Instant now);

}  // namespace kedge::drydock
