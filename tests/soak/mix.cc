#include "soak/mix.h"

#include <filesystem>
#include <stdexcept>

#include "rig/files.h"

namespace kedge::soak {
namespace {

// Out of ten jobs: one fails and one is refused, the rest succeed.
constexpr int kCycle = 10;
constexpr int kFails = 3;
constexpr int kIsRefused = 7;

}  // namespace

Mix::Mix(rig::Rig& rig) : rig_(rig) {
  // Each leaves something in the step's own folder, which has to go with the undo data.
  rig_.Script("fine/run", "echo done > \"$KEDGE_STATE_DIR/kept\"");
  rig_.Script("fine/rollback", "exit 0");
  rig_.Script("failing/run", "echo half > \"$KEDGE_STATE_DIR/kept\"; echo it did not work >&2; exit 3");
  rig_.Script("failing/rollback", "cat \"$KEDGE_STATE_DIR/kept\"");
  rig_.Script("long/run", "sleep 600 & echo $! > \"$KEDGE_STATE_DIR/kept\"; : > \"$1\"; wait");
  rig_.Script("long/rollback", "rm -f \"$1\"");
  fine_ = rig::Rig::Document({rig_.Step("fine")});
  failing_ = rig::Rig::Document({rig_.Step("fine"), rig_.Step("failing")});
  refused_ = rig::Rig::Document({rig_.Step("there-is-no-such-handler")});
}

std::string Mix::MarkOf(const std::string& job) const { return rig_.Folder("scratch/" + job); }

Mix::Job Mix::Create(int place) {
  Job job{"soak-" + std::to_string(++created_), "SUCCEEDED"};
  const rig::json* document = &fine_;
  rig::json cancelled;
  if (place == kBatch - 1) {
    job.ends = "CANCELED";
    cancelled = rig::Rig::Document({rig_.Step("long", {MarkOf(job.name)})});
    document = &cancelled;
  } else if (place % kCycle == kFails) {
    job.ends = "FAILED";
    document = &failing_;
  } else if (place % kCycle == kIsRefused) {
    job.ends = "REJECTED";
    document = &refused_;
  }
  rig_.service().CreateJob(job.name, *document);
  return job;
}

void Mix::CancelMidStep(const Job& job) {
  const std::string mark = MarkOf(job.name);
  rig_.WaitUntil("the step of " + job.name, [&mark] { return rig::Exists(mark); });
  if (!rig_.service().CancelExecution(job.name, {.force = true})) {
    throw std::runtime_error(job.name + " cannot be cancelled: it is " + rig_.service().Status(job.name));
  }
  rig_.WaitUntil("the roll-back of " + job.name, [&mark] { return !rig::Exists(mark); });
}

void Mix::Run(int count) {
  std::vector<Job> jobs;
  for (int place = 0; place < count; ++place) jobs.push_back(Create(place));
  if (jobs.back().ends == "CANCELED") CancelMidStep(jobs.back());
  rig_.WaitForStatus(jobs.back().name, jobs.back().ends);
  for (const Job& job : jobs) {
    rig_.WaitForStatus(job.name, job.ends);
    ++ended_[job.ends];
    // The service's own memory of it, and with it the time that its lists take.
    rig_.service().Must("DELETE", "/jobs/" + job.name + "?force=true");
  }
}

}  // namespace kedge::soak
