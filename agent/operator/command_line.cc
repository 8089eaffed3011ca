#include "operator/command_line.h"

#include <charconv>
#include <optional>

#include "core/utf8.h"
#include "operator/help.h"
#include "operator/terminal.h"

namespace kedge::op {
namespace {

constexpr char kVerbs[] =
    "kedge status | history | show JOB | cancel JOB | clear | rollback --retry | reload | wait "
    "recovered|idle | "
    "import-config FILE | "
    "handler-test FOLDER | setup";
constexpr char kHandlerTest[] = "handler-test";
constexpr char kSetup[] = "setup";
constexpr int64_t kMaxLimit = 1'000'000;

// The words and options, before any meaning.
struct Words {
  std::vector<std::string> plain;
  std::optional<std::string> limit;
  std::optional<std::string> reason;
  std::optional<std::string> config;
  std::optional<std::string> output;
  std::optional<std::string> timeout;
  bool json = false;
  bool force = false;
  bool retry = false;
  bool help = false;
  bool version = false;
  std::string problem;
};

Words Split(const std::vector<std::string>& arguments) {
  Words words;
  bool options = true;
  for (size_t i = 0; i < arguments.size() && words.problem.empty(); ++i) {
    const std::string& argument = arguments[i];
    if (!options || argument.size() < 2 || argument[0] != '-') {
      words.plain.push_back(argument);
      continue;
    }
    const size_t equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    const std::string name = argument.substr(0, equals);
    const auto flag = [&](bool& target) {
      if (equals != std::string::npos) words.problem = name + " takes no value; type: " + name;
      target = true;
    };
    const auto value = [&](std::optional<std::string>& target, const char* what) {
      if (equals != std::string::npos) {
        target = argument.substr(equals + 1);
      } else if (i + 1 < arguments.size()) {
        target = arguments[++i];
      } else {
        words.problem = name + " needs a value; type: " + name + " " + what;
      }
    };
    if (name == "--")
      options = false;
    else if (name == "--json")
      flag(words.json);
    else if (name == "--force" || name == "-f")
      flag(words.force);
    else if (name == "--retry")
      flag(words.retry);
    else if (name == "--help" || name == "-h")
      flag(words.help);
    else if (name == "--version")
      flag(words.version);
    else if (name == "--limit" || name == "-n")
      value(words.limit, "20");
    else if (name == "--reason")
      value(words.reason, "'wrong version'");
    else if (name == "--config")
      value(words.config, "FILE");
    else if (name == "--output" || name == "-o")
      value(words.output, "kedge.yaml");
    else if (name == "--timeout")
      value(words.timeout, "60");
    else
      words.problem = "no option '" + SafeLine(name) + "'; type: kedge --help";
  }
  return words;
}

bool IsVerb(const std::string& word) {
  return word == "status" || word == "history" || word == "show" || word == "cancel" || word == "clear" ||
         word == "rollback" || word == "reload" || word == "wait" || word == "import-config";
}

// A whole number from 1 to `most`.
std::optional<int64_t> Number(const std::string& text, int64_t most) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1 || number > most) return std::nullopt;
  return number;
}

decltype(CommandLine::command) WaitMeaning(const Words& words) {
  constexpr char kUse[] = "kedge wait recovered|idle [--timeout SECONDS]";
  if (words.plain.size() != 2 || (words.plain[1] != "recovered" && words.plain[1] != "idle")) {
    return WrongUse{"wait for what? type: " + std::string(kUse)};
  }
  WaitCommand wait{words.plain[1] == "idle" ? WaitCommand::For::kIdle : WaitCommand::For::kRecovered};
  if (!words.timeout) return wait;
  wait.seconds = Number(*words.timeout, kMaxLimit);
  if (wait.seconds) return wait;
  return WrongUse{"--timeout is a number of seconds from 1 to 1000000, not '" + SafeLine(*words.timeout) +
                  "'; type: " + kUse};
}

