#include "set-config/words.h"

#include <string_view>

namespace kedge::set_config {
namespace {

// Splits `text` at dots that no backslash stands before, up to the first '=' of that kind, which `end`
// becomes the place of (npos: none).
Path ParsePath(const std::string& text, size_t* end) {
  Path path(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (++i == text.size()) throw Refused("a path ends with a backslash");
      path.back() += text[i];
    } else if (c == '.') {
      path.emplace_back();
    } else if (c == '=') {
      *end = i;
      return path;
    } else {
      path.back() += c;
    }
  }
  *end = std::string::npos;
  return path;
}

void CheckPath(const Word& word) {
  for (const std::string& segment : word.path)
    if (segment.empty()) throw Refused("the path '" + word.written + "' has an empty part");
  for (const char c : word.written)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) throw Refused("control characters in a path");
}

Word ParseWord(const std::string& text) {
  Word word;
  word.kind = text.starts_with("set=") ? Word::Kind::kSet : Word::Kind::kDelete;
  const std::string rest = text.substr(text.find('=') + 1);
  size_t end = 0;
  word.path = ParsePath(rest, &end);
  word.written = rest.substr(0, end);
  CheckPath(word);
  if (word.kind == Word::Kind::kDelete && end != std::string::npos)
    throw Refused("delete= takes a path and no value; write '\\=' for a '=' that belongs to the path");
  if (word.kind == Word::Kind::kSet) {
    if (end == std::string::npos) throw Refused("set=" + word.written + " has no value");
    word.value = rest.substr(end + 1);
  }
  return word;
}

}  // namespace

Words ParseWords(const std::vector<std::string>& texts) {
  Words words;
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) throw Refused("a null character in a word");
    if (text == "inline=comment")
      words.inline_comments = Inline::kComment;
    else if (text == "inline=value")
      words.inline_comments = Inline::kValue;
    else if (text.starts_with("set=") || text.starts_with("delete="))
      words.edits.push_back(ParseWord(text));
    else
      throw Refused("expected are set=PATH=VALUE, delete=PATH and inline=comment or inline=value");
  }
  return words;
}

}  // namespace kedge::set_config
