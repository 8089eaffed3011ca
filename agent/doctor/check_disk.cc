#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sstream>

#include "core/ending.h"
#include "doctor/checks.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

using std::chrono::microseconds;

constexpr int64_t kMiB = 1 << 20;
// The journal may grow to 20 MiB; what a job downloads and keeps for undoing comes on top.
constexpr int64_t kTooFull = 16 * kMiB;
constexpr int64_t kRatherFull = 128 * kMiB;
constexpr uint64_t kFewNames = 200;  // inodes
// Of memory: kedged and kedge-link take about 25 MiB together, and a step wants some too.
constexpr int64_t kNoMemory = 16 * kMiB;
constexpr int64_t kLittleMemory = 64 * kMiB;
// Flushes of the journal in a job with one step (tests/bench/README.md).
constexpr int kSyncsPerJob = 4;
constexpr microseconds kSlow{200'000};

std::string InMillis(microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, time.count() < 10'000 ? "%.1f ms" : "%.0f ms",
                static_cast<double>(time.count()) / 1000);
  return text;
}

// The state folder, or as long as kedged has not made it, what it will be made in.
std::string StateFolder(const Case& here) {
  std::string folder = here.config.paths.state_folder;
  while (!sys::LeadsToFolder(folder) && folder.rfind('/') > 0) folder = folder.substr(0, folder.rfind('/'));
  return sys::LeadsToFolder(folder) ? folder : "/";
}

// The mount point of `folder`, for a command.
std::string MountOf(const std::string& folder) { return "$(findmnt -no TARGET -T " + Quoted(folder) + ")"; }

}  // namespace

Seen LookAtDisk(const Case& here) {
  constexpr char kId[] = "disk";
  Seen seen;
  const std::string folder = StateFolder(here);
  struct statvfs found {};
  if (here.device().look_at_file_system(folder.c_str(), &found) != 0) {
    seen.findings.Problem(kId, sys::ErrnoError("look at the file system of " + folder, errno).message,
                          "it has to be there");
    return seen;
  }
  if ((found.f_flag & ST_RDONLY) != 0) {
    seen.findings.Problem(
        kId, "the file system of " + folder + " is read-only: nothing can be remembered, and no job is taken",
        "when the kernel's log (dmesg) tells of errors, the disk is failing; else have it written again",
        "sudo mount -o remount,rw " + MountOf(folder));
    return seen;
  }
  const int64_t room = static_cast<int64_t>(found.f_bavail) * static_cast<int64_t>(found.f_frsize);
  const std::string left = SizeInWords(room) + " left for the journal and what undoing needs, in " + folder;
  const std::string largest = "sudo du -xh --max-depth=2 " + MountOf(folder) + " | sort -h | tail";
  if (room < kTooFull) {
    seen.findings.Problem(kId, "only " + left, "make room; this shows what takes most", largest);
  } else if (found.f_files > 0 && found.f_favail < kFewNames) {
    seen.findings.Problem(
        kId, "only " + std::to_string(found.f_favail) + " more files can be made in " + folder + " (inodes)",
        "something makes very many small files; this shows where",
        "sudo du -x --inodes --max-depth=3 " + MountOf(folder) + " | sort -n | tail");
  } else if (room < kRatherFull) {
    seen.findings.Warning(kId, left, "a job that installs a package may not fit; this shows what takes most",
                          largest);
  } else {
    seen.findings.Ok(
        kId,
        left + (found.f_files > 0 ? ", and room for " + std::to_string(found.f_favail) + " more files" : ""));
  }
  return seen;
}

Seen LookAtSync(const Case& here) {
  Seen seen;
  if (here.config.jobs.sync) {
    seen.findings.Ok("sync", "what a step has written is on the disk before the step counts as done");
  } else {
    seen.findings.Warning(
        "sync",
        "jobs.sync is off: a power cut right after a job may take back what the job did, and the service has "
        "SUCCEEDED",
        "write `sync: true` in " + here.config_file() + ", unless the disk keeps whatever it is given",
        "sudoedit " + Quoted(here.config_file()));
  }
  const std::string folder = here.config.paths.state_folder;
  if (!sys::LeadsToFolder(folder)) {
    seen.findings.Skipped("fsync", "there is no " + folder + " yet");
    return seen;
  }
  auto times = here.device().time_syncs(folder);
  if (!times) {
    if (times.error().kind == ErrorKind::kDenied && !here.is_root())
      seen.findings.Skipped("fsync", "needs root");
    else
      seen.findings.Skipped("fsync", "cannot be measured: " + times.error().message);
    return seen;
  }
  std::sort(times->begin(), times->end());
  const microseconds median = times->at(times->size() / 2);
  const std::string what = "a small write is on the disk after " + InMillis(median) + " (slowest of " +
                           std::to_string(times->size()) + ": " + InMillis(times->back()) +
                           "); a job of one step waits " + std::to_string(kSyncsPerJob) +
                           " times for that, about " + InMillis(median * kSyncsPerJob);
  if (median < kSlow) {
    seen.findings.Ok("fsync", what);
  } else {
    seen.findings.Warning(
        "fsync", what,
        "the card is slow, worn out, or busy with something else; this shows what writes (package sysstat)",
        "pidstat -d 5 1");
  }
  return seen;
}

Seen LookAtMemory(const Case& here) {
  constexpr char kId[] = "memory";
  Seen seen;
  const auto text = sys::ReadFile(here.device().proc + "/meminfo");
  std::istringstream lines(text ? *text : "");
  int64_t available = -1;
  for (std::string name; lines >> name && available < 0;) {
    if (name == "MemAvailable:") lines >> available;
  }
  if (available < 0) {
    seen.findings.Skipped(kId, "the kernel does not tell (" + here.device().proc + "/meminfo)");
    return seen;
  }
  available *= 1024;
  const std::string left = SizeInWords(available) + " of memory can be had";
  const std::string most = "ps -eo rss,comm --sort=-rss | head";
  if (available < kNoMemory) {
    seen.findings.Problem(kId, "only " + left,
                          "the kernel will soon end something; this shows what takes most", most);
  } else if (available < kLittleMemory) {
    seen.findings.Warning(kId, left, "a step may not get what it needs; this shows what takes most", most);
  } else {
    seen.findings.Ok(kId, left);
  }
  return seen;
}

}  // namespace kedge::doctor