decltype(CommandLine::command) Meaning(const Words& words) {
  const auto& plain = words.plain;
  if (plain.empty()) return WrongUse{"no command; type: " + std::string(kVerbs)};
  const std::string& verb = plain[0];
  if (verb == kHandlerTest) {
    return WrongUse{"the options of handler-test stand behind it; type: kedge handler-test FOLDER [OPTIONS]"};
  }
  if (verb == kSetup) {
    return WrongUse{"the options of setup stand behind it; type: kedge setup [OPTIONS]"};
  }
  if (!IsVerb(verb)) return WrongUse{"no command '" + SafeLine(verb) + "'; type: " + kVerbs};
  const bool wants_job = verb == "show" || verb == "cancel";
  if (words.limit && verb != "history") return WrongUse{"--limit is for: kedge history --limit N"};
  if ((words.force || words.reason) && verb != "cancel") {
    return WrongUse{"--force and --reason are for: kedge cancel JOB [--force] [--reason TEXT]"};
  }
  if (words.retry && verb != "rollback") return WrongUse{"--retry is for: kedge rollback --retry"};
  if (words.output && verb != "import-config") {
    return WrongUse{"--output is for: kedge import-config FILE [--output kedge.yaml]"};
  }
  if (words.timeout && verb != "wait")
    return WrongUse{"--timeout is for: kedge wait recovered|idle --timeout N"};
  if (verb == "wait") return WaitMeaning(words);
  if (verb == "import-config") {
    if (plain.size() == 2 && !words.json) return ImportCommand{plain[1], words.output.value_or("")};
    return WrongUse{"one file, as text; type: kedge import-config FILE [--output kedge.yaml]"};
  }
  if (plain.size() > (wants_job ? 2u : 1u)) {
    return WrongUse{"'" + SafeLine(plain.back()) + "' is too much; type: kedge " + verb +
                    (wants_job ? " JOB" : "")};
  }
  if (wants_job && plain.size() < 2) {
    return WrongUse{"which job? type: kedge " + verb +
                    " JOB (kedge status and kedge history tell the names)"};
  }
  if (verb == "status") return StatusCommand{};
  if (verb == "clear") return ClearCommand{};
  if (verb == "reload") return ReloadCommand{};
  if (verb == "rollback") {
    if (words.retry) return RollbackCommand{};
    return WrongUse{
        "only what could not be undone is tried again; type: kedge rollback --retry (a job that runs: "
        "kedge cancel JOB)"};
  }
  if (verb == "history") {
    HistoryCommand history;
    if (!words.limit) return history;
    const auto limit = Number(*words.limit, kMaxLimit);
    if (!limit) {
      return WrongUse{"--limit is a number from 1 to 1000000, not '" + SafeLine(*words.limit) +
                      "'; type: kedge history --limit 20"};
    }
    history.limit = static_cast<size_t>(*limit);
    return history;
  }
  const auto job = ParseJobName(plain[1]);
  if (!job || (verb == "cancel" && job->number)) {
    return WrongUse{"'" + SafeLine(plain[1]) + "' is no job id (1 to 64 of a-z A-Z 0-9 _ -); type: kedge " +
                    verb + " JOB"};
  }
  if (verb == "show") return ShowCommand{*job};
  CancelCommand cancel{job->job, words.force, words.reason.value_or("")};
  if (ValidUtf8(cancel.reason) != cancel.reason) {
    return WrongUse{"the reason is not UTF-8 text; type: kedge cancel JOB --reason TEXT"};
  }
  return cancel;
}

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const std::string& version) {
  CommandLine line;
  if (!arguments.empty() && arguments[0] == kHandlerTest) {
    const bool help = arguments.size() > 1 && (arguments[1] == "--help" || arguments[1] == "-h");
    line.command = HandlerTestCommand{{arguments.begin() + 1, arguments.end()}};
    if (help) line.command = PrintCommand{HelpFor(kHandlerTest)};
    return line;
  }
  if (!arguments.empty() && arguments[0] == kSetup) {
    line.command = SetupCommand{{arguments.begin() + 1, arguments.end()}};
    for (const std::string& word : arguments) {
      if (word == "--help" || word == "-h") line.command = PrintCommand{HelpFor(kSetup)};
    }
    return line;
  }
  const Words words = Split(arguments);
  line.json = words.json;
  line.config = words.config.value_or("");
  if (!words.problem.empty()) {
    line.command = WrongUse{words.problem};
  } else if (words.help) {
    line.command = PrintCommand{HelpFor(words.plain.empty() ? "" : words.plain[0])};
  } else if (words.version) {
    line.command = PrintCommand{"kedge " + version + "\n"};
  } else if (words.config && words.config->empty()) {
    line.command = WrongUse{"--config needs a file; type: --config FILE"};
  } else {
    line.command = Meaning(words);
  }
  return line;
}

}  // namespace kedge::op
