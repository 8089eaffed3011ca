#include "process/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "process/pidfd.h"

namespace kedge::process {
namespace {

namespace fs = std::filesystem;

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

// The number that follows `word` at the beginning of a line; 0 when there is none.
int64_t NumberAfter(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(word)) return std::strtoll(line.c_str() + word.size(), nullptr, 10);
  }
  return 0;
}

std::vector<pid_t> ReadProcs(const std::string& group) {
  std::vector<pid_t> pids;
  const auto text = sys::ReadFile(group + "/cgroup.procs", 16 << 20);
  if (!text) return pids;
  std::istringstream words(*text);
  for (pid_t pid = 0; words >> pid;) {
    if (pid > 0) pids.push_back(pid);  // 0: in a pid namespace that is not ours to look into
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

// `group` and every group beneath it, deepest last.
std::vector<std::string> WithNested(const std::string& group) {
  std::vector<std::string> groups{group};
  std::error_code gone;
  for (fs::recursive_directory_iterator entry(group, gone), end; entry != end; entry.increment(gone)) {
    if (gone) break;
    if (entry->is_directory(gone)) groups.push_back(entry->path());
  }
  return groups;
}

std::set<pid_t> SignalMembers(const std::string& group, std::initializer_list<int> signals) {
  static constexpr size_t kBatch = 128;  // descriptors held at once
  std::set<pid_t> signalled;
  const auto pids = ReadProcs(group);
  for (size_t first = 0; first < pids.size(); first += kBatch) {
    const size_t last = std::min(first + kBatch, pids.size());
    std::vector<std::pair<pid_t, sys::Fd>> held;
    for (size_t i = first; i < last; ++i) held.emplace_back(pids[i], OpenPidfd(pids[i]));
    // Who is still listed now that we hold it is a member, and not one that was given a dead member's number.
    const auto still = ReadProcs(group);
    for (const auto& [pid, pidfd] : held) {
      if (!pidfd || !std::binary_search(still.begin(), still.end(), pid)) continue;
      SendSignals(pidfd.get(), signals);
      signalled.insert(pid);
    }
  }
  return signalled;
}

}  // namespace

Result<Cgroup> Cgroup::Make(const std::string& path) {
  const bool made = mkdir(path.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return Failed("make the control group " + path);
  auto group = Open(path);
  if (!group && made) rmdir(path.c_str());
  if (group && !made && group->Populated()) {
    return Unexpected(ErrorKind::kBusy,
                      "the control group " + path + " holds live processes of an earlier task");
  }
  return group;
}

Result<Cgroup> Cgroup::Open(const std::string& path) {
  Cgroup group;
  group.path_ = path;
  group.folder_.reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!group.folder_) return Failed("open the control group " + path);
  const auto open_in = [&](const char* name, int flags) {
    return sys::Fd(openat(group.folder_.get(), name, flags | O_CLOEXEC));
  };
  group.procs_ = open_in("cgroup.procs", O_WRONLY);
  if (!group.procs_) return Failed("open " + path + "/cgroup.procs");
  group.events_ = open_in("cgroup.events", O_RDONLY);
  if (!group.events_) return Failed("open " + path + "/cgroup.events");
  group.kill_ = open_in("cgroup.kill", O_WRONLY);
  if (!group.kill_ && errno != ENOENT) return Failed("open " + path + "/cgroup.kill");
  return group;
}

bool Cgroup::Populated() const {
  char text[256];
  const ssize_t got = pread(events_.get(), text, sizeof text, 0);
  if (got < 0) return errno != ENODEV;  // removed, which the kernel allows only for an empty one
  return std::string_view(text, static_cast<size_t>(got)).find("populated 1") != std::string_view::npos;
}

std::set<pid_t> Cgroup::Signal(std::initializer_list<int> signals) const {
  std::set<pid_t> signalled;
  for (const auto& group : WithNested(path_)) {
    const sys::Fd freeze(open((group + "/cgroup.freeze").c_str(), O_WRONLY | O_CLOEXEC));
    if (freeze) std::ignore = write(freeze.get(), "0", 1);  // a frozen process gets no signal but KILL
    signalled.merge(SignalMembers(group, signals));
  }
  return signalled;
}

void Cgroup::Kill() const {
  if (kill_) std::ignore = write(kill_.get(), "1", 1);
  // Also one by one. cgroup.kill hits the first thread of each process, which is no use where that one has
  // left and others run on (seen with Linux 6.18); a signal to the process reaches those.
  for (const auto& group : WithNested(path_)) SignalMembers(group, {SIGKILL});
}

std::string Cgroup::ReadIn(const char* name) const {
  const sys::Fd fd(openat(folder_.get(), name, O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const ssize_t got = fd ? read(fd.get(), text.data(), text.size()) : -1;
  return got > 0 ? std::string(text.data(), static_cast<size_t>(got)) : "";
}

Result<void> Cgroup::WriteIn(const char* name, const std::string& text) const {
  const sys::Fd fd(openat(folder_.get(), name, O_WRONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};  // no controller: Containment says so
  if (!fd || write(fd.get(), text.data(), text.size()) < 0)
    return Failed("set " + path_ + "/" + name + " to " + text);
  return {};
}

Result<void> Cgroup::Limit(const Limits& limits) const {
  std::vector<std::pair<const char*, std::string>> files;
  if (limits.memory > 0) {
    files.emplace_back("memory.max", std::to_string(limits.memory));
    files.emplace_back("memory.swap.max", "0");  // else it is no limit, only slow
  }
  // Half a step is of no use to anybody: what is short of memory is killed as a whole.
  files.emplace_back("memory.oom.group", "1");
  if (limits.tasks > 0) files.emplace_back("pids.max", std::to_string(limits.tasks));
  if (limits.cpu_weight > 0) files.emplace_back("cpu.weight", std::to_string(limits.cpu_weight));
  if (limits.io_weight > 0) files.emplace_back("io.weight", "default " + std::to_string(limits.io_weight));
  for (const auto& [name, text] : files) {
    if (auto set = WriteIn(name, text); !set) return set;
  }
  return {};
}

Cgroup::Account Cgroup::Read() const {
  Account account;
  const std::string memory = ReadIn("memory.events");
  account.oom_kills = NumberAfter(memory, "oom_kill ");
  account.at_own_limit = NumberAfter(memory, "oom ") > 0;
  account.refused_tasks = NumberAfter(ReadIn("pids.events"), "max ");
  account.peak_memory = NumberAfter(ReadIn("memory.peak"), "");
  account.cpu = std::chrono::microseconds(NumberAfter(ReadIn("cpu.stat"), "usage_usec "));
  return account;
}

bool Cgroup::CountsMemory() const { return faccessat(folder_.get(), "memory.events", F_OK, 0) == 0; }

std::vector<pid_t> Cgroup::Members() const {
  std::vector<pid_t> members;
  for (const auto& group : WithNested(path_)) {
    const auto pids = ReadProcs(group);
    members.insert(members.end(), pids.begin(), pids.end());
  }
  return members;
}

void Cgroup::Remove() {
  const auto groups = WithNested(path_);
  std::for_each(groups.rbegin(), groups.rend(), [](const std::string& group) { rmdir(group.c_str()); });
}

}  // namespace kedge::process
