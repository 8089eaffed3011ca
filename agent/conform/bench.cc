#include "conform/bench.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "process/cgroup_home.h"
#include "process/pidfd.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "task_spec.h"

namespace kedge::conform {
namespace {

using std::chrono::milliseconds;

constexpr char kName[] = "handler-test";
constexpr size_t kProbeBytes = 4 << 20;  // kept of a probe's output; of what is longer, head, tail and length

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}
std::string NameIn(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Users that the handler runs as pass through; nobody but us writes.
Result<void> MakeOpenFolder(const std::string& path) {
  if (auto made = sys::MakeDirs(path, 0711); !made) return made;
  if (chmod(path.c_str(), 0711) != 0) return Unexpected(sys::ErrnoError("chmod " + path, errno));
  return {};
}

bool IsForwardOrCheck(TaskKind kind) { return kind == TaskKind::kCheck || IsForward(kind); }

}  // namespace

Bench::Bench(const Options& options) : options_(options) {}

Result<std::unique_ptr<Bench>> Bench::Make(const Options& options) {
  std::unique_ptr<Bench> bench(new Bench(options));
  if (auto ready = bench->Prepare(); !ready) return Unexpected(ready.error());
  return bench;
}

Result<void> Bench::Prepare() {
  if (!options_.config.empty()) {
    auto config = LoadConfig(options_.config);
    if (!config) return Unexpected(config.error());
    config_ = std::move(*config);
  }
  config_.thing = kName;
  config_.paths.handlers_folder = FolderOf(options_.handler);
  if (!options_.guards.empty()) config_.paths.guards_folder = options_.guards;
  config_.process.grace = config_.policy.grace = options_.grace;

  // On a disk, for handlers sync what they write, and beside no state of a real agent.
  for (const char* place : {"/var/tmp", "/tmp"}) {
    std::string folder = std::string(place) + "/kedge-handler-test-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) continue;
    folder_ = folder;
    break;
  }
  if (folder_.empty()) return Unexpected(sys::ErrnoError("make a folder in /var/tmp or /tmp", errno));
  config_.paths.state_folder = folder_ + "/state";
  config_.paths.run_folder = folder_ + "/run";
  for (const std::string& path : {folder_, config_.paths.state_folder, config_.paths.run_folder}) {
    if (auto made = MakeOpenFolder(path); !made) return made;
  }

  containment_config_.use_cgroups = config_.process.use_cgroups == ProcessSettings::Cgroups::kAuto;
  containment_config_.cgroup_folder = config_.process.cgroup_folder;
  if (const auto own = process::OwnCgroup(); own && containment_config_.cgroup_folder.empty()) {
    containment_config_.cgroup_folder = *own + "/kedge-" + kName;  // not that of an agent that runs here too
  }
  auto made = process::MakeChildren(loop_, containment_config_, Ears());
  if (!made) return Unexpected(made.error());
  made_ = std::move(*made);
  on_int_ = loop_.OnSignal(SIGINT, [this] { Interrupt(); });
  on_term_ = loop_.OnSignal(SIGTERM, [this] { Interrupt(); });
  return {};
}

Bench::~Bench() {
  made_.children.reset();
  // Gone only if nobody else is testing.
  if (!made_.containment.cgroup_folder.empty()) rmdir(made_.containment.cgroup_folder.c_str());
  if (folder_.empty() || options_.keep) return;
  [[maybe_unused]] const auto removed = sys::RemoveTree(folder_);  // nobody is left to tell
}

process::Listeners Bench::Ears() {
  return {[this](const process::TaskName& name, const Ending& ending, const Output& output,
                 const Usage& usage, const process::Told& told) {
            if (name != running_) return;
            called_.ending = ending;
            called_.output = output;
            called_.usage = usage;
            if (!told.empty()) called_.told.push_back(told);
            over_ = true;
            loop_.Stop(0);
          },
          [this](const process::TaskName& name, const process::Told& told) {
            if (name == running_) called_.told.push_back(told);
          },
          {}};
}

void Bench::Interrupt() {
  interrupted_ = true;
  if (life_ >= 0) process::SendSignals(life_, {SIGKILL});
  if (!running_.empty()) made_.children->Stop(running_, options_.grace);
}

Result<process::Handler> Bench::Find() const {
  Command command;
  command.kind = Command::Kind::kHandler;
  command.handler = NameIn(options_.handler);
  command.path = "default";
  return process::FindHandler(command, {config_.paths.handlers_folder, config_.paths.allowed_handlers});
}

void Bench::EndJob() {
  if (state_folder_.empty() || options_.keep) return;
  // What cannot be removed goes with the bench's folder, or is seen there.
  [[maybe_unused]] const auto removed = sys::RemoveTree(UndoFolder(config_, execution_.id));
}

void Bench::BeginJob(const std::vector<std::string>& args) {
  EndJob();
  const int64_t number = execution_.id.number;
  execution_ = Execution{};
  execution_.id = {JobId{kName}, state_folder_.empty() ? 1 : number + 1, sys::WallMillis()};
  Step step;
  step.name = kName;
  step.command.kind = Command::Kind::kHandler;
  step.command.handler = NameIn(options_.handler);
  step.command.path = "default";
  step.command.args = args;
  step.run_as_user = options_.user;
  execution_.plan.document.steps = {step};
  execution_.plan.verbs.resize(1);
  execution_.steps.resize(1);
  execution_.phase = Phase::kRunning;
  state_folder_ = UndoFolder(config_, execution_.id) + "/1";
}

milliseconds Bench::LimitFor(TaskKind kind) const {
  switch (kind) {
    case TaskKind::kRun:
      return options_.limit;
    case TaskKind::kCheck:
    case TaskKind::kVerifyDone:
      return config_.policy.check_limit;
    default:
      return config_.policy.undo_limit;
  }
}

Called Bench::Call(TaskKind kind, const std::optional<StopAt>& stop) {
  if (interrupted_ && IsForwardOrCheck(kind)) return Called{Interrupted{}, {}, {}, {}, false};
  const LimitOf whose = kind == TaskKind::kRun                                      ? LimitOf::kStep
                        : kind == TaskKind::kCheck || kind == TaskKind::kVerifyDone ? LimitOf::kCheck
                                                                                    : LimitOf::kUndo;
  auto spec = SpecFor(config_, execution_, Task{next_task_++, kind, 0, ""}, LimitFor(kind), whose);
  if (!spec) return Called{CouldNotStart{spec.error().message}, {}, {}, {}, false};
  if (stop && stop->how == StopBy::kCrash) return RunAndCrash(*spec, *stop);
  return Run(*spec, stop);
}

Called Bench::RunCommand(const std::vector<std::string>& argv) {
  process::ChildSpec spec;
  spec.name = NameOf(config_, next_task_++);
  spec.program = argv[0];
  spec.argv = argv;
  spec.env = {{"PATH", config_.process.search_path}, {"LANG", "C.UTF-8"}, {"SHELL", "/bin/sh"}};
  if (const auto user = process::FindUser("")) {
    spec.env["HOME"] = user->home;
    spec.env["USER"] = spec.env["LOGNAME"] = user->name;
  }
  spec.working_folder = "/";
  spec.limit = config_.policy.check_limit;
  spec.whose_limit = LimitOf::kCheck;
  spec.grace = options_.grace;
  spec.keep_bytes = kProbeBytes;
  return Run(spec, {});
}

Called Bench::Run(const process::ChildSpec& spec, const std::optional<StopAt>& stop) {
  called_ = Called{};
  running_ = spec.name;
  made_.children->Start(spec);
  sys::Handle timer;
  if (stop) {
    timer = loop_.At(sys::BootMillis() + stop->after.count(), [this, &stop] {
      if (over_) return;
      called_.stopped = true;
      made_.children->Stop(running_, stop->how == StopBy::kCancel ? options_.grace : milliseconds(0));
    });
  }
  WaitFor(spec.name);
  return std::exchange(called_, Called{});
}

void Bench::WaitFor(const process::TaskName& name) {
  running_ = name;
  over_ = false;
  while (!over_) loop_.Run();
  running_.clear();
}

}  // namespace kedge::conform
