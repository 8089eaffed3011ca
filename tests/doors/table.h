// The table of doors: its cells, what has to come of each, and how it looks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doors/situation.h"

namespace kedge::doors {

struct Cell {
  std::string door;
  bool force = false;
  std::string situation;
  bool operator==(const Cell&) const = default;
};
inline std::string ToString(const Cell& cell) {
  return cell.door + (cell.force ? " forced " : " graceful ") + cell.situation;
}

// All of them, door by door.
std::vector<Cell> AllCells();
// Throws for a cell that is none.
Outcome Expected(const Cell& cell);

// What came of a cell: ToString(Outcome), or "went wrong: " and why.
struct Result {
  Cell cell;
  std::string said;
  bool good() const { return said == ToString(Expected(cell)); }
};

// A block a situation: door, manner, answer, end. At most 100 columns, for the first line of each end.
std::string TableText(const std::vector<Result>& results);
// What is not as it has to be, with what that were; "": nothing.
std::string WrongText(const std::vector<Result>& results);

// A file of results. Reading throws std::runtime_error, also when it holds another thing.
void WriteResults(const std::string& path, const std::vector<Result>& results);
std::vector<Result> ReadResults(const std::string& path);

}  // namespace kedge::doors
