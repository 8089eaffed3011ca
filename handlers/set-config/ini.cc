#include "set-config/ini.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "set-config/lines.h"

namespace kedge::set_config {
namespace {

struct Line {
  enum class Kind { kOther, kSection, kKey };
  Kind kind = Kind::kOther;
  size_t start = 0;
  size_t end = 0;  // before the line break
  std::string section;
  std::string key;
  size_t delimiter = std::string::npos;  // of a key; npos when it has none
  size_t value = 0;                      // [value, value_end)
  size_t value_end = 0;
  bool goes_on = false;  // on the next line
};

std::string Trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

size_t Indentation(const std::string& text, const Line& line) {
  return std::min(text.find_first_not_of(" \t", line.start), line.end) - line.start;
}

void ParseKey(const std::string& text, Line* line) {
  line->kind = Line::Kind::kKey;
  const size_t delimiter = text.find_first_of("=:", line->start);
  if (delimiter >= line->end) {
    line->key = Trimmed(text.substr(line->start, line->end - line->start));
    line->value = line->value_end = line->end;
    return;
  }
  line->delimiter = delimiter;
  line->key = Trimmed(text.substr(line->start, delimiter - line->start));
  line->value = std::min(text.find_first_not_of(" \t", delimiter + 1), line->end);
  line->value_end = line->end;
  while (line->value_end > line->value &&
         std::string(" \t").find(text[line->value_end - 1]) != std::string::npos)
    --line->value_end;
}

std::vector<Line> Parse(const std::string& text) {
  std::vector<Line> lines;
  std::string section;
  bool is_continued = false;
  for (size_t start = 0; start < text.size(); start = NextLine(text, start)) {
    Line line;
    line.start = start;
    line.end = LineEnd(text, start);
    const std::string content = Trimmed(text.substr(start, line.end - start));
    const bool is_comment = content.empty() || content[0] == ';' || content[0] == '#';
    if (!is_continued && content.starts_with("[") && content.find(']') != std::string::npos) {
      line.kind = Line::Kind::kSection;
      section = content.substr(1, content.rfind(']') - 1);
    } else if (!is_continued && !is_comment) {
      ParseKey(text, &line);
      // Indented deeper than the key before: its value goes on, or a key of its own; both are left alone.
      if (!lines.empty() && lines.back().kind == Line::Kind::kKey &&
          Indentation(text, line) > Indentation(text, lines.back()))
        lines.back().goes_on = true;
    }
    is_continued = !is_comment && content.ends_with("\\");
    line.goes_on |= is_continued;
    line.section = section;
    lines.push_back(line);
  }
  return lines;
}

struct Name {
  std::string section;
  std::string key;
};
Name NameOf(const Word& word) {
  if (word.path.size() > 2)
    throw Refused("'" + word.written +
                  "': in an INI file it is SECTION.KEY; write '\\.' for a dot in a name");
  Name name{word.path.size() == 2 ? word.path[0] : "", word.path.back()};
  if (name.section.find_first_of("[]") != std::string::npos ||
      name.key.find_first_of("=:") != std::string::npos || name.key[0] == '[' || name.key[0] == ';' ||
      name.key[0] == '#' || Trimmed(name.key) != name.key)
    throw Refused("'" + word.written + "' cannot be the name of a key in an INI file");
  return name;
}

std::optional<size_t> Find(const std::vector<Line>& lines, const Name& name) {
  std::optional<size_t> found;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (line.kind != Line::Kind::kKey || line.section != name.section || line.key != name.key) continue;
    if (found) throw Refused("the key '" + name.key + "' is there twice");
    found = i;
  }
  if (found && lines[*found].goes_on)
    throw Refused("the value of '" + name.key + "' goes on over several lines");
  return found;
}

// Where the value ends and a comment may begin.
size_t ValueEnd(const std::string& text, const Line& line, Inline inline_comments) {
  if (inline_comments == Inline::kValue) return line.value_end;
  for (size_t i = line.value; i < line.value_end; ++i) {
    const bool is_mark = (text[i] == ';' || text[i] == '#') && (text[i - 1] == ' ' || text[i - 1] == '\t');
    if (!is_mark) continue;
    if (inline_comments == Inline::kUndecided)
      throw Refused("what follows the value of '" + line.key +
                    "' may be a comment or belong to it: say inline=comment or inline=value");
    while (i > line.value && (text[i - 1] == ' ' || text[i - 1] == '\t')) --i;
    return i;
  }
  return line.value_end;
}

void CheckValue(const std::string& value) {
  for (const char c : value)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
      throw Refused("a value in an INI file cannot hold control characters");
  if (Trimmed(value) != value) throw Refused("a value in an INI file cannot begin or end with space");
  if (value.ends_with("\\")) throw Refused("a value in an INI file cannot end with a backslash");
}

// "=" or " = ", as in the line before the new one, or the file's first.
std::string Delimiter(const std::string& text, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    if (line.kind != Line::Kind::kKey || line.delimiter == std::string::npos || line.value == line.value_end)
      continue;
    size_t start = line.delimiter;
    while (start > line.start && (text[start - 1] == ' ' || text[start - 1] == '\t')) --start;
    return text.substr(start, line.value - start);
  }
  return "=";
}

