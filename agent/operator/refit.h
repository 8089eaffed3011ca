// A help for a terminal that is narrower than it was written for. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace kedge::op {

// Paragraphs, and explanations that stand beside what they explain, are wrapped anew in `width` columns, each
// beneath itself. What stands beneath "Examples:" is there to be copied, and stays as it is; so does all of
// it where it fits, or `width` is 0.
std::string Refit(const std::string& help, size_t width);

// A text whose lines are each for themselves: what is too wide is wrapped, beneath itself.
std::string WrapLines(const std::string& text, size_t width);

}  // namespace kedge::op
