#include "conform/options.h"

#include <charconv>
#include <filesystem>
#include <limits>
#include <map>

#include "core/job_document.h"
#include "core/status_details.h"

namespace kedge::conform {
namespace {

constexpr int kMostRounds = 10000;
constexpr int kLongestLimit = 604800;  // seconds, as of a step
constexpr int kLongestGrace = 600;     // seconds, likewise

std::string Absolute(const std::string& path) {
  std::string whole = std::filesystem::absolute(path).lexically_normal();
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  return whole;
}

template <typename Number>
std::string ReadNumber(const std::string& text, Number least, Number most, Number* number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  if (error == std::errc() && stop == end && *number >= least && *number <= most) return "";
  return "is a number from " + std::to_string(least) + " to " + std::to_string(most) + ", not '" +
         SafeDetailValue(text) + "'";
}

std::string ReadList(const std::string& text, std::vector<std::string>* list) {
  auto words = SplitCommand(text);
  if (!words)
    return "takes words with a comma between them: '" + SafeDetailValue(text) + "' " + words.error().message;
  *list = std::move(*words);
  return "";
}

// Reads the value of one option; what is wrong with it, or "".
using Reader = std::string (*)(const std::string& value, Options* options);

const std::map<std::string, Reader>& Readers() {
  static const std::map<std::string, Reader> readers = {
      {"--watch",
       [](const std::string& value, Options* options) {
         options->watch.push_back(Absolute(value));
         return std::string();
       }},
      {"--probe", [](const std::string& value,
                     Options* options) { return ReadList(value, &options->probes.emplace_back()); }},
      {"--failing", [](const std::string& value,
                       Options* options) { return ReadList(value, &options->failing.emplace()); }},
      {"--rounds", [](const std::string& value,
                      Options* options) { return ReadNumber(value, 1, kMostRounds, &options->rounds); }},
      {"--seed",
       [](const std::string& value, Options* options) {
         return ReadNumber<uint64_t>(value, 0, std::numeric_limits<uint64_t>::max(),
                                     &options->seed.emplace());
       }},
      {"--user",
       [](const std::string& value, Options* options) {
         options->user = value;
         return std::string();
       }},
      {"--guards",
       [](const std::string& value, Options* options) {
         options->guards = Absolute(value);
         return std::string();
       }},
      {"--config",
       [](const std::string& value, Options* options) {
         options->config = value;
         return std::string();
       }},
      {"--limit",
       [](const std::string& value, Options* options) {
         int seconds = 0;
         std::string problem = ReadNumber(value, 1, kLongestLimit, &seconds);
         options->limit = std::chrono::seconds(seconds);
         return problem;
       }},
      {"--grace",
       [](const std::string& value, Options* options) {
         int seconds = 0;
         std::string problem = ReadNumber(value, 0, kLongestGrace, &seconds);
         options->grace = std::chrono::seconds(seconds);
         return problem;
       }},
  };
  return readers;
}

Unexpected Wrong(const std::string& what) {
  return Unexpected(ErrorKind::kInvalid, what + "; type: kedge handler-test FOLDER [OPTIONS] [-- ARG...]");
}

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") {
      options.args.assign(arguments.begin() + static_cast<ptrdiff_t>(i) + 1, arguments.end());
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      if (!options.handler.empty()) {
        return Wrong("one handler at a time, and '" + SafeDetailValue(word) +
                     "' is another; its arguments stand behind --");
      }
      if (word.empty()) return Wrong("the handler's name is empty");
      options.handler = Absolute(word);
      continue;
    }
    if (word == "--json") {
      options.json = true;
    } else if (word == "--keep") {
      options.keep = true;
    } else if (word == "--help" || word == "-h") {
      options.help = true;
    } else {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const auto reader = Readers().find(name);
      if (reader == Readers().end())
        return Wrong("no option '" + SafeDetailValue(name) + "' of handler-test");
      if (equals == std::string::npos && i + 1 == arguments.size()) return Wrong(name + " needs a value");
      const std::string value = equals == std::string::npos ? arguments[++i] : word.substr(equals + 1);
      if (value.empty()) return Wrong(name + " needs a value");
      if (const std::string problem = reader->second(value, &options); !problem.empty()) {
        return Wrong(name + " " + problem);
      }
    }
  }
  if (options.handler.empty() && !options.help) return Wrong("which handler?");
  return options;
}

}  // namespace kedge::conform
