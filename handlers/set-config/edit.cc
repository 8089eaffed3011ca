#include "set-config/edit.h"

#include <exception>

#include "set-config/format.h"
#include "set-config/ini.h"
#include "set-config/tree_edit.h"
#include "set-config/words.h"

namespace kedge::set_config {
namespace {

const std::string kByteOrderMark = "\xef\xbb\xbf";

std::string Edit(Format format, const std::string& text, const Word& word, Inline inline_comments) {
  return format == Format::kIni ? EditIni(text, word, inline_comments) : EditTree(format, text, word);
}

bool Holds(Format format, const std::string& text, const Word& word, Inline inline_comments) {
  return format == Format::kIni ? HoldsInIni(text, word, inline_comments) : HoldsInTree(format, text, word);
}

bool IsElement(const std::string& segment) {
  return segment == "+" || segment.find_first_not_of("0123456789") == std::string::npos;
}

// A word that a later one overrules cannot be looked for in the result. So it is when one path leads to the
// other, and when the later one makes elements of a list change places.
bool Overrules(const Word& later, const Word& word) {
  size_t same = 0;
  while (same < word.path.size() && same < later.path.size() && word.path[same] == later.path[same]) ++same;
  if (same == word.path.size() || same == later.path.size()) return true;
  const bool is_moved = later.kind == Word::Kind::kDelete && IsElement(later.path[same]);
  return is_moved || (word.path[same] == "+" && IsElement(later.path[same]));
}

bool IsOverruled(const std::vector<Word>& edits, size_t index) {
  for (size_t later = index + 1; later < edits.size(); ++later)
    if (Overrules(edits[later], edits[index])) return true;
  return false;
}

}  // namespace

Result<void> Check(const std::string& format, const std::vector<std::string>& words) {
  try {
    const Format known = ParseFormat(format);
    const Words parsed = ParseWords(words);
    for (const Word& word : parsed.edits) {
      if (known == Format::kIni)
        static_cast<void>(Edit(known, "", word, parsed.inline_comments));
      else if (word.kind == Word::Kind::kSet)
        static_cast<void>(WriteValue(known, false, word.value));
    }
    return {};
  } catch (const std::exception& refusal) {
    return Unexpected(ErrorKind::kInvalid, refusal.what());
  }
}

Result<std::string> Apply(const std::string& format, const std::string& text,
                          const std::vector<std::string>& words) {
  try {
    const Format known = ParseFormat(format);
    const Words parsed = ParseWords(words);
    const bool is_marked = text.starts_with(kByteOrderMark);
    std::string edited = is_marked ? text.substr(kByteOrderMark.size()) : text;
    for (const Word& word : parsed.edits) edited = Edit(known, edited, word, parsed.inline_comments);
    return (is_marked ? kByteOrderMark : "") + edited;
  } catch (const std::exception& refusal) {
    return Unexpected(ErrorKind::kInvalid, refusal.what());
  }
}

Result<std::vector<std::string>> Differences(const std::string& format, const std::string& text,
                                             const std::vector<std::string>& words) {
  try {
    const Format known = ParseFormat(format);
    const Words parsed = ParseWords(words);
    const std::string plain = text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
    std::vector<std::string> differences;
    for (size_t i = 0; i < parsed.edits.size(); ++i) {
      const Word& word = parsed.edits[i];
      if (IsOverruled(parsed.edits, i) || Holds(known, plain, word, parsed.inline_comments)) continue;
      differences.push_back("'" + word.written + "' is not as it was set");
    }
    return differences;
  } catch (const std::exception& refusal) {
    return Unexpected(ErrorKind::kCorrupt, refusal.what());
  }
}

}  // namespace kedge::set_config
