// HTML that cannot be broken out of. Names of elements and attributes are literals of this program, checked
// by the compiler; everything else is text and comes out escaped, whoever wrote it. What is made is HTML and
// well-formed XML at once, so that a strict parser can check it. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::report {

// A name that is written as it is: letters, digits and '-', known when this is compiled.
class Name {
 public:
  consteval Name(const char* literal) : text_(literal) {  // NOLINT: implicit on purpose
    if (text_.empty()) throw "empty";
    for (const char c : text_) {
      if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-')
        throw "no name";
    }
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Attribute {
  Name name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

// `text` as a person should see it: valid UTF-8; characters that are not seen (controls, marks that turn the
// direction of writing, ...) are shown by their names, "<U+202E>", or their pictures; line feeds and tabs
// stay.
std::string Visible(std::string_view text);

class Markup {
 public:
  Markup& Open(Name tag, Attributes attributes = {});
  Markup& Close();  // the innermost open element
  // <tag>text</tag>
  Markup& Leaf(Name tag, Attributes attributes, std::string_view text);
  // An element without content: <meta ... />, <rect ... />
  Markup& Empty(Name tag, Attributes attributes);
  Markup& Text(std::string_view text);
  // Whole elements: what is open in `other` is closed in it before.
  Markup& Add(Markup other);
  // A style sheet of this program; must not hold '<' or '&'.
  Markup& Style(const char* sheet);

  bool empty() const { return html_.empty(); }
  size_t size() const { return html_.size(); }
  // Everything that is still open is closed.
  std::string Take();

 private:
  void Start(Name tag, Attributes attributes);

  std::string html_;
  std::vector<std::string_view> open_;
};

}  // namespace kedge::report
