#include "process/process_table.h"

#include <dirent.h>
#include <sys/stat.h>

#include <charconv>
#include <memory>
#include <sstream>

#include "sys/files.h"

namespace kedge::process {
namespace {

std::string ProcPath(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::optional<pid_t> PidFrom(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

std::vector<pid_t> NumbersIn(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    if (const auto number = PidFrom(entry->d_name)) numbers.push_back(*number);
  }
  return numbers;
}

constexpr size_t kLongestEnvironment = 8 << 20;  // the kernel's own limit is 6 MiB (3/4 of the stack's)

// A process whose first thread has left shows its environment through the others only.
Result<std::string> EnvironmentOfOtherThread(pid_t pid) {
  const std::string threads = ProcPath(pid, "task");
  struct stat found {};
  // Links: 2, and one for each thread. Kernel threads and zombies, which are many, have but one.
  if (stat(threads.c_str(), &found) != 0 || found.st_nlink <= 3) return std::string();
  for (const pid_t thread : NumbersIn(threads)) {
    auto environment =
        sys::ReadFile(threads + "/" + std::to_string(thread) + "/environ", kLongestEnvironment);
    if (environment && !environment->empty()) return environment;
  }
  return std::string();
}

}  // namespace

std::optional<Process> ReadProcess(pid_t pid) {
  const auto stat = sys::ReadFile(ProcPath(pid, "stat"));
  // "PID (NAME) STATE PARENT ...": NAME may hold anything, blanks and brackets too.
  const size_t bracket = stat ? stat->rfind(')') : std::string::npos;
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(stat->substr(bracket + 1));
  Process process;
  process.pid = pid;
  const size_t name = stat->find('(') + 1;
  process.name = stat->substr(name, bracket - name);
  std::string skipped;
  int64_t threads = 0;
  fields >> process.state >> process.parent;
  for (int field = 5; field < 20; ++field) fields >> skipped;
  fields >> threads >> skipped >> process.started;
  if (!fields) return std::nullopt;
  // A process whose first thread has left reads Z too, while its other threads run on.
  process.alive = (process.state != 'Z' && process.state != 'X') || threads > 1;
  return process;
}

std::string Describe(const Process& process) {
  std::string text = process.name + " (" + std::to_string(process.pid) + ")";
  if (process.state != 'D') return text;
  text += " in uninterruptible sleep";
  const auto where = sys::ReadFile(ProcPath(process.pid, "wchan"));
  if (where && !where->empty() && *where != "0") text += " at " + *where;
  return text;
}

bool CanLook() {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir("/proc"), closedir);
  return listing && sys::ReadFile("/proc/self/stat").has_value();
}

std::vector<pid_t> ReadPids() { return NumbersIn("/proc"); }

std::map<pid_t, Process> ReadProcessTable() {
  std::map<pid_t, Process> table;
  for (const pid_t pid : ReadPids()) {
    if (const auto process = ReadProcess(pid)) table.emplace(pid, *process);
  }
  return table;
}

std::optional<pid_t> ReadLastPid() {
  // "0.20 0.18 0.12 1/80 11206"
  const auto load = sys::ReadFile("/proc/loadavg");
  if (!load) return std::nullopt;
  const size_t start = load->rfind(' ');
  const size_t end = load->find('\n');
  if (start == std::string::npos || end == std::string::npos || end <= start) return std::nullopt;
  return PidFrom(std::string_view(*load).substr(start + 1, end - start - 1));
}

bool SameProcess(const Process& then) {
  const auto now = ReadProcess(then.pid);
  return now && now->started == then.started;
}

std::optional<std::string> StartedWithValue(pid_t pid, std::string_view name) {
  auto environment = sys::ReadFile(ProcPath(pid, "environ"), kLongestEnvironment);
  if (!environment || environment->empty()) environment = EnvironmentOfOtherThread(pid);
  if (!environment) return std::nullopt;
  const std::string_view all = *environment;
  const std::string wanted = std::string(name) + "=";
  for (size_t at = all.find(wanted); at != std::string_view::npos; at = all.find(wanted, at + 1)) {
    if (at > 0 && all[at - 1] != '\0') continue;
    const size_t from = at + wanted.size();
    return std::string(all.substr(from, all.find('\0', from) - from));
  }
  return std::nullopt;
}

bool StartedWith(pid_t pid, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  return StartedWithValue(pid, assignment.substr(0, equals)) == assignment.substr(equals + 1);
}

}  // namespace kedge::process
