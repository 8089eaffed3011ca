#include "rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace kedge::drydock {
namespace {

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsWord(std::string_view text, std::size_t max, std::string_view others) {
  if (text.empty() || text.size() > max) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return IsLetterOrDigit(c) || others.find(c) != std::string_view::npos; });
}

// Unicode's general category C, first and last of each run, ascending.
constexpr std::array<std::pair<uint32_t, uint32_t>, 28> kControl = {{
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},     {0x0600, 0x0605},   {0x061C, 0x061C},
    {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},     {0x08E2, 0x08E2},   {0x180E, 0x180E},
    {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},     {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},
    {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},     {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},   {0xE0000, 0xE007F}, {0xE0080, 0xE00FF},
    {0xE01F0, 0xEFFFF}, {0xF0000, 0xFFFFF}, {0x100000, 0x10FFFF},
}};

bool IsControl(uint32_t point) {
  if ((point & 0xFFFEU) == 0xFFFEU) return true;  // the last two of each plane
  return std::any_of(kControl.begin(), kControl.end(),
                     [&](const auto& run) { return point >= run.first && point <= run.second; });
}

// The code point that starts at text[at]; moves `at` behind it.
uint32_t NextPoint(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  constexpr std::array<uint32_t, 4> kLeadBits = {0x7F, 0x1F, 0x0F, 0x07};
  uint32_t point = lead & kLeadBits[static_cast<std::size_t>(more)];
  for (int i = 0; i < more && at < text.size(); ++i) {
    point = (point << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return point;
}

constexpr std::string_view kAttributeOthers = "_.,@/:#-";

// Of what IsPlainText() and details have in common.
bool IsText(std::string_view text, std::size_t max_characters, bool line_feeds) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const uint32_t point = NextPoint(text, at);
    if (IsControl(point) && !(line_feeds && (point == '\n' || point == '\t'))) return false;
    ++characters;
  }
  return characters >= 1 && characters <= max_characters;
}

}  // namespace

bool IsThingName(std::string_view name) { return IsWord(name, 128, ":_-"); }

bool IsJobId(std::string_view id) { return IsWord(id, 64, "_-"); }

bool IsReasonCode(std::string_view code) {
  return IsWord(code, 128, "_") &&
         std::none_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool IsParameterKey(std::string_view key) { return IsWord(key, 128, "_-"); }

bool IsGroupId(std::string_view id) { return IsWord(id, 128, "-"); }

bool IsAttributeName(std::string_view name) { return IsWord(name, 128, kAttributeOthers); }

bool IsAttributeValue(std::string_view value) {
  return value.empty() || IsWord(value, 800, kAttributeOthers);
}

bool IsTagKey(std::string_view key) {
  return IsPlainText(key, 128) && std::all_of(key.begin(), key.end(), [](char c) {
           constexpr std::string_view kOthers = " _.:/=+-@";
           return IsLetterOrDigit(c) || (c & 0x80) != 0 || kOthers.find(c) != std::string_view::npos;
         });
}

bool IsPlainText(std::string_view text, std::size_t max_characters) {
  return IsText(text, max_characters, false);
}

std::optional<std::string> DetailsProblem(const StatusDetails& details, std::size_t max_value_characters,
                                          bool line_feeds) {
  if (details.size() > kMaxDetails) {
    return "statusDetails has " + std::to_string(details.size()) + " pairs, at most " +
           std::to_string(kMaxDetails) + " are allowed";
  }
  for (const auto& [key, value] : details) {
    if (!IsThingName(key)) return "statusDetails key '" + key + "' must match " + kThingNameRule;
    if (!IsText(value, max_value_characters, line_feeds)) {
      return "statusDetails value of '" + key +
             "' must have at least one character, no control characters and not be too long (1024 "
             "characters)";
    }
  }
  return std::nullopt;
}

}  // namespace kedge::drydock
