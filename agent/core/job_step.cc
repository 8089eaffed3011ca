#include "core/job_step.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include "core/status_details.h"

namespace kedge {
namespace {

using std::chrono::seconds;

constexpr size_t kMaxUserBytes = 256;  // as in AWS's managed templates
constexpr size_t kMaxGuardName = 32;
constexpr int64_t kMaxTimeout = 604800;  // seven days, the service's own longest timeout
constexpr int64_t kMaxUninterruptible = 3600;
constexpr int64_t kMaxGrace = 600;
constexpr int64_t kLeastConnection = 10;  // a TLS connection on a slow radio takes some seconds
constexpr int64_t kMostConnection = 3600;
constexpr int64_t kMaxBytes = int64_t{1} << 50;
constexpr int64_t kLeastMemory = 65536;  // less, and not even the program could be loaded
constexpr int64_t kMostTasks = 4194304;  // the kernel's own limit of processes (64 bits)
constexpr int64_t kMostWeight = 10000;   // cgroup v2
constexpr std::string_view kBlanks = " \t\n\v\f\r";

// A parameter of a managed template that the service left as it was. Whether an omitted optional one arrives
// like this, empty or not at all is not documented, so all three mean the same.
bool IsUnsubstituted(std::string_view text) {
  return text.starts_with("${aws:iot:parameter:") && text.ends_with('}');
}

std::string OptionalParameter(const Members& members, std::string_view name) {
  std::string text = members.Text(name);
  return IsUnsubstituted(text) ? "" : text;
}

// Safe: a required parameter that was not substituted would reach a program as a literal "${aws:...}".
void RefuseUnsubstituted(const Members& members, std::string_view name, std::string_view text) {
  if (!IsUnsubstituted(text)) return;
  members.Refuse(name,
                 "is " + SafeDetailValue(text, Keep::kHead, 128) +
                     ", a template parameter without a value; create the job from the managed template and "
                     "give it in --document-parameters");
}

Command ReadCommand(const Members& input) {
  Command command;
  Result<std::vector<std::string>> argv = SplitCommand(input.RequiredText("command"));
  if (!argv) {
    input.Refuse("command", argv.error().message);
    return command;
  }
  command.args = *std::move(argv);
  for (const std::string& arg : command.args) RefuseUnsubstituted(input, "command", arg);
  return command;
}

// `rollback` and `verify`.
std::optional<Command> ReadUndo(const Members& action, std::string_view name) {
  const std::optional<Members> undo = action.Object(name);
  if (!undo) return std::nullopt;
  const bool handler = undo->Has("handler");
  if (handler == undo->Has("command")) {
    undo->Refuse("", handler ? "has both \"command\" and \"handler\", expected one of them"
                             : "has neither \"command\" nor \"handler\", expected one of them");
  }
  return handler ? ReadHandler(*undo, "handler") : ReadCommand(*undo);
}

bool IsGuardName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxGuardName &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
}

std::map<std::string, std::vector<std::string>> ReadProtect(const Members& action) {
  std::map<std::string, std::vector<std::string>> protect;
  const std::optional<Members> guards = action.Object("protect");
  if (!guards) return protect;
  for (const std::string& guard : guards->Names()) {
    if (!IsGuardName(guard)) {
      guards->Refuse("", Quoted(guard) + " is not a guard's name, expected 1 to 32 of a-z, 0-9 and '-'");
      break;
    }
    std::vector<std::string> guarded = guards->Texts(guard);
    // Safe: whoever writes an empty list believes that something is protected.
    if (guarded.empty()) guards->Refuse(guard, "is empty, expected what to protect");
    for (size_t i = 0; i < guarded.size(); ++i) {
      if (guarded[i].empty()) guards->Refuse(guard + "[" + std::to_string(i) + "]", "is empty");
    }
    protect.emplace(guard, std::move(guarded));
  }
  return protect;
}

OnInterrupt ReadOnInterrupt(const Members& action) {
  const std::string word = action.Text("onInterrupt");
  if (word == "retry") return OnInterrupt::kRetry;
  if (word == "done") return OnInterrupt::kDone;
  if (action.Has("onInterrupt") && word != "rollback") {
    action.Refuse("onInterrupt", "is " + Quoted(word) + ", expected \"rollback\", \"retry\" or \"done\"");
  }
  return OnInterrupt::kRollback;
}

bool ReadNeedsConnection(const Members& action) {
  if (!action.Has("onNoConnection")) return false;
  const std::string word = action.Text("onNoConnection");
  // Safe: whoever misspells it believes that a device cannot be cut off.
  if (word != "rollback" && word != "ignore") {
    action.Refuse("onNoConnection", "is " + Quoted(word) + ", expected \"rollback\" or \"ignore\"");
  }
  return word == "rollback";
}

std::string ReadUser(const Members& action) {
  std::string user = OptionalParameter(action, "runAsUser");
  if (user.size() > kMaxUserBytes) {
    action.Refuse("runAsUser",
                  std::to_string(user.size()) + " bytes long, more than " + std::to_string(kMaxUserBytes));
  }
  for (const char c : user) {
    if (c == '\x7F' || static_cast<unsigned char>(c) < ' ')
      action.Refuse("runAsUser", "holds a control character");
  }
  return user;
}

Command ReadInput(const Members& action) {
  const std::string type = action.RequiredText("type");
  if (type != "runHandler" && type != "runCommand") {
    action.Refuse("type", "is " + Quoted(type) + ", expected \"runHandler\" or \"runCommand\"");
  }
  // Safe: without `input` the Device Client crashes, and again at each start for as long as the job is there.
  const std::optional<Members> input = action.RequiredObject("input");
  if (!input) return {};
  return type == "runHandler" ? ReadHandler(*input, "handler") : ReadCommand(*input);
}

std::optional<seconds> ReadSeconds(const Members& members, std::string_view name, int64_t least,
                                   int64_t most) {
  const std::optional<int64_t> count = members.Whole(name, least, most);
  return count ? std::optional(seconds(*count)) : std::nullopt;
}

StepLimits ReadLimits(const Members& action) {
  StepLimits limits;
  const std::optional<Members> members = action.Object("limits");
  if (!members) return limits;
  limits.memory_bytes = members->Whole("memoryBytes", kLeastMemory, kMaxBytes);
  limits.tasks = members->Whole("tasks", 1, kMostTasks);
  limits.cpu_weight = members->Whole("cpuWeight", 1, kMostWeight);
  limits.io_weight = members->Whole("ioWeight", 1, kMostWeight);
  limits.output_bytes = members->Whole("outputBytes", 1, kMaxBytes);
  // Safe: whoever misspells a limit believes that there is one.
  for (const std::string& name : members->Names()) {
    static constexpr std::string_view kKnown[] = {"memoryBytes", "tasks", "cpuWeight", "ioWeight",
                                                  "outputBytes"};
    if (name.starts_with("_") || std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown))
      continue;
    members->Refuse(name, "is no limit; there are memoryBytes, tasks, cpuWeight, ioWeight and outputBytes");
  }
  return limits;
}

