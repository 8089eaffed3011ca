#include "workbench.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "process/cgroup_home.h"
#include "process/process_table.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::process {
namespace {

constexpr int64_t kPatience = 60000;  // milliseconds; an emulated machine is slow

}  // namespace

std::vector<bool> CgroupOrNot() {
  const auto home = CgroupHome::Find(OwnCgroupFolder());
  if (home) {
    rmdir(home->folder().c_str());
    return {true, false};
  }
  MESSAGE("only without control groups: " << home.error().message);
  return {false};
}

Folder::Folder() : path_((std::filesystem::temp_directory_path() / "kedge-process-XXXXXX").string()) {
  REQUIRE(mkdtemp(path_.data()) != nullptr);
  REQUIRE(chmod(path_.c_str(), 0755) == 0);
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::Script(const std::string& name, const std::string& body, unsigned mode) const {
  std::string path = path_ + "/" + name;
  REQUIRE(sys::WriteFileAtomic(path, body, mode));
  return path;
}

std::string OwnCgroupFolder() {
  const auto own = OwnCgroup();
  return own ? *own + "/kedge-test-" + sys::RandomWord(8) : "/no/control/groups";
}

Workbench::Workbench(bool use_cgroups, const std::string& cgroup_folder, ContainmentConfig config) {
  config.use_cgroups = use_cgroups;
  if (use_cgroups) config.cgroup_folder = cgroup_folder;
  Listeners listeners;
  listeners.ended = [this](const TaskName& name, const Ending& ending, const Output& output,
                           const Usage& usage, const Told& told) {
    CHECK(ends_.emplace(name, End{ending, output, usage, told}).second);
    ++ends_reported_;
  };
  listeners.told = [this](const TaskName& name, const Told& told) { told_.emplace_back(name, told); };
  listeners.survives = [this](const TaskName& name, const std::string& who) { survivors_[name] = who; };
  auto made = MakeChildren(loop_, config, std::move(listeners));
  REQUIRE(made);
  children_ = std::move(made->children);
  containment_ = std::move(made->containment);
  REQUIRE(containment_.cgroup == use_cgroups);
}

Workbench::~Workbench() {
  children_.reset();
  std::filesystem::remove(Spec("", {""}).stage_folder);  // empty, or somebody left a copy
  CHECK_FALSE(std::filesystem::exists(Spec("", {""}).stage_folder));
  if (!containment_.cgroup) return;
  std::error_code gone;
  CHECK(std::filesystem::is_directory(containment_.cgroup_folder, gone));
  CHECK(rmdir(containment_.cgroup_folder.c_str()) == 0);  // fails when a task's group is left
}

ChildSpec Workbench::Spec(const TaskName& name, std::vector<std::string> argv) {
  ChildSpec spec;
  spec.name = name;
  spec.program = argv[0];
  spec.argv = std::move(argv);
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
  spec.working_folder = "/";
  spec.stage_folder =
      (std::filesystem::temp_directory_path() / ("kedge-stage-" + std::to_string(getpid()))).string();
  return spec;
}

TaskName Workbench::Named(const TaskName& name) { return "test-" + std::to_string(getpid()) + "-" + name; }

void Workbench::Start(ChildSpec spec) {
  spec.name = Named(spec.name);
  children_->Start(spec);
}

Workbench::End Workbench::Run(const ChildSpec& spec) {
  Start(spec);
  return WaitForEnd(spec.name);
}

Workbench::End Workbench::WaitForEnd(const TaskName& name) {
  WaitUntil([&] { return ends_.contains(Named(name)); });
  return std::move(ends_.extract(Named(name)).mapped());
}

void Workbench::WaitUntil(const std::function<bool()>& true_now) {
  const int64_t give_up = sys::BootMillis() + kPatience;
  bool became_true = false;
  sys::Handle tick;
  const std::function<void()> look = [&] {
    became_true = true_now();
    if (became_true || sys::BootMillis() > give_up) return loop_.Stop(0);
    tick = loop_.At(sys::BootMillis() + 1, look);
  };
  look();
  loop_.Run();
  REQUIRE(became_true);
}

namespace {

// The first thread of `pid` that still has what a test looks at. Of a process whose first thread has left
// only the others show it.
std::string ThreadWith(pid_t pid, const std::string& word) {
  std::error_code gone;
  const std::string threads = "/proc/" + std::to_string(pid) + "/task";
  for (std::filesystem::directory_iterator thread(threads, gone), end; thread != end;
       thread.increment(gone)) {
    if (gone) break;
    const auto arguments = sys::ReadFile(thread->path().string() + "/cmdline");
    if (arguments && arguments->find(word) != std::string::npos) return thread->path();
  }
  return "";
}

}  // namespace

std::vector<int> AliveWith(const std::string& word) {
  std::vector<int> found;
  for (const pid_t pid : ReadPids()) {
    if (pid != getpid() && !ThreadWith(pid, word).empty()) found.push_back(pid);
  }
  return found;
}

size_t SettledWith(const std::string& word) {
  size_t settled = 0;
  for (const pid_t pid : AliveWith(word)) {
    const auto name = sys::ReadFile(ThreadWith(pid, word) + "/comm");
    if (name && *name == "settled\n") ++settled;
  }
  return settled;
}

int OwnZombies() {
  int zombies = 0;
  for (const auto& [pid, process] : ReadProcessTable()) {
    if (process.parent == getpid() && !process.alive) ++zombies;
  }
  return zombies;
}

int OpenDescriptors() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

std::string Text(const Capture& capture) { return capture.head + capture.tail; }

}  // namespace kedge::process
