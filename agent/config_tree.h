// A YAML text as a small tree that knows where each thing stood. Private to config. The only user of
// yaml-cpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace kedge {

struct YamlMember;

struct YamlNode {
  enum class Kind { kNothing, kScalar, kList, kMap };
  Kind kind = Kind::kNothing;
  int line = 1;  // from 1
  int column = 1;
  std::string text;                 // kScalar
  bool quoted = false;              // kScalar: text for sure, whatever it looks like
  std::vector<YamlNode> items;      // kList
  std::vector<YamlMember> members;  // kMap, in the file's order, doubled keys included
};

struct YamlMember {
  YamlNode key;
  YamlNode value;
};

// "12:3: what is wrong" on a syntax error. Anchors, aliases and tags are refused: a configuration needs none,
// and aliases of aliases grow without limit. So is anything nested deeper than a configuration can be.
Result<YamlNode> ParseYaml(std::string_view text);

}  // namespace kedge
