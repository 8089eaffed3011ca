#include "board/cuts/recorder.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "board/cuts/block_log.h"
#include "board/cuts/mounted.h"
#include "rig/wait.h"

namespace kedge::board {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{900};  // more than a job takes on a busy machine
constexpr milliseconds kLook{50};

}  // namespace

Recorder::Recorder(const std::string& folder, const std::string& arch, int jobs)
    : recording_{.folder = folder, .arch = arch, .jobs = {}} {
  fs::remove_all(folder);
  fs::create_directories(scratch());
  for (int i = 1; i <= jobs; ++i) {
    recording_.jobs.push_back({"job-" + std::to_string(i), i % 2 == 0});
    works_.push_back(NewWork(recording_.jobs.back().name, scratch()));
  }
}

void Recorder::Begin(const std::string& disk) const {
  {
    const Mounted mounted(disk, folder() + "/mounted", scratch());
    Install(mounted.root());
    for (const Work& work : works_) Prepare(mounted.root(), work, scratch());
  }
  CopySparse(disk, recording_.base(), scratch());
}

void Recorder::DoJobs(rig::Service& service, const std::function<void()>& wait_until_idle) {
  milliseconds alone{};
  const auto count = static_cast<int>(works_.size());
  for (int i = 0; i < count; ++i) {
    // Through the whole of what a job that is left alone takes.
    const milliseconds took =
        DoJob(service, static_cast<std::size_t>(i), alone * i / (count + 1), wait_until_idle);
    if (i % 2 == 0) alone = took;
  }
}

milliseconds Recorder::DoJob(rig::Service& service, std::size_t index, milliseconds cancel_after,
                             const std::function<void()>& wait_until_idle) {
  const Work& work = works_[index];
  const auto start = Clock::now();
  service.CreateJob(work.name, work.Document());
  if (recording_.jobs[index].cancelled) {
    // The moment is meant, not what has happened by then.
    std::this_thread::sleep_for(cancel_after);
    // Too late: then it is one that was left alone.
    recording_.jobs[index].cancelled =
        service.CancelExecution(work.name, {.force = true, .expected_version = {}, .details = {}});
  }
  std::string status;
  rig::WaitUntil(
      "an end of " + work.name,
      [&] {
        status = service.Status(work.name);
        if (status == "SUCCEEDED" || status == "CANCELED") return true;
        std::this_thread::sleep_for(kLook);
        return false;
      },
      kPatience);
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  wait_until_idle();
  std::printf("%s: %s\n", work.name.c_str(), status.c_str());
  std::fflush(stdout);
  return took;
}

void Recorder::End(const std::string& log) const {
  fs::copy(log, recording_.log());
  Save(recording_);
  const BlockLog read(recording_.log());
  std::printf("%zu writes, %zu flush points\n", read.entries().size(), read.FlushPoints().size());
}

}  // namespace kedge::board
