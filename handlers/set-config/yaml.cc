#include "set-config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

#include "set-config/yaml_extent.h"

namespace kedge::set_config {
namespace {

constexpr size_t kDeepest = 100;

// Builds the tree from the parser's events, with where nodes start.
class Builder : public YAML::EventHandler {
 public:
  Node root;
  int documents = 0;

  void OnDocumentStart(const YAML::Mark&) override { ++documents; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Make(Node::Kind::kNull, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = Make(Node::Kind::kAlias, mark, "", 0);
    node.value = names_[anchor];
    Add(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = Make(Node::Kind::kScalar, mark, tag, anchor);
    node.value = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kMapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override { Close(); }
  void OnAnchor(const YAML::Mark&, const std::string& name) override { last_name_ = name; }

 private:
  Node Make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.tag = tag;
    node.start = mark.pos < 0 ? 0 : static_cast<size_t>(mark.pos);
    if (anchor != 0) node.anchor = names_[anchor] = last_name_;
    return node;
  }
  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (open_.size() >= kDeepest) throw Refused("it nests too deeply");
    Node node = Make(kind, mark, tag, anchor);
    node.is_flow = style == YAML::EmitterStyle::Flow;
    open_.push_back(std::move(node));
  }
  void Close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    Add(std::move(node));
  }
  void Add(Node node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Node& parent = open_.back();
    const bool is_key = parent.kind == Node::Kind::kMapping && parent.keys.size() == parent.values.size();
    (is_key ? parent.keys : parent.values).push_back(std::move(node));
  }

  std::vector<Node> open_;
  std::map<YAML::anchor_t, std::string> names_;
  std::string last_name_;
};

}  // namespace

Node ParseYaml(const std::string& text) {
  if (text.find('\0') != std::string::npos) throw Refused("it is not text");
  Builder builder;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    // Not to the end of it all: of some that is not YAML the parser makes documents without end.
    while (builder.documents < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& failure) {
    throw Refused("it is not YAML: line " + std::to_string(failure.mark.line + 1) + ": " + failure.msg);
  }
  if (builder.documents > 1) throw Refused("it holds more than one document");
  FindExtents(text, &builder.root);
  return std::move(builder.root);
}

}  // namespace kedge::set_config
