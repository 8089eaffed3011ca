#include "set-config/yaml_extent.h"

#include <algorithm>
#include <string_view>

#include "set-config/lines.h"

namespace kedge::set_config {
namespace {

constexpr size_t kNone = std::string::npos;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsSpace(char c) { return IsBlank(c) || c == '\n' || c == '\r'; }

class Finder {
 public:
  explicit Finder(const std::string& text) : text_(text) {}

  // `indent`: of the collection around it, -1 for none.
  void Find(Node* node, int indent, bool in_flow) {
    const size_t content = node->kind == Node::Kind::kNull ? node->start : SkipProperties(*node);
    size_t end = kNone;
    switch (node->kind) {
      case Node::Kind::kNull:
        return;  // by FindNull
      case Node::Kind::kAlias:
        end = content + 1 + node->value.size();
        break;
      case Node::Kind::kScalar:
        end = EndOfScalar(*node, content, indent, in_flow);
        break;
      default:
        end = EndOfCollection(node, content, indent, in_flow);
    }
    node->is_known = end != kNone && end <= text_.size();
    node->end = node->is_known ? end : node->start;
  }

 private:
  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  // Behind "&anchor" and "!tag".
  size_t SkipProperties(const Node& node) const {
    size_t i = node.start;
    for (int properties = 0; properties < 2 && (At(i) == '&' || At(i) == '!'); ++properties) {
      while (i < text_.size() && !IsSpace(text_[i])) ++i;
      i = SkipSpace(i);
    }
    return i;
  }

  // Behind space, line breaks and comments.
  size_t SkipSpace(size_t i) const {
    while (i < text_.size()) {
      if (text_[i] == '#' && (i == 0 || IsSpace(text_[i - 1])))
        i = LineEnd(text_, i);
      else if (IsSpace(text_[i]))
        ++i;
      else
        break;
    }
    return i;
  }

  size_t EndOfScalar(const Node& node, size_t content, int indent, bool in_flow) const {
    const char first = At(content);
    if (node.tag == "?") return EndOfPlain(node.value, content, in_flow);
    if (first == '"' || first == '\'') return EndOfQuoted(content);
    if ((first == '|' || first == '>') && !in_flow) return EndOfBlockScalar(content, indent);
    return EndOfPlain(node.value, content, in_flow);  // with a tag
  }

  size_t EndOfQuoted(size_t i) const {
    const char quote = text_[i];
    for (++i; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\')
        ++i;
      else if (text_[i] == quote && (quote == '"' || At(i + 1) != quote))
        return i + 1;
      else if (text_[i] == quote)
        ++i;
    }
    return kNone;
  }

  // The last line that is indented deeper than what is around it.
  size_t EndOfBlockScalar(size_t content, int indent) const {
    size_t end = LineEnd(text_, content);
    for (size_t line = end; line < text_.size();) {
      line = NextLine(text_, line);
      const size_t line_end = LineEnd(text_, line);
      const size_t first = text_.find_first_not_of(' ', line);
      if (first == kNone || first >= line_end) continue;  // an empty line
      if (static_cast<int>(first - line) <= indent) break;
      end = line_end;
    }
    return end;
  }

  // Line by line, folded as YAML folds, until it is the value.
  size_t EndOfPlain(const std::string& value, size_t i, bool in_flow) const {
    std::string folded;
    while (i < text_.size()) {
      const size_t end = EndOfPlainLine(i, in_flow);
      folded.append(text_, i, end - i);
      if (folded == value) return end;
      if (folded.size() >= value.size() || value.compare(0, folded.size(), folded) != 0) return kNone;
      size_t next = end;
      size_t breaks = 0;
      for (; next < text_.size() && IsSpace(text_[next]); ++next) breaks += text_[next] == '\n' ? 1 : 0;
      if (breaks == 0) return kNone;
      folded += breaks == 1 ? " " : std::string(breaks - 1, '\n');
      i = next;
    }
    return kNone;
  }

