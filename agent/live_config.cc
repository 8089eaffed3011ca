#include "live_config.h"

#include <algorithm>
#include <array>
#include <vector>

namespace kedge {
namespace {

// Beside everything beneath `paths`.
constexpr std::array kOnce = {"thing",
                              "link.user",
                              "history.executions",
                              "process.cgroups",
                              "process.cgroup_folder",
                              "process.output_file",
                              "process.output_file_size",
                              "process.output_files"};

std::vector<std::string> Differences(const Config& one, const Config& other) {
  std::vector<std::string> keys;
  const auto before = PrintConfig(one);
  const auto after = PrintConfig(other);
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].second != after[i].second) keys.push_back(before[i].first);
  }
  return keys;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool IsOfTheLink(const std::string& key) { return key.starts_with("broker."); }

}  // namespace

bool NeedsRestart(const std::string& key) {
  return key.starts_with("paths.") || std::find(kOnce.begin(), kOnce.end(), key) != kOnce.end();
}

LiveConfig::Answer LiveConfig::Reload(bool busy) {
  auto next = LoadConfig(now_.file);
  if (!next) return {false, next.error().message};
  if (auto ready = CheckReady(*next); !ready) return {false, ready.error().message};

  const std::vector<std::string> changed = Differences(now_, *next);
  std::vector<std::string> fixed;
  std::copy_if(changed.begin(), changed.end(), std::back_inserter(fixed), NeedsRestart);
  if (!fixed.empty()) {
    return {false, "nothing was taken over, for " + Joined(fixed) +
                       " can change only with a restart: systemctl restart kedged"};
  }
  waiting_.reset();
  if (changed.empty()) return {true, now_.file + " says what is in force already"};

  // kedge-link reads the file by itself.
  const bool link = std::any_of(changed.begin(), changed.end(), IsOfTheLink);
  const std::string hint = link ? "; for broker.*: systemctl restart kedge-link" : "";
  if (busy) {
    waiting_ = std::move(*next);
    return {true, Joined(changed) + ": taken over when the job that runs is over" + hint};
  }
  now_ = std::move(*next);
  return {true, "taken over: " + Joined(changed) + hint};
}

std::optional<std::string> LiveConfig::AtRest() {
  if (!waiting_) return std::nullopt;
  const std::string changed = Joined(Differences(now_, *waiting_));
  now_ = std::move(*waiting_);
  waiting_.reset();
  return "taken over: " + changed;
}

}  // namespace kedge
