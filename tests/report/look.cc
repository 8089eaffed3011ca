#include "report/look.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

namespace kedge::report {
namespace {

const std::set<std::string> kElements = {
    "",      "html",     "head", "meta",  "title", "style", "body", "main", "header",  "section", "footer",
    "h1",    "h2",       "h3",   "p",     "dl",    "dt",    "dd",   "div",  "span",    "b",       "small",
    "ul",    "li",       "pre",  "table", "tr",    "th",    "td",   "a",    "details", "summary", "label",
    "input", "fieldset", "svg",  "g",     "rect",  "line",  "path", "text"};
const std::set<std::string> kAttributes = {
    "lang",       "charset",  "http-equiv",  "content", "name", "class", "id",      "title", "role",
    "aria-label", "x",        "y",           "x1",      "x2",   "y1",    "y2",      "width", "height",
    "d",          "overflow", "text-anchor", "colspan", "open", "type",  "checked", "href",  "aria-hidden"};

// "12.5%" within 0 and 100.
double Percent(const std::string& text) {
  REQUIRE(text.ends_with("%"));
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  REQUIRE(std::string(end) == "%");
  CHECK(value >= 0);
  CHECK(value <= 100);
  return value;
}

void LookAtChart(const Node& cell) {
  for (const Node* bar : cell.OfClass("bar")) {
    const Node* rect = bar->All("rect").at(0);
    CHECK(Percent(rect->At("x")) + Percent(rect->At("width")) <= 100.01);
  }
  for (const Node* mark : cell.OfClass("mark")) Percent(mark->At("x"));
  for (const Node* line : cell.All("line")) CHECK(Percent(line->At("x1")) == Percent(line->At("x2")));
}

}  // namespace

Node LookAt(const std::string& page) {
  Node root;
  REQUIRE_NOTHROW(root = ReadTree(page));
  root.Each([](const Node& node) {
    CHECK_MESSAGE(kElements.contains(node.tag), node.tag);
    for (const auto& [name, value] : node.attributes) {
      CHECK_MESSAGE(kAttributes.contains(name), name);
      if (name == "href") CHECK_MESSAGE(value.starts_with("#"), value);
    }
    if (node.tag == "input") CHECK(node.At("type") == "radio");
  });
  REQUIRE(root.All("style").size() == 1);
  REQUIRE(root.All("head").size() == 1);
  const Node& policy = root.children.at(0).children.at(1);
  CHECK(policy.At("http-equiv") == "Content-Security-Policy");
  CHECK(policy.At("content").starts_with("default-src 'none'; style-src 'sha256-"));
  CHECK(policy.At("content").find("unsafe") == std::string::npos);
  for (const Node* cell : root.OfClass("cell")) LookAtChart(*cell);
  return root;
}

}  // namespace kedge::report
