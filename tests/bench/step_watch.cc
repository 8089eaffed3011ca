#include "bench/step_watch.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "bench/proc.h"
#include "rig/files.h"

namespace kedge::bench {
namespace {

[[noreturn]] void Throw(const std::string& what) {
  throw std::runtime_error("cannot watch the step: " + what + ": " + std::strerror(errno));
}

// A group that has been removed is empty: the kernel removes no other.
bool IsEmpty(int events) {
  std::array<char, 256> text{};
  const ssize_t got = pread(events, text.data(), text.size(), 0);
  return got < 0 || std::string_view(text.data(), static_cast<size_t>(got)).find("populated 0") !=
                        std::string_view::npos;
}

}  // namespace

std::string GroupOf(pid_t pid) {
  for (const std::string& line : rig::Lines(rig::ReadIfThere("/proc/" + std::to_string(pid) + "/cgroup"))) {
    if (!line.starts_with("0::")) continue;
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      std::string group = mount + line.substr(3);
      if (rig::Exists(group + "/cgroup.events")) return group;
    }
  }
  return "";
}

StepWatch::StepWatch(const std::string& cgroup, const std::vector<pid_t>& pids, std::vector<KeptFile> files)
    : files_(std::move(files)), is_back_(files_.size(), false) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (epoll_ < 0 || stop_ < 0) Throw("epoll");
  Add(stop_, EPOLLIN);
  WatchFiles();
  if (cgroup.empty()) {
    WatchProcesses(pids);
  } else {
    WatchGroup(cgroup);
  }
  watcher_ = std::thread([this] { Run(); });
}

StepWatch::~StepWatch() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = write(stop_, &one, sizeof one);
  watcher_.join();
  for (const int fd : fds_) close(fd);
  close(epoll_);
}

void StepWatch::Add(int fd, uint32_t events) {
  fds_.push_back(fd);
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) Throw("epoll_ctl");
}

void StepWatch::WatchGroup(const std::string& cgroup) {
  group_ = open((cgroup + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC);
  if (group_ < 0) Throw(cgroup);
  // A change counts from the last time it was read.
  if (IsEmpty(group_)) throw std::runtime_error("nothing is in " + cgroup + ", where the step should be");
  Add(group_, EPOLLPRI);
}

void StepWatch::WatchProcesses(const std::vector<pid_t>& pids) {
  rlimit limit{};  // each takes a descriptor
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (const pid_t pid : pids) {
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) Throw("process " + std::to_string(pid));
    Add(pidfd, EPOLLIN);
    ++alive_;
  }
}

void StepWatch::WatchFiles() {
  inotify_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const std::string folder = std::filesystem::path(files_.front().path).parent_path();
  if (inotify_ < 0 || inotify_add_watch(inotify_, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
    Throw(folder);
  }
  Add(inotify_, EPOLLIN);
}

StepSeen StepWatch::Wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return seen_.gone != 0 && seen_.restored != 0; });
  return seen_;
}

void StepWatch::Run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    const int64_t at = MonotonicNanos();
    // Whatever happened: the kernel does not tell the last change of a group that is removed right after it.
    OnGroup(at);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == stop_) return;
      if (fd == inotify_) {
        OnFiles(at);
      } else if (fd != group_) {
        OnProcess(fd, at);
      }
    }
  }
}

void StepWatch::OnGroup(int64_t at) {
  if (group_ < 0 || gone_ || !IsEmpty(group_)) return;
  gone_ = true;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, group_, nullptr);
  Note(&StepSeen::gone, at);
}

void StepWatch::OnProcess(int fd, int64_t at) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  if (--alive_ == 0) Note(&StepSeen::gone, at);
}

// The guard makes a file complete beside the old one and renames it over; but whatever the event, the content
// decides.
void StepWatch::OnFiles(int64_t at) {
  alignas(inotify_event) std::array<char, 16384> bytes{};
  while (read(inotify_, bytes.data(), bytes.size()) > 0) {
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    is_back_[i] = is_back_[i] || rig::ReadIfThere(files_[i].path) == files_[i].content;
  }
  if (std::all_of(is_back_.begin(), is_back_.end(), [](bool back) { return back; })) {
    Note(&StepSeen::restored, at);
  }
}

void StepWatch::Note(int64_t StepSeen::*what, int64_t at) {
  const std::lock_guard lock(mutex_);
  if (seen_.*what == 0) seen_.*what = at;
  changed_.notify_all();
}

}  // namespace kedge::bench
