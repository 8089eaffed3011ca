// A strict reader of XML, for looking at what was written as a parser sees it: what is not well-formed is
// refused. Knows what the reports use: elements, attributes, text, comments not, the five entities and
// numbers.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::report {

struct Node {
  std::string tag;   // "" for a text
  std::string text;  // of a text
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Node> children;

  std::string At(std::string_view name) const {
    for (const auto& [key, value] : attributes) {
      if (key == name) return value;
    }
    return "";
  }
  // Of it and all beneath.
  std::string AllText() const {
    std::string all = text;
    for (const Node& child : children) all += child.AllText();
    return all;
  }
  template <typename Visit>
  void Each(const Visit& visit) const {
    visit(*this);
    for (const Node& child : children) child.Each(visit);
  }
  std::vector<const Node*> All(std::string_view wanted) const {
    std::vector<const Node*> found;
    Each([&](const Node& node) {
      if (node.tag == wanted) found.push_back(&node);
    });
    return found;
  }
  std::vector<const Node*> OfClass(std::string_view css) const {
    std::vector<const Node*> found;
    Each([&](const Node& node) {
      const std::string classes = " " + node.At("class") + " ";
      if (classes.find(" " + std::string(css) + " ") != std::string::npos) found.push_back(&node);
    });
    return found;
  }
};

// The document's element. Throws std::runtime_error with what is wrong and where.
Node ReadTree(std::string_view html);

}  // namespace kedge::report
