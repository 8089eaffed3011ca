#include "config.h"

#include <algorithm>
#include <map>

#include "config_keys.h"
#include "config_tree.h"
#include "config_units.h"
#include "core/near_word.h"
#include "sys/files.h"

namespace kedge {
namespace {

constexpr size_t kMaxFileBytes = 256 * 1024;

// clientId, client-id and client_id are the same slip.
std::string Plain(std::string_view word) {
  std::string plain;
  for (char c : word) {
    if (c != '_' && c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain;
}

class Reader {
 public:
  Reader(const std::string& name, Config& config) : name_(name), config_(config), keys_(ConfigKeys()) {}

  void Read(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMap)
      return Report(root, "expected keys with values, such as 'thing: my-device'");
    ReadGroup(root, "");
    CheckBackoff("broker.reconnect", config_.broker.reconnect);
    CheckBackoff("service.retry", config_.policy.retry);
    CheckBackoff("jobs.try_again", config_.policy.try_again);
  }
  void Report(const YamlNode& where, const std::string& what) {
    problems_ += (problems_.empty() ? "" : "\n") + name_ + ":" + std::to_string(where.line) + ":" +
                 std::to_string(where.column) + ": " + what;
  }
  const std::string& problems() const { return problems_; }

 private:
  void ReadGroup(const YamlNode& group, const std::string& prefix) {
    for (const auto& [key, value] : group.members) {
      if (key.kind != YamlNode::Kind::kScalar) {
        Report(key, "expected the name of a key");
        continue;
      }
      const std::string path = prefix + key.text;
      const bool is_name = !key.text.empty() && key.text.find('.') == std::string::npos;
      const auto leaf = std::find_if(keys_.begin(), keys_.end(),
                                     [&](const ConfigKey& known) { return is_name && known.path == path; });
      const bool is_group = is_name && leaf == keys_.end() && !NamesIn(path + ".").empty();
      if (leaf == keys_.end() && !is_group) {
        Report(key, "unknown key " + InQuotes(key.text) + "; " + Advice(key.text, prefix));
      } else if (const auto [first, is_new] = seen_.emplace(path, &value); !is_new) {
        Report(key, "the key " + InQuotes(key.text) + " stands here twice; it has a value on line " +
                        std::to_string(first->second->line));
      } else if (is_group) {
        if (value.kind == YamlNode::Kind::kMap) {
          ReadGroup(value, path + ".");
        } else if (value.kind !=
                   YamlNode::Kind::kNothing) {  // a group whose keys are all commented out is fine
          Report(value, "expected keys beneath " + InQuotes(key.text) + ": " + Joined(NamesIn(path + ".")));
        }
      } else if (value.kind == YamlNode::Kind::kNothing) {
        Report(key, InQuotes(key.text) + " has no value; write one, or remove the line for the default");
      } else {
        leaf->read(value, config_, [&](const YamlNode& where, const std::string& what) {
          Report(where, key.text + ": " + what);
        });
      }
    }
  }

  // The names directly beneath `prefix`, in the table's order.
  std::vector<std::string> NamesIn(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const ConfigKey& key : keys_) {
      if (!key.path.starts_with(prefix)) continue;
      const std::string name =
          key.path.substr(prefix.size(), key.path.find('.', prefix.size()) - prefix.size());
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  static std::string Joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  // What was probably meant: a near name in this group, else a near name in another group.
  std::string Advice(const std::string& unknown, const std::string& prefix) const {
    if (unknown.size() <= 128) {  // no key is near to anything longer
      const std::string word = Plain(unknown);
      const size_t limit = LimitOfSlip(word);
      const std::string here = Nearest(word, NamesIn(prefix), limit);
      if (!here.empty()) return "did you mean '" + here + "'?";
      for (const ConfigKey& key : keys_) {
        if (WordDistance(word, Plain(key.path.substr(key.path.rfind('.') + 1))) <= limit / 2) {
          return "did you mean '" + key.path + "'?";
        }
      }
    }
    return (prefix.empty() ? "known here: " : "known in '" + prefix.substr(0, prefix.size() - 1) + "': ") +
           Joined(NamesIn(prefix));
  }
  static std::string Nearest(const std::string& word, const std::vector<std::string>& names, size_t limit) {
    std::vector<std::string> plain(names.size());
    std::transform(names.begin(), names.end(), plain.begin(), Plain);
    const std::string best = NearestWord(word, plain, limit);
    const auto found = std::find(plain.begin(), plain.end(), best);
    return best.empty() ? "" : names[static_cast<size_t>(found - plain.begin())];
  }

  void CheckBackoff(const std::string& path, const Backoff& backoff) {
    if (backoff.cap >= backoff.base && backoff.cap >= backoff.floor) return;
    const auto cap = seen_.find(path + ".cap");
    Report(*(cap != seen_.end() ? cap : seen_.find(path))->second,
           path + ".cap (" + PrintDuration(backoff.cap) + ") must not be below base (" +
               PrintDuration(backoff.base) + ") or floor (" + PrintDuration(backoff.floor) + ")");
  }

  const std::string& name_;
  Config& config_;
  const std::vector<ConfigKey> keys_;
  std::map<std::string, const YamlNode*> seen_;  // path -> its value
  std::string problems_;
};

}  // namespace

Result<Config> ParseConfig(std::string_view text, const std::string& name) {
  const auto tree = ParseYaml(text);
  if (!tree) return Unexpected{tree.error().kind, name + ":" + tree.error().message};
  if (tree->kind == YamlNode::Kind::kNothing) {
    return Unexpected{ErrorKind::kInvalid,
                      name + ": nothing in it; write at least 'thing' and 'broker.endpoint'"};
  }
  Config config;
  config.file = name;
  Reader reader(name, config);
  reader.Read(*tree);
  if (!reader.problems().empty()) return Unexpected{ErrorKind::kInvalid, reader.problems()};
  config.policy.grace = config.process.grace;
  if (config.broker.client_id.empty()) config.broker.client_id = config.thing;
  return config;
}

Result<Config> LoadConfig(const std::string& path) {
  const auto text = sys::ReadFile(path, kMaxFileBytes);
  if (!text) return Unexpected{text.error().Within("cannot read the configuration")};
  return ParseConfig(*text, path);
}

Result<void> CheckReady(const Config& config) {
  std::string missing;
  if (config.thing.empty()) {
    missing = config.file + ": 'thing' is not set: write the name of this device's thing in AWS IoT";
  }
  if (config.broker.host.empty()) {
    missing += (missing.empty() ? "" : "\n") + config.file +
               ": 'broker.endpoint' is not set: write the broker's host name (aws iot describe-endpoint "
               "--endpoint-type iot:Data-ATS prints it)";
  }
  if (!missing.empty()) return Unexpected{ErrorKind::kInvalid, missing};
  return {};
}

std::vector<std::pair<std::string, std::string>> PrintConfig(const Config& config) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const ConfigKey& key : ConfigKeys()) lines.emplace_back(key.path, key.print(config));
  return lines;
}

}  // namespace kedge
