#include "rig/settings.h"

#include <yaml-cpp/yaml.h>

namespace kedge::rig {
namespace {

void Merge(YAML::Node lower, const YAML::Node& upper) {
  for (const auto& member : upper) {
    const auto name = member.first.as<std::string>();
    if (member.second.IsMap() && lower[name] && lower[name].IsMap()) {
      Merge(lower[name], member.second);
    } else {
      lower[name] = member.second;
    }
  }
}

}  // namespace

std::string Merged(const std::string& lower, const std::string& upper) {
  YAML::Node merged = YAML::Load(lower);
  if (!upper.empty()) Merge(merged, YAML::Load(upper));
  return YAML::Dump(merged) + "\n";
}

}  // namespace kedge::rig
