// What the kernel knows of a process, from /proc. A process that is gone, or may not be looked at, throws
// std::runtime_error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kedge::bench {

struct Memory {  // bytes
  int64_t resident = 0;
  int64_t proportional = 0;  // a page that n processes share counts 1/n
  int64_t private_dirty = 0;
};
Memory MemoryOf(pid_t pid);

// Bytes of memory that these processes have resident, a page that they share counted once. None without the
// right to see page numbers (root).
std::optional<int64_t> ResidentOnce(const std::vector<pid_t>& pids);

int ThreadsOf(pid_t pid);
int DescriptorsOf(pid_t pid);
int64_t SwitchesOf(pid_t pid);  // context switches of its present threads, of either kind

struct Cpu {  // seconds
  double own = 0;
  double children = 0;  // those that ended and were waited for
};
Cpu CpuOf(pid_t pid);

struct Written {            // bytes
  int64_t to_disk = 0;      // pages made dirty; what a write to a pipe or a memory file system is not
  int64_t by_programs = 0;  // what was handed to write()
};
Written WrittenBy(pid_t pid);

int64_t MonotonicNanos();
std::string MachineLine();  // kernel, processor, memory, load: to be printed with every figure

}  // namespace kedge::bench
