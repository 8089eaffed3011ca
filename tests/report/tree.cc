#include "report/tree.h"

#include <algorithm>
#include <cctype>

namespace kedge::report {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view html) : all_(html), rest_(html) {}

  Node Document() {
    Take("<!DOCTYPE html>\n");
    Node root = Element();
    Skip();
    if (!rest_.empty()) Fail("something behind the document's element");
    return root;
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    const size_t at = all_.size() - rest_.size();
    throw std::runtime_error(what + " at " + std::to_string(at) + ": " + std::string(rest_.substr(0, 60)));
  }
  void Take(std::string_view text) {
    if (!rest_.starts_with(text)) Fail("expected " + std::string(text));
    rest_.remove_prefix(text.size());
  }
  void Skip() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_[0])) != 0) rest_.remove_prefix(1);
  }
  std::string Word() {
    size_t length = 0;
    while (length < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[length])) != 0 || rest_[length] == '-')) {
      ++length;
    }
    if (length == 0) Fail("expected a name");
    std::string word(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return word;
  }
  std::string Character() {
    if (rest_[0] == '<' || rest_[0] == '>') Fail("a bare bracket");
    if (rest_[0] != '&') {
      const std::string one(rest_.substr(0, 1));
      rest_.remove_prefix(1);
      return one;
    }
    for (const auto& [entity, meaning] :
         {std::pair{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}}) {
      if (!rest_.starts_with(entity)) continue;
      Take(entity);
      return meaning;
    }
    Fail("a bare ampersand");
  }
  Node Element() {
    Node node;
    Take("<");
    node.tag = Word();
    while (rest_.starts_with(" ")) {
      Skip();
      if (rest_.starts_with("/>")) {
        Take("/>");
        return node;
      }
      std::string name = Word();
      Take("=\"");
      std::string value;
      while (!rest_.empty() && rest_[0] != '"') value += Character();
      Take("\"");
      if (!node.At(name).empty()) Fail("twice the attribute " + name);
      node.attributes.emplace_back(std::move(name), std::move(value));
    }
    Take(">");
    while (!rest_.starts_with("</")) {
      if (rest_.empty()) Fail("not closed: " + node.tag);
      if (rest_.starts_with("<")) {
        node.children.push_back(Element());
      } else {
        Node text;
        while (!rest_.empty() && rest_[0] != '<') text.text += Character();
        node.children.push_back(std::move(text));
      }
    }
    Take("</" + node.tag + ">");
    return node;
  }

  std::string_view all_;
  std::string_view rest_;
};

}  // namespace

Node ReadTree(std::string_view html) { return Reader(html).Document(); }

}  // namespace kedge::report
