#include "soak/census.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "bench/proc.h"
#include "rig/files.h"

namespace kedge::soak {
namespace {

namespace fs = std::filesystem;

struct Children {
  int64_t alive = 0;
  int64_t zombies = 0;
};

// By the parent that each process names: a zombie has no other trace than this.
Children ChildrenOf(pid_t parent) {
  Children children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string stat = rig::ReadIfThere(entry.path().string() + "/stat");
    const size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream words(stat.substr(name_end + 1));
    char state = 0;
    pid_t ppid = 0;
    words >> state >> ppid;
    if (ppid != parent) continue;
    ++(state == 'Z' ? children.zombies : children.alive);
  }
  return children;
}

// What epoll watches for the process: timers, sockets and ends of children that were forgotten stay in it.
int64_t WatchesOf(pid_t pid) {
  int64_t watches = 0;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo")) {
    for (const std::string& line : rig::Lines(rig::ReadIfThere(entry.path().string()))) {
      if (line.starts_with("tfd:")) ++watches;
    }
  }
  return watches;
}

struct Tree {
  int64_t entries = 0;
  int64_t bytes = 0;
};

Tree TreeOf(const std::string& folder) {
  Tree tree;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    ++tree.entries;
    if (entry->is_regular_file(error)) tree.bytes += static_cast<int64_t>(entry->file_size(error));
  }
  return tree;
}

int64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

int64_t FoldersBeneath(const std::string& folder) {
  int64_t folders = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    folders += entry.is_directory(error) ? 1 : 0;
  return folders;
}

// Where the agent makes the groups of its tasks, as its configuration says; "" without control groups.
std::string CgroupFolder(const rig::Rig& rig) {
  if (!rig.has_cgroups()) return "";
  std::string text = rig::ReadIfThere(rig.config_file());
  const std::string key = "cgroup_folder: ";
  const size_t at = text.find(key);
  if (at == std::string::npos) throw std::runtime_error("no " + key + "in " + rig.config_file());
  const size_t from = at + key.size();
  return text.substr(from, text.find_first_of("\n,}", from) - from);
}

void CountProcess(rig::Program& program, const std::string& name, std::vector<Count>& counts) {
  if (!program.Runs()) throw std::runtime_error(name + " has ended:\n" + program.Log());
  const pid_t pid = program.pid();
  const Children children = ChildrenOf(pid);
  const bench::Memory memory = bench::MemoryOf(pid);
  counts.push_back({name + ": descriptors", Bound::kExact, bench::DescriptorsOf(pid)});
  counts.push_back({name + ": epoll watches", Bound::kExact, WatchesOf(pid)});
  counts.push_back({name + ": threads", Bound::kExact, bench::ThreadsOf(pid)});
  counts.push_back({name + ": children alive", Bound::kExact, children.alive});
  counts.push_back({name + ": zombies", Bound::kExact, children.zombies});
  counts.push_back({name + ": private dirty, bytes", Bound::kMemory, memory.private_dirty});
  counts.push_back({name + ": PSS, bytes", Bound::kShown, memory.proportional});
  counts.push_back({name + ": RSS, bytes", Bound::kMemory, memory.resident});
}

std::string InWords(const Count& before, const Count& after) {
  return after.what + ": " + std::to_string(before.value) + " before, " + std::to_string(after.value) +
         " after";
}

}  // namespace

std::vector<Count> TakeCensus(rig::Rig& rig) {
  std::vector<Count> counts;
  CountProcess(rig.kedged(), "kedged", counts);
  CountProcess(rig.link(), "kedge-link", counts);
  const std::string state = rig.Folder("state");
  const Tree undo = TreeOf(state + "/undo");
  const Tree run = TreeOf(rig.Folder("run"));
  counts.push_back({"undo data: entries", Bound::kExact, undo.entries});
  counts.push_back({"undo data: bytes", Bound::kExact, undo.bytes});
  counts.push_back({"run folder: entries", Bound::kExact, run.entries});
  counts.push_back({"run folder: bytes", Bound::kExact, run.bytes});
  if (rig.has_cgroups())
    counts.push_back({"control groups", Bound::kExact, FoldersBeneath(CgroupFolder(rig))});
  counts.push_back({"processes of jobs", Bound::kExact, static_cast<int64_t>(rig.StepProcesses().size())});
  counts.push_back({"state folder: entries", Bound::kAtMost, TreeOf(state).entries});
  counts.push_back({"journal: bytes", Bound::kJournal, SizeOf(state + "/journal.db")});
  counts.push_back({"journal's log: bytes", Bound::kJournal, SizeOf(state + "/journal.db-wal")});
  return counts;
}

int64_t MemoryBound(int jobs) { return std::max<int64_t>(512 * 1024, int64_t{100} * jobs); }

std::string Excess(const Count& before, const Count& after, int jobs) {
  const int64_t more = after.value - before.value;
  switch (before.bound) {
    case Bound::kExact:
      return more == 0 ? "" : InWords(before, after);
    case Bound::kAtMost:
      return more <= 0 ? "" : InWords(before, after);
    case Bound::kMemory:
      if (more <= MemoryBound(jobs)) return "";
      return InWords(before, after) + ", allowed are " + std::to_string(MemoryBound(jobs)) +
             " more, which is " + std::to_string(more / std::max(jobs, 1)) + " a job";
    case Bound::kJournal:
      return more <= kJournalBound ? "" : InWords(before, after);
    case Bound::kShown:
      return "";
  }
  return "";
}

}  // namespace kedge::soak