  size_t EndOfPlainLine(size_t start, bool in_flow) const {
    size_t i = start;
    for (; i < text_.size() && text_[i] != '\n' && text_[i] != '\r'; ++i) {
      const char c = text_[i];
      const char next = At(i + 1);
      const bool is_flow_mark = in_flow && std::string_view(",[]{}").find(c) != kNone;
      const bool is_comment = c == '#' && i > start && IsBlank(text_[i - 1]);
      const bool is_colon = c == ':' && (next == '\0' || IsSpace(next) ||
                                         (in_flow && std::string_view(",[]{}").find(next) != kNone));
      if (is_flow_mark || is_comment || is_colon) break;
    }
    while (i > start && IsBlank(text_[i - 1])) --i;
    return i;
  }

  // Behind the ':' after a key; kNone where it is not found.
  size_t ColonEnd(const Node& key) const {
    if (!key.is_known) return kNone;
    const size_t i = SkipSpace(key.end);
    return At(i) == ':' ? i + 1 : kNone;
  }

  // A null is written as a word, or is nothing at all.
  void FindNull(Node* node, size_t behind, bool in_flow) const {
    // Of an element of a list, the parser's place is the word's; if there is none, it is somewhere behind.
    size_t i = behind == kNone ? node->start : behind;
    while (i < text_.size() && IsBlank(text_[i])) ++i;
    const size_t end = EndOfPlainLine(i, in_flow);
    static const std::string_view words[] = {"~", "null", "Null", "NULL"};
    const std::string_view found = std::string_view(text_).substr(i, end - i);
    const bool is_written = std::find(std::begin(words), std::end(words), found) != std::end(words);
    node->is_known = node->anchor.empty() && node->tag.empty() && (is_written || behind != kNone);
    node->start = is_written || behind == kNone ? i : behind;
    node->end = is_written ? end : node->start;
  }

  int ColumnOf(size_t i) const { return static_cast<int>(i - LineStart(text_, i)); }

  size_t EndOfCollection(Node* node, size_t content, int indent, bool in_flow) {
    const bool is_mapping = node->kind == Node::Kind::kMapping;
    const bool flow = in_flow || node->is_flow;
    // Of the elements of a block sequence only those that are indented deeper than its dash belong to it.
    const int own =
        flow ? indent : ColumnOf(is_mapping && !node->keys.empty() ? node->keys[0].start : content);
    size_t end = content;
    bool is_known = true;
    for (size_t i = 0; i < node->values.size(); ++i) {
      Node& value = node->values[i];
      size_t behind = kNone;
      if (is_mapping) {
        Find(&node->keys[i], own, flow);
        behind = ColonEnd(node->keys[i]);
        if (node->keys[i].kind == Node::Kind::kNull) node->keys[i].is_known = false;
      }
      if (value.kind == Node::Kind::kNull)
        FindNull(&value, behind, flow);
      else
        Find(&value, own, flow);
      value.colon_end = behind == kNone ? 0 : behind;
      // One that is not known, in the midst, does not hide where the whole ends.
      is_known = value.is_known;
      end = value.end;
    }
    if (node->is_flow && (At(content) == '[' || At(content) == '{'))
      return is_known ? EndOfBrackets(node->values.empty() ? content + 1 : end, is_mapping ? '}' : ']')
                      : kNone;
    return is_known && !node->values.empty() ? end : kNone;
  }

  size_t EndOfBrackets(size_t i, char bracket) const {
    for (i = SkipSpace(i); At(i) == ','; i = SkipSpace(i)) ++i;
    return At(i) == bracket ? i + 1 : kNone;
  }

  const std::string& text_;
};

}  // namespace

void FindExtents(const std::string& text, Node* root) {
  if (root->kind == Node::Kind::kNull) {
    root->is_known = false;  // the whole document is nothing: there is no place in it
    return;
  }
  Finder(text).Find(root, -1, false);
}

}  // namespace kedge::set_config
