// What was probably meant by a word that nobody knows. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kedge {

// Edits (a letter more, fewer, other, or two exchanged) from one word to the other. Takes time and memory in
// proportion to the product of both: for words, not for texts.
size_t WordDistance(std::string_view a, std::string_view b);

// The one that is the fewest edits away, and at most `limit`; "": none is.
std::string NearestWord(std::string_view word, const std::vector<std::string>& known, size_t limit);

// How many edits a slip in a word of this length may take.
size_t LimitOfSlip(std::string_view word);

}  // namespace kedge
