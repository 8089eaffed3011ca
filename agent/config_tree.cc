#include "config_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <optional>
#include <sstream>

namespace kedge {
namespace {

constexpr size_t kMaxDepth = 8;

// Ends the parse from inside a callback; yaml-cpp has no other way out.
struct Refused : std::exception {
  Refused(const YAML::Mark& mark, std::string what) : mark(mark), text(std::move(what)) {}
  const char* what() const noexcept override { return text.c_str(); }
  YAML::Mark mark;
  std::string text;
};

std::string At(const YAML::Mark& mark, const std::string& what) {
  return std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": " + what;
}

// Builds the tree from events rather than from yaml-cpp's own nodes, which hide quotes, aliases and doubled
// keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  YamlNode Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Check(mark, "", anchor);
    Add(NodeAt(YamlNode::Kind::kNothing, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(mark, "aliases (*name) are not taken here; write the value");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Check(mark, tag, anchor);
    YamlNode node = NodeAt(YamlNode::Kind::kScalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct OpenNode {
    YamlNode node;
    std::optional<YamlNode> key;  // kMap: read, its value not yet
  };

  static YamlNode NodeAt(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }
  static void Check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      throw Refused(mark, "anchors (&name) are not taken here; write the value");
    // "?" and "!" are yaml-cpp's marks for plain and for quoted or block text.
    if (!tag.empty() && tag != "?" && tag != "!") throw Refused(mark, "tags (!name) are not taken here");
  }
  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Check(mark, tag, anchor);
    if (open_.size() == kMaxDepth) throw Refused(mark, "nested too deep");
    open_.push_back({NodeAt(kind, mark), std::nullopt});
  }
  void Close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(done));
  }
  void Add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      parent.node.members.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  YamlNode root_;
  std::vector<OpenNode> open_;
};

}  // namespace

Result<YamlNode> ParseYaml(std::string_view text) {
  try {
    // The end mark makes a quote that is never closed an error: without it yaml-cpp takes all the rest as the
    // value.
    std::istringstream in{std::string(text) + (text.ends_with('\n') ? "...\n" : "\n...\n")};
    YAML::Parser parser(in);
    TreeBuilder builder;
    parser.HandleNextDocument(builder);
    YamlNode root = builder.Take();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      const YamlNode more = second.Take();
      return Unexpected{ErrorKind::kInvalid, std::to_string(more.line) + ":" + std::to_string(more.column) +
                                                 ": a second document begins here; one file holds one"};
    }
    return root;
  } catch (const Refused& refused) {
    return Unexpected{ErrorKind::kInvalid, At(refused.mark, refused.text)};
  } catch (const YAML::Exception& failure) {
    const bool open_quote = failure.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    return Unexpected{
        ErrorKind::kInvalid,
        At(failure.mark,
           "not YAML: " + (open_quote ? std::string("a quote is not closed before here") : failure.msg))};
  } catch (const std::exception& failure) {
    return Unexpected{ErrorKind::kInvalid, std::string("1:1: cannot be read as YAML: ") + failure.what()};
  }
}

}  // namespace kedge
