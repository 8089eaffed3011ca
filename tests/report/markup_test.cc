#include "report/markup.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <array>

#include "report/page.h"
#include "report/samples.h"
#include "report/times.h"
#include "report/tree.h"

namespace kedge::report {
namespace {

TEST_CASE("text and attribute values come out as they went in, whatever they hold") {
  Markup html;
  html.Open("p", {{"title", kHostile}}).Text(kHostile);
  const Node root = ReadTree("<!DOCTYPE html>\n" + html.Take());
  CHECK(root.tag == "p");
  CHECK(root.attributes.size() == 1);
  CHECK(root.At("title") == Visible(kHostile));
  CHECK(root.All("script").empty());
  CHECK(root.AllText() == Visible(kHostile));
}

TEST_CASE("what cannot be seen is shown") {
  CHECK(Visible("a\tb\nc\r\nd") == "a\tb\nc\nd");
  CHECK(Visible(std::string_view("\0", 1)) == "\u2400");
  CHECK(Visible("\x1b[31m\r\x7f") == "\u241B[31m\u240D\u2421");
  CHECK(Visible("\u202Eevil\u200B\u0085") == "<U+202E>evil<U+200B><U+0085>");
  CHECK(Visible("\xff\xc0\xaf|\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD");
  CHECK(Visible("Größe 日本 🚢") == "Größe 日本 🚢");
}

TEST_CASE("what is left open is closed, in whatever it is put into") {
  Markup inner;
  inner.Open("ul", {}).Open("li", {}).Text("x");
  Markup outer;
  outer.Open("div", {}).Add(std::move(inner)).Text("y");
  CHECK(outer.Take() == "<div><ul><li>x</li></ul>y</div>");
}

TEST_CASE("the policy names the very style sheet") {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  REQUIRE(EVP_Digest(kStyle, std::string_view(kStyle).size(), digest.data(), &length, EVP_sha256(),
                     nullptr) == 1);
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  CHECK(kStyleHash == "sha256-" + std::string(reinterpret_cast<const char*>(text.data())));
  CHECK(std::string_view(kStyle).find_first_of("<>&") == std::string_view::npos);
}

TEST_CASE("times of any size have words") {
  CHECK(Span(0) == "0 ms");
  CHECK(Span(999) == "999 ms");
  CHECK(Span(1000) == "1 s");
  CHECK(Span(1250) == "1.25 s");
  CHECK(Span(10'000) == "10 s");
  CHECK(Span(59'940) == "59.9 s");
  CHECK(Span(59'960) == "1 min");
  CHECK(Span(123'000) == "2 min 3 s");
  CHECK(Span(3 * 3'600'000) == "3 h");
  CHECK(Span(50 * 3'600'000) == "2 d 2 h");
  CHECK(Span(-1500) == "-1.5 s");
  CHECK(Span(INT64_MIN).starts_with("-"));
  CHECK(Moment(0) == "-");
  CHECK(Moment(kWall + 7) == "2026-11-25 02:54:11.007 UTC");
  CHECK(Moment(INT64_MAX) == "9999-12-31 23:59:59.999 UTC");
}

}  // namespace
}  // namespace kedge::report
