// UTF-8: reading it code point by code point, repairing it, and knowing which characters AWS IoT Jobs refuses,
// which are those that nobody sees.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge {

inline constexpr char32_t kReplacement = U'\uFFFD';

struct Utf8Char {
  char32_t code_point = kReplacement;
  size_t bytes = 1;  // how many were read: 1 to 4, always 1 when invalid
  bool valid = false;
};

// The first character of `text`, which is not empty. Invalid: a byte that begins no shortest-form encoding of
// a Unicode scalar value (overlong forms, surrogates and values beyond U+10FFFF are invalid).
Utf8Char FirstUtf8Char(std::string_view text);

// `text` with each invalid byte replaced by U+FFFD, otherwise untouched.
std::string ValidUtf8(std::string_view text);
// The offset of the first invalid byte; npos when there is none.
size_t FindInvalidUtf8(std::string_view text);

// \p{C} of the service's pattern for values: control, format, private use, surrogates, noncharacters and the
// planes without any character. Unassigned code points between assigned ones are not listed here: that table
// has 700 entries and changes every year. Should the service refuse one, the update is sent again without
// details.
bool IsOtherCharacter(char32_t code_point);

// The longest beginning (end) of valid UTF-8 `text` that has at most `limit` bytes and does not split a
// character.
std::string_view HeadOfUtf8(std::string_view text, size_t limit);
std::string_view TailOfUtf8(std::string_view text, size_t limit);

}  // namespace kedge
