// The words that say what is to be edited: SET-CONFIG.md has the syntax.
#pragma once

#include <string>
#include <vector>

#include "set-config/node.h"

namespace kedge::set_config {

// Names of keys from the outside in; of a list, the number of an element or "+" for a new one.
using Path = std::vector<std::string>;

struct Word {
  enum class Kind { kSet, kDelete };
  Kind kind = Kind::kSet;
  Path path;
  std::string value;    // kSet: as it was written
  std::string written;  // the path as it was written, for messages
};

// How an INI file's value ends.
enum class Inline { kUndecided, kComment, kValue };

struct Words {
  std::vector<Word> edits;
  Inline inline_comments = Inline::kUndecided;
};

// Throws Refused for whatever is not `set=PATH=VALUE`, `delete=PATH` or `inline=comment|value`.
Words ParseWords(const std::vector<std::string>& words);

}  // namespace kedge::set_config
