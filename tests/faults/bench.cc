#include "faults/bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "faults/cloud.h"
#include "faults/harms.h"
#include "faults/story.h"
#include "rig/files.h"
#include "rig/process_scan.h"
#include "rig/wait.h"

namespace kedge::faults {
namespace {

namespace fs = std::filesystem;

// For strace: the calls that the sweep harms. With a '?' before each, those that this machine's kernel has.
std::string Counted() {
  std::string words;
  for (const std::string& name : HarmedCalls()) words += (words.empty() ? "trace=?" : ",?") + name;
  return words;
}

void RemoveGroups(const std::string& group) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(group, gone)) {
    if (entry.is_directory(gone)) RemoveGroups(entry.path());
  }
  rmdir(group.c_str());
}

std::string WorkingFolder(pid_t pid) {
  std::error_code gone;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", gone).string();
}

std::vector<rig::Seen> AliveOn(const std::string& folder) {
  std::vector<rig::Seen> found;
  for (rig::Seen& seen : rig::AliveNow()) {
    const bool marked = seen.environment.find("KEDGE_STATE_DIR=" + folder + "/") != std::string::npos;
    if (marked || WorkingFolder(seen.pid).starts_with(folder + "/")) found.push_back(std::move(seen));
  }
  return found;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

Bench::Bench(const Workshop& workshop, int number)
    : workshop_(workshop),
      folder_(workshop.Folder("bench-" + std::to_string(number))),
      cgroup_(workshop.cgroup().empty() ? "" : workshop.cgroup() + "/bench-" + std::to_string(number)) {}

Bench::~Bench() {
  kedged_.Kill();
  KillTasks();
  if (!cgroup_.empty()) RemoveGroups(cgroup_);
}

void Bench::Clear() {
  kedged_.Kill();
  KillTasks();
  if (!cgroup_.empty()) {
    RemoveGroups(cgroup_);
    mkdir(cgroup_.c_str(), 0755);
  }
  fs::remove_all(folder_);
  for (const std::string& name : {folder_, device(), notes(), Folder("logs")}) fs::create_directory(name);
  WriteDevice(device());
  before_ = testing::List({device()});
  lives_ = 0;
}

std::string Bench::Config(const Life& life) const {
  const bool traced = life.counted_guards || (life.plan != nullptr && life.plan->scope == Scope::kGuard);
  std::string config = std::string("thing: ") + Cloud::kThing +
                       "\nbroker: {endpoint: localhost}\n"
                       "service: {reply_timeout: 500ms, retry: {base: 50ms, cap: 200ms, floor: 20ms}, "
                       "connect_spread: 0ms, notice_wait: 100ms, progress: 100ms}\n"
                       "undo: {limit: 10s, snapshot_limit: 10s}\n"
                       "jobs: {step_limit: 20s}\n"
                       "paths: {state: " +
                       Folder("state") + ", run: " + Folder("run") + ", handlers: " + workshop_.programs() +
                       ", guards: " + (traced ? workshop_.traced_guards() : workshop_.guards()) +
                       ", allowed_handlers: [" + workshop_.programs() + "]}\n";
  return config + "process: {grace: 100ms, " +
         (cgroup_.empty() ? "cgroups: no" : "cgroup_folder: " + cgroup_ + "/tasks") + "}\n";
}

std::vector<std::string> Bench::Words(const Life& life) {
  std::vector<std::string> words;
  const std::vector<std::string> programs = {
      workshop_.programs() + "/step-1", workshop_.programs() + "/step-2",
      workshop_.programs() + "/step-2-hangs", workshop_.programs() + "/step-2-fails",
      workshop_.guards() + "/files"};
  if (life.plan != nullptr && life.plan->scope != Scope::kGuard) {
    words =
        StraceWords(*life.plan, trace(), programs, Folder("logs/kedged-" + std::to_string(lives_) + ".log"));
  } else if (life.counted) {
    words = {"/usr/bin/strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", trace(), "-e", Counted()};
  }
  words.insert(words.end(), {workshop_.kedged(), "--config", Folder("kedge.yaml")});
  if (!life.rebooted) return words;
  rig::WriteFile(Folder("boot-id"),
                 "00000000-0000-4000-8000-" + std::to_string(100000000000 + lives_) + "\n");
  return WithBootId(Folder("boot-id"), std::move(words));
}

void Bench::Start(const Life& life) {
  ++lives_;
  rig::WriteFile(Folder("kedge.yaml"), Config(life));
  if (life.counted_guards) {
    rig::WriteFile(Folder("guard-call"), "all\n");
    rig::WriteFile(Folder("guard-strace"),
                   "/usr/bin/strace -A -f -qq -o " + trace() + "-guard -e " + Counted());
  } else if (life.plan != nullptr && life.plan->scope == Scope::kGuard) {
    rig::WriteFile(Folder("guard-call"), std::to_string(life.plan->call) + "\n");
    rig::WriteFile(Folder("guard-strace"), Join(StraceWords(*life.plan, trace(), {}, "")));
  }
  const std::string name = "kedged-" + std::to_string(lives_);
  kedged_ = rig::Program({.name = name, .argv = Words(life), .log_folder = Folder("logs")});
  kedged_.Start();
}

std::vector<std::string> Bench::Tasks() const {
  std::vector<std::string> tasks;
  for (const rig::Seen& seen : AliveOn(folder_)) {
    tasks.push_back("pid " + std::to_string(seen.pid) + ": " + seen.arguments);
  }
  return tasks;
}

void Bench::KillTasks() {
  rig::WaitUntil("the end of the job's processes", [this] {
    const int group = open((cgroup_ + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC);
    [[maybe_unused]] const ssize_t told = write(group, "1", 1);
    if (group >= 0) close(group);
    const auto alive = AliveOn(folder_);
    for (const rig::Seen& seen : alive) kill(seen.pid, SIGKILL);
    return alive.empty();
  });
}

}  // namespace kedge::faults
