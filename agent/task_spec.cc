#include "task_spec.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "process/resolve.h"
#include "sys/files.h"
#include "sys/mounts.h"

namespace kedge {
namespace {

constexpr char kSyncPrefix[] = "sync-";
// A slow card takes a while for what a step has left in memory; one that takes longer is broken.
constexpr std::chrono::minutes kSyncLimit{10};
constexpr size_t kMountsLimit = 4 << 20;

// FNV-1a, 64 bits: a short name for a folder. The folder of one execution at a time exists, so that two that
// hash alike are no concern.
std::string Hash(const std::string& text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ull;
  }
  char hex[17];
  const auto end = std::to_chars(hex, hex + sizeof hex, hash, 16);
  return std::string(hex, end.ptr);
}

// machine-id(5); empty where there is none. A container has one of its own.
const std::string& MachineId() {
  static const std::string id = [] {
    const auto text = sys::ReadFile("/etc/machine-id");
    return text ? *text : std::string();
  }();
  return id;
}

const char* VerbOf(TaskKind kind) {
  switch (kind) {
    case TaskKind::kCheck:
      return "check";
    case TaskKind::kSnapshot:
      return "snapshot";
    case TaskKind::kRun:
      return "run";
    case TaskKind::kRollback:
      return "rollback";
    case TaskKind::kRestore:
      return "restore";
    case TaskKind::kVerifyDone:
    case TaskKind::kVerifyUndone:
    case TaskKind::kVerifyGuard:
      return "verify";
    case TaskKind::kReboot:
      return "reboot";
    case TaskKind::kKept:
      break;
  }
  return "run";
}

bool IsGuardTask(const Task& task) { return !task.guard.empty(); }

// Makes `path` in a folder that exists; false when it is there already.
Result<bool> MakeFolder(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return false;
    return Unexpected(sys::ErrnoError("mkdir " + path, errno));
  }
  // Whatever the umask: a step's user has to pass through some of them.
  if (chmod(path.c_str(), mode) != 0) return Unexpected(sys::ErrnoError("chmod " + path, errno));
  return true;
}

Result<void> GiveTo(const std::string& path, const process::User& user) {
  if (user.uid == geteuid()) return {};
  if (chown(path.c_str(), user.uid, user.gid) != 0)
    return Unexpected(sys::ErrnoError("chown " + path, errno));
  return {};
}

// The program and its arguments, and whose name it runs under.
struct Call {
  std::string program;
  std::vector<std::string> argv;
  std::vector<std::string> trusted_folders;
  std::string user;
  const char* verb = "run";  // what it is told to do: a command that the document names as rollback is run
  bool keeps_undo = false;   // it may keep its way back in KEDGE_STATE_DIR
};

Result<Call> HandlerCall(const Config& config, const Command& command, const Step& step, const char* verb) {
  const process::HandlerFolders folders = HandlerFoldersOf(config);
  auto handler = process::FindHandler(command, folders);
  if (!handler) return Unexpected(handler.error());
  Call call;
  call.trusted_folders = process::TrustedFolders(folders);
  call.user = HandlerUser(config, *handler, step.run_as_user);
  if (handler->is_folder) {
    call.program = handler->folder + "/" + verb;
    call.argv = {call.program};
    call.verb = verb;
    call.keeps_undo = true;
  } else {
    // AWS's convention: the user's name comes first.
    call.program = handler->run;
    call.argv = {call.program, step.run_as_user};
  }
  call.argv.insert(call.argv.end(), command.args.begin(), command.args.end());
  return call;
}

