#include "core/utf8.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace kedge {
namespace {

using namespace std::literals;

TEST_CASE("utf8: valid text of every length of encoding is untouched") {
  for (const std::string_view text :
       {""sv, "ascii"sv, "h\u00E4user"sv, "\u20AC"sv, "\U0001F6A2"sv,
        "\u007F\u0080\u07FF\u0800\uFFFF\U00010000"sv, "\xF4\x8F\xBF\xBF"sv, "a\0b"sv}) {
    CHECK(ValidUtf8(text) == text);
    CHECK(FindInvalidUtf8(text) == std::string_view::npos);
  }
}

TEST_CASE("utf8: each invalid byte becomes one U+FFFD") {
  const std::string bad = "\uFFFD";
  CHECK(ValidUtf8("a\xFFz") == "a" + bad + "z");
  CHECK(ValidUtf8("\x80") == bad);                                // continuation without a beginning
  CHECK(ValidUtf8("\xE2\x82") == bad + bad);                      // cut off
  CHECK(ValidUtf8("\xE2\x82z") == bad + bad + "z");               // broken off
  CHECK(ValidUtf8("\xC0\x80") == bad + bad);                      // overlong NUL
  CHECK(ValidUtf8("\xE0\x80\xAF") == bad + bad + bad);            // overlong '/'
  CHECK(ValidUtf8("\xED\xA0\x80") == bad + bad + bad);            // surrogate
  CHECK(ValidUtf8("\xF4\x90\x80\x80") == bad + bad + bad + bad);  // beyond U+10FFFF
  CHECK(FindInvalidUtf8("ab\xC3") == 2);
}

TEST_CASE("utf8: what the service refuses is known") {
  for (const char32_t c :
       {U'\0',     U'\t',     U'\n',         U'\x1B',       U'\x7F',       U'\u0085',    U'\u009F',  // Cc
        U'\u00AD', U'\u061C', U'\u200B',     U'\u200F',     U'\u202E',     U'\u2060',    U'\u2064',  // Cf
        U'\u2069', U'\uFEFF', U'\uFFF9',     U'\U000E0001', U'\U000E007F',                           // Cf
        U'\uE000', U'\uF8FF', U'\U000F0000', U'\U0010FFFD',                                          // Co
        U'\uFDD0', U'\uFDEF', U'\uFFFE',     U'\uFFFF',     U'\U0001FFFE', U'\U00050000'}) {         // Cn
    CAPTURE(static_cast<uint32_t>(c));
    CHECK(IsOtherCharacter(c));
  }
  CHECK(IsOtherCharacter(0xD800));
  CHECK(IsOtherCharacter(0xDFFF));
  for (const char32_t c :
       {U' ', U'~', U'\u00A0', U'\u00AC', U'\u00AE', U'\u200A', U'\u2010', U'\u2029', U'\u2070', U'\uF900',
        U'\uFDCF', U'\uFDF0', U'\uFFFC', U'\uFFFD', U'\U0001F6A2', U'\U0002A6D6', U'\U000E0100'}) {
    CAPTURE(static_cast<uint32_t>(c));
    CHECK_FALSE(IsOtherCharacter(c));
  }
}

TEST_CASE("utf8: a cut never splits a character") {
  const std::string_view text = "a\u20ACb\U0001F6A2";  // 1 + 3 + 1 + 4 bytes
  CHECK(HeadOfUtf8(text, 100) == text);
  CHECK(HeadOfUtf8(text, 8) == "a\u20ACb");
  CHECK(HeadOfUtf8(text, 4) == "a\u20AC");
  CHECK(HeadOfUtf8(text, 3) == "a");
  CHECK(HeadOfUtf8(text, 0) == "");
  CHECK(TailOfUtf8(text, 100) == text);
  CHECK(TailOfUtf8(text, 7) == "b\U0001F6A2");
  CHECK(TailOfUtf8(text, 3) == "");
  CHECK(TailOfUtf8(text, 0) == "");
}

}  // namespace
}  // namespace kedge
