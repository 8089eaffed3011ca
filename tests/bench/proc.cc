#include "bench/proc.h"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "rig/files.h"

namespace kedge::bench {
namespace {

std::string FileOf(pid_t pid, const std::string& name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::string ReadOf(pid_t pid, const std::string& name) {
  std::string text = rig::ReadIfThere(FileOf(pid, name));
  if (text.empty()) throw std::runtime_error("cannot read " + FileOf(pid, name) + ": has the process ended?");
  return text;
}

// The number behind "name:" at the beginning of a line, or -1.
int64_t Field(const std::string& text, const std::string& name) {
  for (const std::string& line : rig::Lines(text)) {
    if (!line.starts_with(name + ":")) continue;
    const size_t digits = line.find_first_of("0123456789");
    int64_t value = -1;
    if (digits != std::string::npos) std::from_chars(line.data() + digits, line.data() + line.size(), value);
    return value;
  }
  return -1;
}

int Entries(const std::string& folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

constexpr uint64_t kPresent = uint64_t{1} << 63;
constexpr uint64_t kFrame = (uint64_t{1} << 55) - 1;

// Adds the page frames that are present between two addresses. False when they are hidden from us.
bool AddFrames(int pagemap, uint64_t from, uint64_t to, std::set<uint64_t>& frames) {
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<uint64_t> entries((to - from) / page);
  const ssize_t got = pread(pagemap, entries.data(), entries.size() * sizeof entries[0],
                            static_cast<off_t>(from / page * sizeof entries[0]));
  entries.resize(got > 0 ? static_cast<size_t>(got) / sizeof entries[0] : 0);
  for (const uint64_t entry : entries) {
    if ((entry & kPresent) == 0) continue;
    if ((entry & kFrame) == 0) return false;
    frames.insert(entry & kFrame);
  }
  return true;
}

}  // namespace

Memory MemoryOf(pid_t pid) {
  const std::string text = ReadOf(pid, "smaps_rollup");
  return {Field(text, "Rss") * 1024, Field(text, "Pss") * 1024, Field(text, "Private_Dirty") * 1024};
}

std::optional<int64_t> ResidentOnce(const std::vector<pid_t>& pids) {
  std::set<uint64_t> frames;
  for (const pid_t pid : pids) {
    const int pagemap = open(FileOf(pid, "pagemap").c_str(), O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) return std::nullopt;
    bool seen = true;
    for (const std::string& line : rig::Lines(ReadOf(pid, "maps"))) {
      unsigned long from = 0;
      unsigned long to = 0;
      // The kernel's own pages, which every process sees, are nobody's.
      if (line.find("[v") != std::string::npos || std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2)
        continue;
      seen = seen && AddFrames(pagemap, from, to, frames);
    }
    close(pagemap);
    if (!seen) return std::nullopt;
  }
  return static_cast<int64_t>(frames.size()) * sysconf(_SC_PAGESIZE);
}

int ThreadsOf(pid_t pid) { return Entries(FileOf(pid, "task")); }
int DescriptorsOf(pid_t pid) { return Entries(FileOf(pid, "fd")); }

int64_t SwitchesOf(pid_t pid) {
  int64_t switches = 0;
  for (const auto& task : std::filesystem::directory_iterator(FileOf(pid, "task"))) {
    const std::string text = rig::ReadIfThere(task.path().string() + "/status");
    switches += Field(text, "voluntary_ctxt_switches") + Field(text, "nonvoluntary_ctxt_switches");
  }
  return switches;
}

Cpu CpuOf(pid_t pid) {
  const std::string text = ReadOf(pid, "stat");
  std::istringstream words(text.substr(text.rfind(')') + 2));  // from the third word on, see proc(5)
  std::string skipped;
  for (int word = 3; word < 14; ++word) words >> skipped;
  double user = 0, system = 0, children_user = 0, children_system = 0;
  words >> user >> system >> children_user >> children_system;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {(user + system) / ticks, (children_user + children_system) / ticks};
}

Written WrittenBy(pid_t pid) {
  const std::string text = ReadOf(pid, "io");
  return {Field(text, "write_bytes"), Field(text, "wchar")};
}

int64_t MonotonicNanos() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string MachineLine() {
  utsname name{};
  uname(&name);
  std::string processor = "processor unknown";
  for (const std::string& line : rig::Lines(rig::ReadIfThere("/proc/cpuinfo"))) {
    if (line.starts_with("model name") || line.starts_with("Model"))
      processor = line.substr(line.find(": ") + 2);
  }
  const int64_t kib = Field(rig::ReadIfThere("/proc/meminfo"), "MemTotal");
  const std::string load = rig::ReadIfThere("/proc/loadavg");
  return std::string(name.sysname) + " " + name.release + " " + name.machine + ", " +
         std::to_string(std::thread::hardware_concurrency()) + " x " + processor + ", " +
         std::to_string(kib / 1024) + " MiB; load " + load.substr(0, load.find(' '));
}

}  // namespace kedge::bench