Result<Call> CallFor(const Config& config, const Step& step, const Task& task) {
  const char* verb = VerbOf(task.kind);
  if (IsGuardTask(task)) {
    const bool checks = task.kind == TaskKind::kCheck;
    const std::string program = config.paths.guards_folder + "/" + task.guard + (checks ? ".check" : "");
    Call call{program, {}, {config.paths.guards_folder}, "", verb, !checks};
    call.argv = {call.program, verb};
    const auto& items = step.protect.at(task.guard);
    call.argv.insert(call.argv.end(), items.begin(), items.end());
    return call;
  }
  if (task.kind == TaskKind::kReboot) {
    const auto& command = config.jobs.reboot_command;
    if (command.empty()) {
      return Unexpected(ErrorKind::kDenied, "jobs do not reboot this device: jobs.reboot_command is empty");
    }
    return Call{command.at(0), command, {}, "", verb, false};
  }
  // The document's own rollback and verify take the place of the handler's.
  const Command* command = &step.command;
  if (task.kind == TaskKind::kRollback && step.rollback) command = &*step.rollback;
  if ((task.kind == TaskKind::kVerifyDone || task.kind == TaskKind::kVerifyUndone) && step.verify) {
    command = &*step.verify;
  }
  if (command->kind == Command::Kind::kHandler) {
    return HandlerCall(config, *command, step, command == &step.command ? verb : "run");
  }
  return Call{command->args[0], command->args, {}, step.run_as_user, "run", false};
}

// What the step chooses for its own run. Undoing is not held back by anything but time.
void AddChoices(const Config& config, const Step& step, process::ChildSpec* spec) {
  const ProcessSettings& standard = config.process;
  if (step.grace) spec->grace = *step.grace;
  process::Limits& limits = spec->limits;
  limits.memory = step.limits.memory_bytes.value_or(static_cast<int64_t>(standard.memory_limit));
  limits.tasks = step.limits.tasks.value_or(standard.task_limit);
  limits.cpu_weight = static_cast<int>(step.limits.cpu_weight.value_or(standard.cpu_weight));
  limits.io_weight = static_cast<int>(step.limits.io_weight.value_or(standard.io_weight));
  limits.output = step.limits.output_bytes.value_or(static_cast<int64_t>(standard.output_limit));
  const bool keep = step.keep_leftovers.value_or(standard.keep_leftovers);
  spec->leftovers = keep ? process::Leftovers::kKeep : process::Leftovers::kEnd;
}

}  // namespace

std::string UndoFolder(const Config& config, const ExecutionId& id) {
  return config.paths.undo_folder() + "/" +
         Hash(id.job.value + "/" + std::to_string(id.number) + "/" + std::to_string(id.queued_at));
}

std::string TaskSuffix(const Config& config) {
  return "-" + Hash(config.thing + " " + config.paths.state_folder + " " + MachineId());
}

process::TaskName NameOf(const Config& config, int64_t task) {
  return "task-" + std::to_string(task) + TaskSuffix(config);
}

int64_t TaskOf(const process::TaskName& name) {
  int64_t task = 0;
  if (name.rfind("task-", 0) == 0) std::from_chars(name.data() + 5, name.data() + name.size(), task);
  return task;
}

bool IsSync(const process::TaskName& name) { return name.starts_with(kSyncPrefix); }

std::optional<process::ChildSpec> SyncSpecFor(const Config& config, int64_t task) {
  const auto mounts = sys::ReadFile("/proc/self/mountinfo", kMountsLimit);
  const auto places = mounts ? sys::LocalFileSystems(*mounts) : std::vector<std::string>{"/"};
  if (places.empty()) return std::nullopt;
  process::ChildSpec spec;
  spec.name = kSyncPrefix + std::to_string(task) + TaskSuffix(config);
  spec.program = "sync";
  spec.argv = {"sync", "-f", "--"};
  spec.argv.insert(spec.argv.end(), places.begin(), places.end());
  spec.working_folder = "/";
  spec.limit = kSyncLimit;
  spec.grace = std::chrono::milliseconds(0);
  spec.heading = "sync";
  spec.env = {{"PATH", config.process.search_path}, {"LANG", "C.UTF-8"}};
  return spec;
}

process::HandlerFolders HandlerFoldersOf(const Config& config) {
  return {config.paths.handlers_folder, config.paths.allowed_handlers};
}

std::string HandlerUser(const Config& config, const process::Handler& handler,
                        const std::string& run_as_user) {
  // Where there is no sudo the samples run on as they are, which would be as root: then Kedge changes user.
  const bool changes_by_itself =
      !handler.is_folder && process::FindProgram("sudo", config.process.search_path).has_value();
  return changes_by_itself ? "" : run_as_user;
}

