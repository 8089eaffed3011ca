#include "set-config/node.h"

#include <algorithm>
#include <regex>

namespace kedge::set_config {

bool SameContent(const Node& a, const Node& b) {
  return a.kind == b.kind && a.tag == b.tag && a.anchor == b.anchor && a.value == b.value &&
         std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(), SameContent) &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), SameContent);
}

bool LooksTyped(std::string_view text) {
  // The words of YAML 1.1, too: many parsers still take them.
  static const std::regex typed(
      "|~|null|true|false|yes|no|on|off|y|n|[-+]?(0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_]*(:[0-5]?[0-9])"
      "*)|"
      "[-+]?(\\.[0-9_]+|[0-9][0-9_]*(:[0-5]?[0-9])*(\\.[0-9_]*)?)(e[-+]?[0-9]+)?|[-+]?\\.inf|\\.nan|=|<<|"
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t \\t].*)?",
      std::regex::icase | std::regex::optimize);
  // std::regex recurses for every character; nothing typed is longer than this.
  return text.size() <= 200 && std::regex_match(text.begin(), text.end(), typed);
}

bool SameMeaning(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.value != b.value) return false;
  if (a.tag != b.tag) {
    const bool are_styles = (a.tag == "?" || a.tag == "!") && (b.tag == "?" || b.tag == "!");
    if (!are_styles || (a.kind == Node::Kind::kScalar && LooksTyped(a.value))) return false;
  }
  return std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(), SameMeaning) &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), SameMeaning);
}

}  // namespace kedge::set_config
