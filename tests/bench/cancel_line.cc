#include "bench/cancel_line.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "bench/proc.h"
#include "rig/files.h"

namespace kedge::bench {
namespace {

constexpr std::chrono::seconds kPatience{30};
// The kernel tells changes of one group's cgroup.events at most each 10 ms: the first is that the step is
// there.
constexpr timespec kSettle{0, 25'000'000};

// Not compressible, and another for each file.
std::string ContentOf(unsigned file) {
  std::minstd_rand random(file + 1);
  std::string content(kProtectedBytes, '\0');
  for (char& byte : content) byte = static_cast<char>(random());
  return content;
}

struct stat StatOf(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) found = {};
  return found;
}

bool SameMetadata(const struct stat& one, const struct stat& other) {
  return one.st_mode == other.st_mode && one.st_uid == other.st_uid && one.st_gid == other.st_gid &&
         one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

}  // namespace

CancelLine::CancelLine(rig::Rig& rig, CancelObserver& observer)
    : rig_(rig), observer_(observer), ready_(rig.Folder("scratch/ready")) {
  rig_.Binary("crowd", BENCH_CROWD);
  std::filesystem::create_directory(rig_.Folder("scratch/kept"));
  for (unsigned i = 0; i < kProtectedFiles; ++i) {
    files_.push_back({rig_.Folder("scratch/kept/app-" + std::to_string(i) + ".conf"), ContentOf(i)});
    rig::WriteFile(files_.back().path, files_.back().content);
    stats_.push_back(StatOf(files_.back().path));
  }
}

Cancelled CancelLine::Cancel(const CancelKind& kind) {
  const std::string job = Start(kind);
  const std::vector<pid_t> pids = StartedPids();
  if (pids.size() != static_cast<size_t>(kind.processes)) {
    throw std::runtime_error("the step has " + std::to_string(pids.size()) + " processes\n" + rig_.Logs());
  }
  const std::string group = rig_.has_cgroups() ? GroupOf(pids.front()) : "";
  StepWatch watch(group, pids, files_);
  observer_.Expect(job);
  clock_nanosleep(CLOCK_MONOTONIC, 0, &kSettle, nullptr);

  Cancelled done;
  done.called = MonotonicNanos();
  if (!rig_.service().CancelExecution(job, {.force = true})) {
    throw std::runtime_error("the service does not cancel " + job + "\n" + rig_.Logs());
  }
  done.told = observer_.Wait(kPatience);
  if (done.told.published == 0) throw std::runtime_error(job + " gets no verdict\n" + rig_.Logs());
  done.seen = watch.Wait(std::chrono::seconds(1));
  Judge(job, group, pids, &done);
  return done;
}

std::string CancelLine::Start(const CancelKind& kind) {
  std::filesystem::remove(ready_);
  std::vector<std::string> args = {std::to_string(kind.processes), kind.obeys ? "obey" : "ignore", ready_};
  rig::json paths = rig::json::array();
  for (const KeptFile& file : files_) {
    args.push_back(file.path);
    paths.push_back(file.path);
  }
  std::string job = "cancel-" + std::to_string(++created_);
  rig_.service().CreateJob(job,
                           rig::Rig::Document({rig_.Step("crowd", args, {{"protect", {{"files", paths}}}})}));
  rig_.WaitUntil("the start of all processes of " + job, [this] { return rig::Exists(ready_); });
  return job;
}

std::vector<pid_t> CancelLine::StartedPids() const {
  std::vector<pid_t> pids;
  for (const std::string& line : rig::Lines(rig::ReadIfThere(ready_))) {
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    pids.push_back(pid);
  }
  return pids;
}

void CancelLine::Judge(const std::string& job, const std::string& group, const std::vector<pid_t>& pids,
                       Cancelled* done) {
  std::vector<std::string>& wrong = done->wrong;
  const CancelTold& told = done->told;
  if (told.arrived == 0) wrong.push_back("the service did not notify");
  if (told.reported == 0 || told.reported_verdict != "safe") {
    wrong.push_back("reported verdict: '" + told.reported_verdict + "'");
  }
  if (told.published_verdict != "safe" || told.published_status != "CANCELED") {
    wrong.push_back("published: '" + told.published_verdict + "', " + told.published_status);
  }
  if (const std::string status = rig_.service().Status(job); status != "CANCELED") {
    wrong.push_back("the service has it as " + status);
  }
  if (done->seen.gone == 0) wrong.push_back("its processes were not seen to go");
  if (!group.empty() && rig::Exists(group)) wrong.push_back("its control group is still there");
  const std::vector<pid_t> alive = rig_.StepProcesses();
  for (const pid_t pid : alive) {
    const bool ours = std::find(pids.begin(), pids.end(), pid) != pids.end();
    wrong.push_back("process " + std::to_string(pid) + (ours ? " of the step" : "") + " is alive");
  }
  if (done->seen.restored == 0) wrong.push_back("its files were not seen to come back");
  if (done->seen.restored != 0 && done->seen.restored < done->seen.gone) {
    wrong.push_back("its files came back while processes of it were alive");
  }
  JudgeFiles(&wrong);
}

// A file that is not as it was is put back, so that the next cancel is judged for itself.
void CancelLine::JudgeFiles(std::vector<std::string>* wrong) {
  for (size_t i = 0; i < files_.size(); ++i) {
    const KeptFile& file = files_[i];
    const bool same_content = rig::ReadIfThere(file.path) == file.content;
    if (same_content && SameMetadata(StatOf(file.path), stats_[i])) continue;
    wrong->push_back(file.path + (same_content ? " has other metadata" : " has another content"));
    rig::WriteFile(file.path, file.content);
    stats_[i] = StatOf(file.path);
  }
}

}  // namespace kedge::bench