Result<process::ChildSpec> SpecFor(const Config& config, const Execution& execution, const Task& task,
                                   std::chrono::milliseconds limit, LimitOf whose) {
  const Step& step = execution.plan.document.steps[task.step];
  auto call = CallFor(config, step, task);
  if (!call) return Unexpected(call.error());
  auto user = process::FindUser(call->user);
  if (!user) return Unexpected(user.error());

  const std::string folder = UndoFolder(config, execution.id);
  const std::string number = folder + "/" + std::to_string(task.step + 1);
  const std::string state_folder = IsGuardTask(task) ? number + "." + task.guard : number;
  const std::string work_folder = number + ".work";
  // The step's user must be able to pass through to its own folder, and see nothing else.
  auto new_undo = MakeFolder(config.paths.undo_folder(), 0711);
  if (!new_undo) return Unexpected(new_undo.error());
  if (*new_undo) {
    if (auto synced = sys::SyncFolder(config.paths.state_folder); !synced) return Unexpected(synced.error());
  }
  if (auto made = MakeFolder(folder, 0711); !made) return Unexpected(made.error());
  auto new_state = MakeFolder(state_folder, 0700);
  if (!new_state) return Unexpected(new_state.error());
  if (*new_state && call->keeps_undo) {
    // What is kept in there is worth nothing if a power cut takes the way to it.
    for (const std::string& parent : {folder, config.paths.undo_folder()}) {
      if (auto synced = sys::SyncFolder(parent); !synced) return Unexpected(synced.error());
    }
  }
  if (auto made = MakeFolder(work_folder, 0700); !made) return Unexpected(made.error());
  if (auto given = GiveTo(state_folder, *user); !given) return Unexpected(given.error());
  if (auto given = GiveTo(work_folder, *user); !given) return Unexpected(given.error());

  process::ChildSpec spec;
  spec.name = NameOf(config, task.id);
  spec.program = call->program;
  spec.argv = std::move(call->argv);
  spec.trusted_folders = std::move(call->trusted_folders);
  spec.user = call->user;
  spec.working_folder = work_folder;
  spec.stage_folder = config.paths.stage_folder();
  spec.limit = limit;
  spec.whose_limit = whose;
  spec.grace = config.process.grace;
  spec.heading = "job " + execution.id.job.value + "#" + std::to_string(execution.id.number) + " step " +
                 std::to_string(task.step + 1) + " " + call->verb;
  if (task.kind == TaskKind::kRun) AddChoices(config, step, &spec);
  spec.keep_bytes = config.process.keep_output;
  spec.env = {
      {"PATH", config.process.search_path},
      {"HOME", user->home},
      {"USER", user->name},
      {"LOGNAME", user->name},
      {"SHELL", "/bin/sh"},
      {"LANG", "C.UTF-8"},
      {"KEDGE_VERSION", KEDGE_VERSION},
      {"KEDGE_THING", config.thing},
      {"KEDGE_JOB_ID", execution.id.job.value},
      {"KEDGE_EXECUTION", std::to_string(execution.id.number)},
      {"KEDGE_STEP", std::to_string(task.step + 1)},
      {"KEDGE_STEPS", std::to_string(execution.steps.size())},
      {"KEDGE_STEP_NAME", step.name},
      {"KEDGE_VERB", call->verb},
      {"KEDGE_STATE_DIR", state_folder},
      {"KEDGE_GUARDS", config.paths.guards_folder},
  };
  spec.env["KEDGE_TRIES"] = std::to_string(execution.steps[task.step].tries);
  spec.env["KEDGE_NO_WAY_BACK"] = config.policy.no_way_back == NoWayBack::kRun ? "run" : "refuse";
  spec.env["KEDGE_REBOOTS"] = std::to_string(execution.steps[task.step].reboots);
  if (task.kind == TaskKind::kVerifyDone) spec.env["KEDGE_EXPECT"] = "done";
  if (task.kind == TaskKind::kVerifyUndone) spec.env["KEDGE_EXPECT"] = "undone";
  return spec;
}

}  // namespace kedge
