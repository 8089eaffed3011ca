#include "commands/arguments.h"

#include <algorithm>
#include <charconv>

#include "core/near_word.h"
#include "core/utf8.h"
#include "operator/terminal.h"

namespace kedge::commands {
namespace {

Unexpected Wrong(const std::string& what) { return Unexpected{ErrorKind::kInvalid, what}; }

const Option* Find(const std::vector<Option>& options, std::string_view word) {
  const auto found = std::find_if(options.begin(), options.end(), [word](const Option& option) {
    return word == option.name || (word.size() == 2 && option.letter != '\0' && word[1] == option.letter);
  });
  return found == options.end() ? nullptr : &*found;
}

// "kedge show JOB" without what stands behind the verb.
std::string CommandOf(const std::string& type) { return type.substr(0, type.find(' ', type.find(' ') + 1)); }

std::string Unknown(const std::string& name, const std::vector<Option>& options, const std::string& type) {
  std::vector<std::string> names;
  for (const Option& option : options) names.emplace_back(option.name);
  const std::string near = NearestWord(name, names, LimitOfSlip(name));
  const Option* meant = near.empty() ? nullptr : Find(options, near);
  return "no option '" + op::SafeLine(name) + "'; type: " +
         (meant == nullptr
              ? CommandOf(type) + " --help"
              : type + " " + near + (meant->value.empty() ? "" : " " + std::string(meant->value)));
}

}  // namespace

bool Arguments::Has(std::string_view option) const {
  return std::any_of(options_.begin(), options_.end(),
                     [option](const auto& given) { return given.first == option; });
}

std::optional<std::string> Arguments::Value(std::string_view option) const {
  auto values = Values(option);
  if (values.empty()) return std::nullopt;
  return std::move(values.back());
}

std::vector<std::string> Arguments::Values(std::string_view option) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : options_) {
    if (name == option) values.push_back(value);
  }
  return values;
}

Result<Arguments> ReadArguments(const std::vector<std::string>& words, const std::vector<Option>& options,
                                const std::string& type) {
  Arguments arguments;
  bool may_be_option = true;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!may_be_option || word.size() < 2 || word[0] != '-') {
      arguments.operands_.push_back(word);
      continue;
    }
    if (word == "--") {
      may_be_option = false;
      continue;
    }
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    const Option* option = Find(options, name);
    if (option == nullptr) return Wrong(Unknown(name, options, type));
    std::string value;
    if (option->value.empty()) {
      if (equals != std::string::npos) return Wrong(name + " takes no value; type: " + type + " " + name);
    } else if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return Wrong(name + " needs a value; type: " + type + " " + name + " " + std::string(option->value));
    }
    if (ValidUtf8(value) != value) {
      return Wrong("the value of " + name + " is not UTF-8 text; type: " + type + " " + name + " " +
                   std::string(option->value));
    }
    arguments.options_.emplace_back(option->name, std::move(value));
  }
  return arguments;
}

std::optional<int64_t> WholeNumber(std::string_view text, int64_t least, int64_t most) {
  int64_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace kedge::commands
