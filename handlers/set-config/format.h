// What YAML and JSON have in common for an edit: reading, and writing of keys and values.
#pragma once

#include <string>
#include <string_view>

#include "set-config/node.h"

namespace kedge::set_config {

enum class Format { kYaml, kJson, kIni };

// "yaml", "json" or "ini"; throws Refused for others.
Format ParseFormat(std::string_view name);

// kYaml and kJson. Throws Refused.
Node ParseDocument(Format format, const std::string& text);

// A value as the operator wrote it, as the document's text, and what that means. In a document of `format`;
// `in_flow`: between brackets. Throws Refused for a value that begins as a list, a mapping or in quotes and
// is none.
struct Written {
  std::string text;
  Node node;
};
Written WriteValue(Format format, bool in_flow, const std::string& value);
// A key; `quoted`: in any case.
Written WriteKey(Format format, bool in_flow, bool quoted, const std::string& key);

}  // namespace kedge::set_config
