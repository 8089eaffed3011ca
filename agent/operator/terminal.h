// Text for a terminal: safe, coloured where colour is wanted, in columns. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::op {

// How a page is to look.
struct Look {
  bool colour = false;
  size_t width = 0;  // columns of the terminal; 0: no terminal, lines are as long as they are
};

enum class Colour { kBold, kFaint, kGreen, kYellow, kRed };
std::string Paint(const Look& look, Colour colour, const std::string& text);
// The colour of a status, phase or verdict word.
std::string PaintWord(const Look& look, const std::string& word);

// One line that cannot steer a terminal, whatever a job printed: valid UTF-8, tabs as blanks, escape
// sequences, every other control character (C0, DEL, C1) and what turns the direction of writing left out.
// Line feeds count as control characters.
std::string SafeLine(std::string_view text);
// The last `count` lines of `text`, each a SafeLine.
std::vector<std::string> LastLines(std::string_view text, size_t count);

// Columns that a SafeLine takes: characters, not bytes, and colours take none.
size_t WidthOf(std::string_view line);
// A SafeLine that may carry colours as lines of at most `width` columns, broken at blanks; a word that is
// longer stays whole, so that it can be copied. 0: one line.
std::vector<std::string> Wrap(std::string_view line, size_t width);

// "[########------------]": `percent`, 0 to 100, of a bar of 20.
std::string Bar(int percent);

// Rows in left-aligned columns, two blanks between. Cells are SafeLines already and may carry colours. The
// last column is as long as it is, or is wrapped in what `look` has of width; where that leaves it hardly any
// room, it stands on lines of its own, beneath the others. So does what is too long for the first column,
// above.
class Table {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text(const Look& look = {}) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kedge::op
