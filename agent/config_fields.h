// The kinds of value a key can have: how each is read and printed. Private to config_keys.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config_keys.h"
#include "config_units.h"

namespace kedge {

// A `Field` gives the reference to one member of a Config, for reading and for printing:
// At<&Config::paths, &Paths::run_folder>.
template <auto... kPath>
inline constexpr auto At = [](auto& config) -> auto& {
  return (config.*....*kPath);
};

// What is wrong with a text; empty: nothing.
using Check = std::string (*)(const std::string&);

inline bool IsScalar(const YamlNode& value, const char* wanted, const Report& report) {
  if (value.kind == YamlNode::Kind::kScalar) return true;
  report(value, std::string("expected ") + wanted + ", not a " +
                    (value.kind == YamlNode::Kind::kList ? "list" : "group of keys"));
  return false;
}

template <typename Field>
ConfigKey Text(std::string path, Check check, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "text", report)) return;
            const std::string problem = check(value.text);
            if (!problem.empty()) return report(value, problem + ", not " + InQuotes(value.text));
            field(config) = value.text;
          },
          [=](const Config& config) { return field(config).empty() ? "\"\"" : field(config); }};
}

template <typename Field>
ConfigKey List(std::string path, Check check, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (value.kind != YamlNode::Kind::kList) return report(value, "expected a list, such as [a, b]");
            std::vector<std::string> items;
            for (const YamlNode& item : value.items) {
              if (item.kind == YamlNode::Kind::kNothing) {
                report(item, "an empty item");
              } else if (IsScalar(item, "text", report)) {
                const std::string problem = item.text.empty() ? "an empty item" : check(item.text);
                if (!problem.empty()) report(item, problem + ", not " + InQuotes(item.text));
                items.push_back(item.text);
              }
            }
            field(config) = std::move(items);
          },
          [=](const Config& config) {
            std::string text;
            for (const std::string& item : field(config)) text += (text.empty() ? "" : ", ") + item;
            return "[" + text + "]";
          }};
}

template <typename Field>
ConfigKey Bool(std::string path, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "true or false", report)) return;
            if (value.quoted || (value.text != "true" && value.text != "false")) {
              return report(value, "expected true or false, not " + InQuotes(value.text));
            }
            field(config) = value.text == "true";
          },
          [=](const Config& config) { return field(config) ? "true" : "false"; }};
}

template <typename Field>
ConfigKey Number(std::string path, int least, int most, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "a whole number", report)) return;
            const auto number = value.quoted ? std::nullopt : ParseNumber(value.text);
            if (!number || *number < least || *number > most) {
              return report(value, "expected a whole number from " + std::to_string(least) + " to " +
                                       std::to_string(most) + ", not " + InQuotes(value.text));
            }
            field(config) = static_cast<std::remove_cvref_t<decltype(field(config))>>(*number);
          },
          [=](const Config& config) { return std::to_string(field(config)); }};
}

template <typename Field>
ConfigKey Size(std::string path, size_t least, size_t most, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "a size", report)) return;
            const auto size = ParseSize(value.text);
            if (!size || *size < least || *size > most) {
              return report(value, "expected a size from " + PrintSize(least) + " to " + PrintSize(most) +
                                       " (bytes, or 64KiB, 1MiB), not " + InQuotes(value.text));
            }
            field(config) = *size;
          },
          [=](const Config& config) { return PrintSize(field(config)); }};
}

template <typename Field>
ConfigKey Duration(std::string path, std::chrono::milliseconds least, std::chrono::milliseconds most,
                   Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "a duration", report)) return;
            const auto duration = ParseDuration(value.text);
            if (!duration || *duration < least || *duration > most) {
              return report(value, "expected a duration from " + PrintDuration(least) + " to " +
                                       PrintDuration(most) + " (10s, 5m, 1h, 500ms, or seconds), not " +
                                       InQuotes(value.text));
            }
            using Unit = std::remove_cvref_t<decltype(field(config))>;
            const auto whole = std::chrono::duration_cast<Unit>(*duration);
            if (whole != *duration)
              return report(value, "expected whole seconds, not " + InQuotes(value.text));
            field(config) = whole;
          },
          [=](const Config& config) { return PrintDuration(field(config)); }};
}

template <typename Value, typename Field>
ConfigKey Choice(std::string path, std::vector<std::pair<std::string, Value>> words, Field field) {
  return {std::move(path),
          [=](const YamlNode& value, Config& config, const Report& report) {
            if (!IsScalar(value, "a word", report)) return;
            std::string all;
            for (const auto& [word, meaning] : words) {
              if (word == value.text) {
                field(config) = meaning;
                return;
              }
              all += (all.empty() ? "" : ", ") + word;
            }
            report(value, "expected one of " + all + ", not " + InQuotes(value.text));
          },
          [=](const Config& config) {
            for (const auto& [word, meaning] : words) {
              if (meaning == field(config)) return word;
            }
            return std::string("?");
          }};
}

template <auto... kPath>
void AddBackoff(std::vector<ConfigKey>& keys, const std::string& path) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  keys.push_back(Duration(path + ".base", milliseconds(10), minutes(10), At<kPath..., &Backoff::base>));
  keys.push_back(Duration(path + ".cap", milliseconds(10), hours(24), At<kPath..., &Backoff::cap>));
  keys.push_back(Duration(path + ".floor", milliseconds(0), minutes(10), At<kPath..., &Backoff::floor>));
}

}  // namespace kedge
