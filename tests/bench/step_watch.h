// Sees a step go and its files come back, as the kernel tells it: a thread that waits for nothing else. To be
// made while the step runs, before it is cancelled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kedge::bench {

// A file that a step changes, as it was before.
struct KeptFile {
  std::string path;
  std::string content;
};

// Nanoseconds on the monotonic clock; 0: did not happen yet.
struct StepSeen {
  int64_t gone = 0;      // no process of the step is alive
  int64_t restored = 0;  // each of the files has its content again
};

class StepWatch {
 public:
  // `cgroup`: the step's control group (version 2), whose cgroup.events tells when it is empty. "": there is
  // none, and the last of `pids` to end counts, by pidfds. The files are in one folder. Throws
  // std::runtime_error.
  StepWatch(const std::string& cgroup, const std::vector<pid_t>& pids, std::vector<KeptFile> files);
  ~StepWatch();
  StepWatch(const StepWatch&) = delete;
  StepWatch& operator=(const StepWatch&) = delete;

  StepSeen Wait(std::chrono::milliseconds limit);  // for both; what is seen by then

 private:
  void WatchGroup(const std::string& cgroup);
  void WatchProcesses(const std::vector<pid_t>& pids);
  void WatchFiles();
  void Add(int fd, uint32_t events);
  void Run();
  void OnGroup(int64_t at);
  void OnProcess(int fd, int64_t at);
  void OnFiles(int64_t at);
  void Note(int64_t StepSeen::*what, int64_t at);

  const std::vector<KeptFile> files_;
  std::vector<bool> is_back_;
  int epoll_ = -1;
  int stop_ = -1;
  int inotify_ = -1;
  int group_ = -1;
  bool gone_ = false;     // the group has been seen empty
  std::vector<int> fds_;  // all but epoll_
  size_t alive_ = 0;      // of the processes watched
  std::mutex mutex_;
  std::condition_variable changed_;
  StepSeen seen_;
  std::thread watcher_;
};

// The control group of version 2 that the process is in, as a folder; "" where there is none.
std::string GroupOf(pid_t pid);

}  // namespace kedge::bench
