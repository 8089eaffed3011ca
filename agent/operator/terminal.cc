#include "operator/terminal.h"

#include <algorithm>

#include "core/escape.h"
#include "core/utf8.h"

namespace kedge::op {
namespace {

constexpr std::string_view kEnd = "\x1b[0m";

std::string_view CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kFaint:
      return "\x1b[2m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
  }
  return "";
}

// Whether the valid UTF-8 sequence may go to a terminal.
bool IsHarmless(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) >= 0x20 && byte(0) != 0x7f;
  if (byte(0) == 0xc2 && byte(1) < 0xa0) return false;   // C1: one byte of these is an escape of its own
  if (byte(0) == 0xd8 && byte(1) == 0x9c) return false;  // U+061C, a direction mark
  if (byte(0) != 0xe2) return true;
  // U+200E, U+200F direction marks; U+2028 to U+202E separators and overrides; U+2066 to U+2069 isolates.
  if (byte(1) == 0x80) return !(byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae));
  return !(byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
}

size_t SizeOfCharacter(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

}  // namespace

std::string Paint(const Look& look, Colour colour, const std::string& text) {
  if (!look.colour || text.empty()) return text;
  return std::string(CodeOf(colour)) + text + std::string(kEnd);
}

std::string PaintWord(const Look& look, const std::string& word) {
  for (const char* good : {"SUCCEEDED", "safe", "idle", "up"}) {
    if (word == good) return Paint(look, Colour::kGreen, word);
  }
  for (const char* bad : {"FAILED", "REJECTED", "TIMED_OUT", "unsafe", "quarantined", "down"}) {
    if (word == bad) return Paint(look, Colour::kRed, word);
  }
  for (const char* mixed : {"CANCELED", "REMOVED", "IN_PROGRESS", "unknown", "running", "rolling-back"}) {
    if (word == mixed) return Paint(look, Colour::kYellow, word);
  }
  return word;
}

std::string SafeLine(std::string_view text) {
  const std::string valid = ValidUtf8(text);
  std::string line;
  line.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) {
    if (const size_t escape = EscapeLength(std::string_view(valid).substr(i)); escape > 0) {
      i += escape;
      continue;
    }
    const size_t size = SizeOfCharacter(static_cast<unsigned char>(valid[i]));
    const std::string_view character = std::string_view(valid).substr(i, size);
    if (character == "\t") {
      line += "    ";
    } else if (IsHarmless(character)) {
      line += character;
    }
    i += size;
  }
  return line;
}

std::vector<std::string> LastLines(std::string_view text, size_t count) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < count) {
    const size_t feed = text.rfind('\n');
    lines.push_back(SafeLine(text.substr(feed == std::string_view::npos ? 0 : feed + 1)));
    text = feed == std::string_view::npos ? "" : text.substr(0, feed);
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

size_t WidthOf(std::string_view line) {
  size_t width = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = std::min(line.find('m', i), line.size());
    } else if ((static_cast<unsigned char>(line[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

std::vector<std::string> Wrap(std::string_view line, size_t width) {
  std::vector<std::string> lines{""};
  for (size_t from = 0; from < line.size();) {
    const size_t begin = std::min(line.find_first_not_of(' ', from), line.size());
    const size_t end = std::min(line.find(' ', begin), line.size());
    // With the blanks before it, unless it begins a line.
    const std::string_view word = line.substr(from, end - from);
    if (width > 0 && from > 0 && WidthOf(lines.back()) + WidthOf(word) > width) {
      lines.emplace_back(line.substr(begin, end - begin));
    } else {
      lines.back() += word;
    }
    from = end;
  }
  return lines;
}

std::string Bar(int percent) {
  constexpr int kCells = 20;
  const int full = std::clamp(percent, 0, 100) * kCells / 100;
  return "[" + std::string(static_cast<size_t>(full), '#') +
         std::string(static_cast<size_t>(kCells - full), '-') + "]";
}

namespace {

constexpr size_t kGap = 2;  // between columns

// Of each column. A first one that leaves the others no room is narrower than what is in it.
std::vector<size_t> WidthsOf(const std::vector<std::vector<std::string>>& rows, size_t room) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  constexpr size_t kLeastFirst = 8;
  size_t others = 0;  // but for the last
  for (size_t i = 1; i + 1 < widths.size(); ++i) others += kGap + widths[i];
  if (room > 0 && widths.size() > 2 && widths[0] + others > room) {
    widths[0] = room > others + kLeastFirst ? room - others : kLeastFirst;
  }
  return widths;
}

std::string WithoutEnd(std::string line) {
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

std::string RowText(const std::vector<std::string>& row, const std::vector<size_t>& widths, size_t width) {
  constexpr size_t kLeast = 24, kBeneath = 4;
  std::string text, line;
  for (size_t i = 0; i + 1 < row.size(); ++i) {
    const bool fits = WidthOf(row[i]) <= widths[i];
    if (!fits) text += row[i] + "\n";
    line += (fits ? row[i] : "") + std::string(widths[i] + kGap - (fits ? WidthOf(row[i]) : 0), ' ');
  }
  const std::string last = row.empty() ? "" : row.back();
  size_t indent = WidthOf(line);
  // Beneath itself, while that leaves it a readable width; else beneath the row.
  if (width >= kBeneath + kLeast && width < indent + kLeast && !last.empty() &&
      indent + WidthOf(last) > width) {
    text += WithoutEnd(line);
    indent = kBeneath;
    line = std::string(indent, ' ');
  }
  for (const std::string& part : Wrap(last, width >= indent + kLeast ? width - indent : 0)) {
    text += WithoutEnd(line + part);
    line = std::string(indent, ' ');
  }
  return text;
}

}  // namespace

std::string Table::Text(const Look& look) const {
  const std::vector<size_t> widths = WidthsOf(rows_, look.width);
  std::string text;
  for (const auto& row : rows_) text += RowText(row, widths, look.width);
  return text;
}

}  // namespace kedge::op
