#include "doctor/options.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <system_error>

#include "doctor/checks.h"
#include "operator/terminal.h"

namespace kedge::doctor {
namespace {

constexpr int kLongest = 600;  // seconds

Unexpected Wrong(const std::string& what) {
  return Unexpected{ErrorKind::kInvalid, what + "; type: kedge doctor --help"};
}

// "a,b" into `only`; the error names the first that is no check.
Result<void> AddIds(const std::string& list, std::vector<std::string>& only) {
  const std::vector<std::string> ids = AllIds();
  for (size_t from = 0; from <= list.size();) {
    const size_t to = std::min(list.find(',', from), list.size());
    const std::string id = list.substr(from, to - from);
    from = to + 1;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
      std::string known;
      for (const std::string& each : ids) known += (known.empty() ? "" : ",") + each;
      return Unexpected{ErrorKind::kInvalid,
                        "no check '" + op::SafeLine(id) + "'; type: kedge doctor --only " + known};
    }
    only.push_back(id);
  }
  return {};
}

Result<std::chrono::seconds> ReadTimeout(const std::string& text) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > kLongest) {
    return Unexpected{ErrorKind::kInvalid, "--timeout is a number of seconds from 1 to " +
                                               std::to_string(kLongest) + ", not '" + op::SafeLine(text) +
                                               "'; type: kedge doctor --timeout SECONDS"};
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

bool Options::Wants(const std::string& id) const {
  return only.empty() || std::find(only.begin(), only.end(), id) != only.end();
}

Result<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  std::string only, timeout;
  const std::map<std::string, std::string*> values = {
      {"--config", &options.config}, {"--only", &only},
      {"--timeout", &timeout},       {"--client-id", &options.client_id},
      {"--kedged", &options.kedged}, {"--kedge-link", &options.kedge_link}};
  const std::map<std::string, bool*> flags = {{"--json", &options.json},   {"--offline", &options.offline},
                                              {"--quiet", &options.quiet}, {"-q", &options.quiet},
                                              {"--help", &options.help},   {"-h", &options.help}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    if (const auto value = values.find(name); value != values.end()) {
      if (equals == std::string::npos && i + 1 == arguments.size()) return Wrong(name + " needs a value");
      *value->second = equals != std::string::npos ? word.substr(equals + 1) : arguments[++i];
      if (value->second->empty()) return Wrong(name + " needs a value");
      if (name != "--only") continue;
      if (auto added = AddIds(only, options.only); !added) return Unexpected(added.error());
    } else if (const auto flag = flags.find(name); flag != flags.end() && equals == std::string::npos) {
      *flag->second = true;
    } else {
      return Wrong("doctor does not know '" + op::SafeLine(word) + "'");
    }
  }
  // From here on nobody goes by where we were called.
  for (std::string* program : {&options.kedged, &options.kedge_link}) {
    if (program->find('/') != std::string::npos) *program = std::filesystem::absolute(*program).string();
  }
  if (timeout.empty()) return options;
  const auto seconds = ReadTimeout(timeout);
  if (!seconds) return Unexpected(seconds.error());
  options.timeout = *seconds;
  return options;
}

}  // namespace kedge::doctor
