// INI files: sections in brackets, keys with '=' or ':', comments on lines of their own.
#pragma once

#include <string>

#include "set-config/words.h"

namespace kedge::set_config {

// As EditTree and HoldsInTree; a path is KEY, for a key before the first section, or SECTION.KEY. Bytes
// change on the key's line only. Throws Refused for a key that is there twice, a value that goes on over
// several lines, and, with Inline::kUndecided, a line that may end in a comment.
std::string EditIni(const std::string& text, const Word& word, Inline inline_comments);
bool HoldsInIni(const std::string& text, const Word& word, Inline inline_comments);

}  // namespace kedge::set_config
