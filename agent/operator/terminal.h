// Text for a terminal: safe, coloured where colour is wanted, in columns. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kedge::op {

// How a page is to look.
struct Look {
  bool colour = false;
};

enum class Colour { kBold, kFaint, kGreen, kYellow, kRed };
std::string Paint(const Look& look, Colour colour, const std::string& text);
// The colour of a status, phase or verdict word.
std::string PaintWord(const Look& look, const std::string& word);

// One line that cannot steer a terminal, whatever a job printed: valid UTF-8, tabs as blanks, every other
// control character (C0, DEL, C1) and what turns the direction of writing left out. Line feeds count as
// control characters.
std::string SafeLine(std::string_view text);
// The last `count` lines of `text`, each a SafeLine.
std::vector<std::string> LastLines(std::string_view text, size_t count);

// Rows in left-aligned columns, two blanks between; the last column is as long as it is. Cells are SafeLines
// already and may carry colours.
class Table {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kedge::op
