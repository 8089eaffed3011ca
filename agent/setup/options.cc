#include "setup/options.h"

#include <charconv>
#include <map>

#include "core/status_details.h"

namespace kedge::setup {
namespace {

Unexpected Wrong(const std::string& what) {
  return Unexpected{ErrorKind::kInvalid, what + "; type: kedge setup --help"};
}

bool IsPort(const std::string& text) {
  int port = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc() && stop == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  std::optional<std::string> config, link_program;
  const std::map<std::string, std::optional<std::string>*> values = {{"--thing", &options.thing},
                                                                     {"--endpoint", &options.endpoint},
                                                                     {"--port", &options.port},
                                                                     {"--client-id", &options.client_id},
                                                                     {"--cert", &options.certificate},
                                                                     {"--key", &options.key},
                                                                     {"--ca", &options.ca},
                                                                     {"--user", &options.user},
                                                                     {"--config", &config},
                                                                     {"--kedge-link", &link_program}};
  const std::map<std::string, bool*> flags = {{"--in-place", &options.in_place}, {"--check", &options.check},
                                              {"--yes", &options.yes},           {"-y", &options.yes},
                                              {"--force", &options.force},       {"-f", &options.force},
                                              {"--json", &options.json}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].starts_with("--") ? arguments[i].find('=') : std::string::npos;
    const std::string name = arguments[i].substr(0, equals);
    if (const auto value = values.find(name); value != values.end()) {
      if (equals == std::string::npos && i + 1 == arguments.size()) return Wrong(name + " needs a value");
      *value->second = equals != std::string::npos ? arguments[i].substr(equals + 1) : arguments[++i];
      if ((*value->second)->empty()) return Wrong(name + " needs a value");
    } else if (const auto flag = flags.find(name); flag != flags.end() && equals == std::string::npos) {
      *flag->second = true;
    } else if (name == "--no-start" && equals == std::string::npos) {
      options.start = false;
    } else {
      return Wrong("setup does not know '" + SafeDetailValue(arguments[i]) + "'");
    }
  }
  if (options.port && !IsPort(*options.port)) {
    return Wrong("--port is a number from 1 to 65535, not '" + SafeDetailValue(*options.port) + "'");
  }
  options.config = config.value_or("");
  options.link_program = link_program.value_or("");
  return options;
}

}  // namespace kedge::setup
