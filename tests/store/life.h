// A plausible life of a device as the commits of its agent, for tests that damage a journal.
#pragma once

#include <vector>

#include "sample_job.h"

namespace kedge::store {

// A job of three steps with outputs and a presigned URL whose second step fails, from `from` on, with nothing
// current: offered, three step commits, rolling back, reporting, closed; 7 commits. `undone`: or else it is
// stranded and the device is quarantined.
std::vector<Change> FailedJob(const State& from, int64_t number, bool undone);

// 64 commits from State{} on: jobs that succeed, fail, are undone or not, reboots, a quarantine cleared and
// one that stays; at the end a job is being undone.
std::vector<Change> Life();

}  // namespace kedge::store
