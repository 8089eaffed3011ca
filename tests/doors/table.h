// What has to come of each cell of the table of doors.
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
};
inline std::string ToString(const Cell& cell) {
  return cell.door + (cell.force ? " forced " : " graceful ") + cell.situation;
}

// All of them, door by door.
std::vector<Cell> AllCells();
// Throws for a cell that is none.
Outcome Expected(const Cell& cell);

}  // namespace kedge::doors
