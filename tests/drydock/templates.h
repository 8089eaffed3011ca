// The eight job templates that AWS manages (reference aws-iot-jobs.md, 7.4). The wording of the descriptions
// and the regular expressions are ours: no offline source has AWS's.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.h"

namespace kedge::drydock {

struct TemplateParameter {
  std::string_view key;
  std::string_view description;
  std::string_view example;
  bool optional;
  std::size_t most_characters;

  std::string Regex() const;
};

struct ManagedTemplate {
  std::string name;
  std::string_view description;
  std::vector<TemplateParameter> parameters;
  std::string document;  // with ${aws:iot:parameter:KEY}

  std::string Arn(const std::string& region) const;
};

inline constexpr std::string_view kTemplateVersion = "1.0";
inline constexpr std::string_view kTemplateEnvironment = "LINUX";

const std::vector<ManagedTemplate>& ManagedTemplates();  // by name

// The template of this name, and version if it is not empty.
Outcome<const ManagedTemplate*> TemplateNamed(std::string_view name, std::string_view version);
// arn:aws:iot:REGION::jobtemplate/NAME[:VERSION]
Outcome<const ManagedTemplate*> TemplateAt(std::string_view arn);

using TemplateValues = std::map<std::string, std::string>;

// The document with the values in place, each one string whatever is in it. An optional parameter without a
// value becomes "".
Outcome<std::string> Fill(const ManagedTemplate& managed, const TemplateValues& values);

}  // namespace kedge::drydock