std::optional<bool> ReadKeepLeftovers(const Members& action) {
  if (!action.Has("leftovers")) return std::nullopt;
  const std::string word = action.Text("leftovers");
  if (word != "end" && word != "keep") {
    action.Refuse("leftovers", "is " + Quoted(word) + ", expected \"end\" or \"keep\"");
  }
  return word == "keep";
}

}  // namespace

std::string ReadName(const Members& members, std::string_view name) {
  std::string text = SafeDetailValue(members.RequiredText(name), Keep::kHead, kMaxStepName);
  if (text.empty()) members.Refuse(name, "holds nothing that can be read");
  return text;
}

std::optional<int64_t> ReadAllowStdErr(const Members& members) {
  return members.Whole("allowStdErr", 0, std::numeric_limits<int32_t>::max());
}

std::optional<seconds> ReadTimeout(const Members& members) {
  return ReadSeconds(members, "timeoutSeconds", 1, kMaxTimeout);
}

Command ReadHandler(const Members& input, std::string_view name_member) {
  Command command;
  command.kind = Command::Kind::kHandler;
  command.handler = input.RequiredText(name_member);
  RefuseUnsubstituted(input, name_member, command.handler);
  command.args = input.Texts("args");
  for (size_t i = 0; i < command.args.size(); ++i) {
    RefuseUnsubstituted(input, "args[" + std::to_string(i) + "]", command.args[i]);
  }
  command.path = OptionalParameter(input, "path");
  return command;
}

