#include "config.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/config_lines.h"
#include "commands/device.h"
#include "commands/verbs.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Print the configuration as it takes effect, and where each value comes from.

Usage: kedge config [KEY...]

  KEY              only these, and what is beneath them: broker, jobs.step_limit, ...

What kedge.yaml says; kedged takes it over when it starts, or by `kedge reload`. With mistakes in the file they are named,
with line and column, and the exit status is 1. kedge.yaml(5) explains the keys.

Examples:
  kedge config
  kedge config broker
  kedge config --json | jq -r '.[] | select(.origin == "file").key'
)";

bool IsWanted(const std::string& key, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&key](const std::string& word) {
           return key == word || key.starts_with(word + ".");
         });
}

std::string AsJson(const std::vector<ConfigValue>& values) {
  auto json = nlohmann::ordered_json::array();
  for (const ConfigValue& value : values) {
    nlohmann::ordered_json item{
        {"key", value.key}, {"value", value.value}, {"origin", value.line == 0 ? "default" : "file"}};
    if (value.line != 0) item["line"] = value.line;
    json.push_back(std::move(item));
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int ShowConfig(const Context& context, const std::vector<std::string>& wanted) {
  const std::string file = context.config.empty() ? kConfigFile : context.config;
  auto config = LoadConfig(file);
  std::string text;
  if (config) {
    auto read = sys::ReadFile(file, std::numeric_limits<int32_t>::max());
    if (!read) return Fail(read.error().message);
    text = *std::move(read);
  } else if (config.error().kind == ErrorKind::kNotFound && context.config.empty()) {
    std::fprintf(stderr, "kedge: there is no %s: these are the defaults; `kedge setup` makes one\n",
                 kConfigFile);
    config = Config{};
  } else {
    return Fail(config.error().message);
  }
  auto values = DescribeConfig(*config, text);
  if (!values) return Fail(values.error().message);
  std::erase_if(*values, [&wanted](const ConfigValue& value) { return !IsWanted(value.key, wanted); });
  if (values->empty())
    return Fail("no key '" + op::SafeLine(wanted.front()) + "'; `kedge config` lists them all");
  return Print(context.json ? AsJson(*values) : ConfigLines(*values, file, LookOfTerminal()));
}

}  // namespace

std::string ConfigLines(const std::vector<ConfigValue>& values, const std::string& file,
                        const op::Look& look) {
  std::string text;
  for (const ConfigValue& value : values) {
    const std::string origin =
        value.line == 0 ? "default" : op::SafeLine(file) + ":" + std::to_string(value.line);
    const std::string said = op::SafeLine(value.key + ": " + value.value);
    const std::string from = op::Paint(look, op::Colour::kFaint, "# " + origin);
    std::string begin;
    for (const std::string& part : op::Wrap(said + "  " + from, look.width > 40 ? look.width - 4 : 0)) {
      text += begin + part + "\n";
      begin = "    ";
    }
  }
  return text;
}

Verb ConfigVerb() {
  return {.name = "config",
          .usage = "[KEY...]",
          .summary = "the configuration as it takes effect, and where each value comes from",
          .help = kHelp,
          .most_operands = 1000,
          .prepare = [](const Arguments& arguments) -> Result<Run> {
            return Run([wanted = arguments.operands()](const Context& context) {
              return ShowConfig(context, wanted);
            });
          }};
}

}  // namespace kedge::commands
