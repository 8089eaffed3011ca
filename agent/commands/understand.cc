// From the words of a command line to the verb that is meant. Pure.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "commands/verb.h"
#include "core/near_word.h"
#include "operator/terminal.h"

namespace kedge::commands {
namespace {

constexpr std::string_view kCommonHelp = R"(
Options:
  --json           print JSON instead of text
  --config FILE    read this configuration (default: /etc/kedge/kedge.yaml)
  -h, --help       print this
)";

const std::vector<Option>& CommonOptions() {
  static const std::vector<Option> kOptions = {
      {"--json"}, {"--config", "FILE"}, {"--help", "", 'h'}, {"--version"}};
  return kOptions;
}

bool Names(const Option& option, std::string_view word) {
  return word == option.name ||
         (word.size() == 2 && option.letter != '\0' && word[0] == '-' && word[1] == option.letter);
}
bool HasOption(const std::vector<Option>& options, std::string_view word) {
  return std::any_of(options.begin(), options.end(), [word](const Option& o) { return Names(o, word); });
}

std::string_view NameOf(const std::string& word) {
  return std::string_view(word).substr(0, word.starts_with("--") ? word.find('=') : std::string::npos);
}

std::string Type(const Verb& verb) {
  return "kedge " + std::string(verb.name) + (verb.usage.empty() ? "" : " " + std::string(verb.usage));
}

std::string AllVerbs() {
  std::string names;
  for (const Verb& verb : Verbs()) names += (names.empty() ? "" : "|") + std::string(verb.name);
  return "kedge " + names;
}

// One that is near, else all of them.
std::string NoSuchVerb(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) names.emplace_back(verb.name);
  const std::string near = NearestWord(word, names, LimitOfSlip(word));
  const std::string no = "no command '" + op::SafeLine(word) + "'; type: ";
  if (near.empty()) return no + AllVerbs();
  const auto meant =
      std::find_if(Verbs().begin(), Verbs().end(), [&near](const Verb& verb) { return verb.name == near; });
  return no + Type(*meant) + "; kedge --help lists all";
}

// Where the verb stands. Before it stand options that every verb takes, or any verb.
size_t PlaceOfVerb(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-' || word == "--") return i;
    if (word.find('=') != std::string::npos) continue;
    const auto takes_value = [&word](const std::vector<Option>& options) {
      return std::any_of(options.begin(), options.end(),
                         [&word](const Option& o) { return Names(o, word) && !o.value.empty(); });
    };
    const bool has_value = takes_value(CommonOptions()) ||
                           std::any_of(Verbs().begin(), Verbs().end(),
                                       [&](const Verb& verb) { return takes_value(verb.options); });
    if (has_value) ++i;
  }
  return words.size();
}

// An option that another verb has.
std::string Misplaced(const Verb& verb, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return "";
    if (word.size() < 2 || word[0] != '-') continue;
    const std::string_view name = NameOf(word);
    if (HasOption(CommonOptions(), name) || HasOption(verb.options, name)) continue;
    std::string owners;
    for (const Verb& other : Verbs()) {
      if (HasOption(other.options, name)) owners += (owners.empty() ? "" : ", ") + Type(other);
    }
    if (!owners.empty()) {
      return std::string(name) + " is for: " + owners + "; type: kedge " + std::string(verb.name) + " --help";
    }
  }
  return "";
}

std::string WrongOperands(const Verb& verb, const std::vector<std::string>& operands) {
  if (operands.size() > verb.most_operands) {
    return "'" + op::SafeLine(operands.back()) + "' is too much; type: " + Type(verb);
  }
  if (operands.size() < verb.least_operands) return std::string(verb.which) + " type: " + Type(verb);
  return "";
}

// What stands before the verb is read as if it stood behind it.
Understood WithWords(const Verb& verb, std::vector<std::string> words, size_t place) {
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(place));
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") return {.print = HelpOf(verb)};
  }
  return {.run = [&verb, words = std::move(words)](const Context&) { return verb.with_words(words); }};
}

Understood WithVerb(const Verb& verb, const std::vector<std::string>& words, size_t place,
                    const std::string& version) {
  if (verb.with_words != nullptr) return WithWords(verb, words, place);
  if (std::string misplaced = Misplaced(verb, words); !misplaced.empty()) return {.wrong = misplaced};
  std::vector<Option> options = verb.options;
  options.insert(options.end(), CommonOptions().begin(), CommonOptions().end());
  auto arguments = ReadArguments(words, options, Type(verb));
  if (!arguments) return {.wrong = arguments.error().message};
  if (arguments->Has("--help")) return {.print = HelpOf(verb)};
  if (arguments->Has("--version")) return {.print = "kedge " + version + "\n"};
  Understood understood;
  understood.context = {.config = arguments->Value("--config").value_or(""),
                        .json = arguments->Has("--json")};
  if (arguments->Has("--config") && understood.context.config.empty()) {
    return {.wrong = "--config needs a file; type: " + Type(verb) + " --config FILE"};
  }
  arguments->DropFirstOperand();  // the verb
  if (std::string wrong = WrongOperands(verb, arguments->operands()); !wrong.empty()) return {.wrong = wrong};
  auto run = verb.prepare(*arguments);
  if (!run) return {.wrong = run.error().message};
  understood.run = *std::move(run);
  return understood;
}

Understood WithoutVerb(const std::vector<std::string>& words, const std::string& version) {
  auto arguments = ReadArguments(words, CommonOptions());
  if (!arguments) return {.wrong = arguments.error().message};
  if (arguments->Has("--help")) return {.print = Help()};
  if (arguments->Has("--version")) return {.print = "kedge " + version + "\n"};
  return {.wrong = "no command; type: " + AllVerbs()};
}

}  // namespace

std::string Help() {
  std::string text =
      "Look at the jobs of this device, and call them off.\n\nUsage: kedge COMMAND [OPTIONS]\n\nCommands:\n";
  constexpr size_t kColumn = 21;
  for (const Verb& verb : Verbs()) {
    std::string line =
        "  " + std::string(verb.name) + (verb.usage.empty() ? "" : " " + std::string(verb.usage));
    line += line.size() < kColumn - 1 ? std::string(kColumn - line.size(), ' ')
                                      : "\n" + std::string(kColumn, ' ');
    text += line + std::string(verb.summary) + "\n";
  }
  return text + R"(
Options:
  --json             print JSON instead of text
  --config FILE      read this configuration (default: /etc/kedge/kedge.yaml)
  --version          print the version
  -h, --help         print this; `kedge COMMAND --help` tells more

Examples:
  kedge status
  kedge show firmware-42
  sudo kedge cancel firmware-42 --reason 'wrong version'

Exit status: 0 done, 1 failed or refused, 2 wrong use.
)";
}

// The common options stand before the examples.
std::string HelpOf(const Verb& verb) {
  if (verb.with_words != nullptr) return std::string(verb.help);
  const size_t examples = std::min(verb.help.find("\nExamples:"), verb.help.size());
  return std::string(verb.help.substr(0, examples)) + std::string(kCommonHelp) +
         std::string(verb.help.substr(examples));
}

Understood Understand(const std::vector<std::string>& words, const std::string& version) {
  const size_t place = PlaceOfVerb(words);
  if (place == words.size() || words[place] == "--") return WithoutVerb(words, version);
  for (const Verb& verb : Verbs()) {
    if (verb.name == words[place]) return WithVerb(verb, words, place, version);
  }
  return {.wrong = NoSuchVerb(words[place])};
}

}  // namespace kedge::commands
