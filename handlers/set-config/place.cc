#include "set-config/place.h"

#include "set-config/lines.h"

namespace kedge::set_config {

void RefusePlace() {
  throw Refused("it cannot be told where in the file it begins and ends; nothing was changed");
}

size_t ElementStart(const Node& collection, size_t index) {
  return collection.kind == Node::Kind::kMapping ? collection.keys[index].start
                                                 : collection.values[index].start;
}

size_t DashBefore(const std::string& text, size_t start) {
  const size_t dash = start == 0 ? std::string::npos : text.find_last_not_of(" \t\r\n", start - 1);
  if (dash == std::string::npos || text[dash] != '-') RefusePlace();
  return dash;
}

std::string Overwrite(const std::string& text, const Node& node, const std::string& written) {
  if (!node.is_known) RefusePlace();
  std::string result = text;
  if (node.start == node.end) {  // a null that is not written
    result.insert(node.start, " " + written);
    return result;
  }
  // A collection in block style stands on lines of its own: its value goes to the key's, before the comment
  // there.
  const bool is_on_own_line = node.colon_end > 0 && text.find('\n', node.colon_end) < node.start;
  if (!is_on_own_line) return result.replace(node.start, node.end - node.start, written);
  const size_t line_end = LineEnd(text, node.colon_end);
  result.erase(line_end, node.end - line_end);
  result.insert(node.colon_end, " " + written);
  return result;
}

}  // namespace kedge::set_config