Step ReadStep(const Members& element) {
  Step step;
  // Safe: a step without `action` is skipped by the Device Client, without a word.
  const std::optional<Members> action = element.RequiredObject("action");
  if (!action) return step;
  step.name = ReadName(*action, "name");
  step.command = ReadInput(*action);
  step.run_as_user = ReadUser(*action);
  step.allow_stderr_lines = ReadAllowStdErr(*action);
  step.ignore_failure = action->Flag("ignoreStepFailure").value_or(false);

  step.rollback = ReadUndo(*action, "rollback");
  step.verify = ReadUndo(*action, "verify");
  step.protect = ReadProtect(*action);
  step.timeout = ReadTimeout(*action);
  step.grace = ReadSeconds(*action, "graceSeconds", 0, kMaxGrace);
  step.limits = ReadLimits(*action);
  step.keep_leftovers = ReadKeepLeftovers(*action);
  step.interruptible = action->Flag("interruptible").value_or(true);
  step.max_uninterruptible = ReadSeconds(*action, "maxUninterruptibleSeconds", 1, kMaxUninterruptible);
  if (step.max_uninterruptible && step.interruptible) {
    action->Refuse("maxUninterruptibleSeconds", "needs \"interruptible\": false beside it");
  }
  step.on_interrupt = ReadOnInterrupt(*action);
  step.needs_connection = ReadNeedsConnection(*action);
  step.connection_limit = ReadSeconds(*action, "connectionTimeoutSeconds", kLeastConnection, kMostConnection);
  if (step.connection_limit && !step.needs_connection) {
    action->Refuse("connectionTimeoutSeconds", "needs \"onNoConnection\": \"rollback\" beside it");
  }
  return step;
}

Result<std::vector<std::string>> SplitCommand(std::string_view command) {
  std::vector<std::string> argv;
  std::string token;
  const auto finish = [&] {
    // As in the Device Client: nothing between two commas is no argument, blanks alone are an empty one.
    if (token.empty()) return;
    const size_t first = token.find_first_not_of(kBlanks);
    const size_t last = token.find_last_not_of(kBlanks);
    argv.push_back(first == token.npos ? "" : token.substr(first, last - first + 1));
    token.clear();
  };
  for (size_t i = 0; i < command.size(); ++i) {
    if (command[i] == ',') {
      finish();
      continue;
    }
    if (command[i] == '\\' && i + 1 < command.size() && command[i + 1] == ',') ++i;
    token += command[i];
  }
  finish();

  if (argv.empty() || argv[0].empty())
    return Unexpected(ErrorKind::kInvalid, "names no program before the first comma");
  if (argv[0].find_first_of(kBlanks) != std::string::npos) {
    return Unexpected(ErrorKind::kInvalid,
                      "the program " + Quoted(argv[0]) +
                          " holds a blank; separate the program and its arguments by commas");
  }
  if (command.find('\0') != command.npos) {
    return Unexpected(ErrorKind::kInvalid, "holds a NUL character, which no program can be given");
  }
  return argv;
}

}  // namespace kedge
