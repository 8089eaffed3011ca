#include "core/utf8.h"

#include <cstdint>

namespace kedge {
namespace {

bool IsContinuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

struct Range {
  char32_t first;
  char32_t last;
};

// General categories Cc, Cf, Co and Cs (Unicode 15), and the noncharacters of plane 0 that are not at its
// end.
constexpr Range kOther[] = {{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x0600, 0x0605},
                            {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},
                            {0x08E2, 0x08E2},   {0x180E, 0x180E},   {0x200B, 0x200F},   {0x202A, 0x202E},
                            {0x2060, 0x206F},   {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},
                            {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
                            {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0x40000, 0xE00FF}, {0xE01F0, 0x10FFFF}};

}  // namespace

Utf8Char FirstUtf8Char(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1, true};

  size_t bytes = 0;
  char32_t code_point = 0;
  char32_t smallest = 0;  // that needs so many bytes
  if (lead >= 0xC2 && lead < 0xE0) {
    bytes = 2, code_point = lead & 0x1F, smallest = 0x80;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    bytes = 3, code_point = lead & 0x0F, smallest = 0x800;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    bytes = 4, code_point = lead & 0x07, smallest = 0x10000;
  } else {
    return {};
  }
  if (text.size() < bytes) return {};
  for (size_t i = 1; i < bytes; ++i) {
    if (!IsContinuation(text[i])) return {};
    code_point = (code_point << 6) | (static_cast<uint8_t>(text[i]) & 0x3F);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, bytes, true};
}

std::string ValidUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char next = FirstUtf8Char(text);
    valid.append(next.valid ? text.substr(0, next.bytes) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(next.bytes);
  }
  return valid;
}

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Char next = FirstUtf8Char(text.substr(at));
    if (!next.valid) return at;
    at += next.bytes;
  }
  return std::string_view::npos;
}

bool IsOtherCharacter(char32_t code_point) {
  if ((code_point & 0xFFFE) == 0xFFFE) return true;  // the two noncharacters at the end of each plane
  for (const Range& range : kOther) {
    if (code_point < range.first) return false;
    if (code_point <= range.last) return true;
  }
  return false;
}

std::string_view HeadOfUtf8(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && IsContinuation(text[limit])) --limit;
  return text.substr(0, limit);
}

std::string_view TailOfUtf8(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t begin = text.size() - limit;
  while (begin < text.size() && IsContinuation(text[begin])) ++begin;
  return text.substr(begin);
}

}  // namespace kedge
