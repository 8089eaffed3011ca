#include "set-config/json.h"

#include <nlohmann/json.hpp>

namespace kedge::set_config {
namespace {

constexpr int kDeepest = 100;

// Goes over a text that is known to be JSON.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  Node Scan(int depth) {
    if (depth > kDeepest) throw Refused("it nests too deeply");
    SkipSpace();
    Node node;
    node.start = at_;
    switch (text_.at(at_)) {
      case '{':
        ScanMapping(&node, depth);
        break;
      case '[':
        ScanSequence(&node, depth);
        break;
      case '"':
        node.kind = Node::Kind::kScalar;
        node.tag = "!";
        node.value = ScanString();
        break;
      default:
        node.kind = Node::Kind::kScalar;
        node.tag = "?";
        node.value = ScanWord();
        if (node.value == "null") {
          node.kind = Node::Kind::kNull;
          node.tag.clear();
          node.value.clear();
        }
    }
    node.end = at_;
    return node;
  }

 private:
  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  std::string ScanWord() {
    const size_t start = at_;
    at_ = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
    return text_.substr(start, at_ - start);
  }

  std::string ScanString() {
    const size_t start = at_++;
    while (text_.at(at_) != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
    return nlohmann::json::parse(text_.substr(start, at_ - start)).get<std::string>();
  }

  // Whether there is an element before `bracket`, which is gone past.
  bool HasElement(char bracket) {
    SkipSpace();
    if (text_.at(at_) == ',') {
      ++at_;
      SkipSpace();
    }
    if (text_.at(at_) != bracket) return true;
    ++at_;
    return false;
  }

  void ScanMapping(Node* node, int depth) {
    node->kind = Node::Kind::kMapping;
    node->tag = "?";
    node->is_flow = true;
    ++at_;
    while (HasElement('}')) {
      node->keys.push_back(Scan(depth + 1));
      SkipSpace();
      ++at_;  // ':'
      const size_t colon_end = at_;
      node->values.push_back(Scan(depth + 1));
      node->values.back().colon_end = colon_end;
    }
  }

  void ScanSequence(Node* node, int depth) {
    node->kind = Node::Kind::kSequence;
    node->tag = "?";
    node->is_flow = true;
    ++at_;
    while (HasElement(']')) node->values.push_back(Scan(depth + 1));
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

Node ParseJson(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    Node nothing;
    nothing.is_known = false;
    return nothing;
  }
  // Whatever its depth, the library's check does not recurse.
  if (!nlohmann::json::accept(text)) throw Refused("it is not JSON");
  return Scanner(text).Scan(0);
}

}  // namespace kedge::set_config