std::string Append(const std::string& text, const std::vector<Line>& lines, const Name& name,
                   const std::string& value) {
  const std::string line_break = LineBreak(text);
  const std::string content = name.key + Delimiter(text, lines) + value;
  std::optional<size_t> after;  // the last line of the section that says something
  bool has_section = name.section.empty();
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].section != name.section) continue;
    has_section |= lines[i].kind == Line::Kind::kSection;
    if (lines[i].kind != Line::Kind::kOther || (i > 0 && lines[i - 1].goes_on)) after = i;
  }
  if (after && lines[*after].goes_on) throw Refused("the section's last value goes on over several lines");
  std::string result = text;
  if (has_section && after) {
    const Line& line = lines[*after];
    const std::string indent =
        line.kind == Line::Kind::kKey ? text.substr(line.start, Indentation(text, line)) : "";
    result.insert(line.end, line_break + indent + content);
    return result;
  }
  if (has_section) {  // before the first section, where no key is yet
    const auto first = std::find_if(lines.begin(), lines.end(),
                                    [](const Line& line) { return line.kind == Line::Kind::kSection; });
    const bool needs_break = first == lines.end() && !text.empty() && text.back() != '\n';
    result.insert(first == lines.end() ? text.size() : first->start,
                  (needs_break ? line_break : "") + content + line_break);
    return result;
  }
  if (!result.empty() && result.back() != '\n') result += line_break;
  if (!result.empty()) result += line_break;
  return result + "[" + name.section + "]" + line_break + content + line_break;
}

}  // namespace

std::string EditIni(const std::string& text, const Word& word, Inline inline_comments) {
  if (text.find('\0') != std::string::npos) throw Refused("it is not text");
  const Name name = NameOf(word);
  const std::vector<Line> lines = Parse(text);
  const std::optional<size_t> found = Find(lines, name);
  std::string result = text;
  if (word.kind == Word::Kind::kDelete) {
    if (found) result.erase(lines[*found].start, NextLine(text, lines[*found].start) - lines[*found].start);
  } else {
    CheckValue(word.value);
    if (found) {
      const Line& line = lines[*found];
      const size_t end = ValueEnd(text, line, inline_comments);
      result.replace(line.value, end - line.value,
                     (line.delimiter == std::string::npos ? Delimiter(text, lines) : "") + word.value);
    } else {
      result = Append(text, lines, name, word.value);
    }
  }
  if (!HoldsInIni(result, word, inline_comments))
    throw Refused("'" + word.written + "' cannot be edited where it stands; nothing was changed");
  return result;
}

bool HoldsInIni(const std::string& text, const Word& word, Inline inline_comments) {
  const std::vector<Line> lines = Parse(text);
  const std::optional<size_t> found = Find(lines, NameOf(word));
  if (word.kind == Word::Kind::kDelete) return !found;
  if (!found) return false;
  const Line& line = lines[*found];
  // The value itself may hold what looks like a comment.
  if (text.substr(line.value, line.value_end - line.value) == word.value) return true;
  if (inline_comments == Inline::kUndecided) return false;
  return text.substr(line.value, ValueEnd(text, line, inline_comments) - line.value) == word.value;
}

}  // namespace kedge::set_config
