// One edit of a YAML or JSON document: the bytes change only where the edit is, and what comes of it is read
// again and compared with what was meant.
#pragma once

#include <string>

#include "set-config/format.h"
#include "set-config/words.h"

namespace kedge::set_config {

// The text after the edit; the same text when there is nothing to do. Throws Refused, with the reason, for
// what cannot be done exactly.
std::string EditTree(Format format, const std::string& text, const Word& word);

// Whether the document has what the word sets, or has not what it deletes. Throws Refused where it cannot
// tell.
bool HoldsInTree(Format format, const std::string& text, const Word& word);

}  // namespace kedge::set_config
