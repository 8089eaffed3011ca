// The state x event table of Advance, for tests and for the page EXECUTION.md that is checked against it.
#pragma once

#include <string>
#include <vector>

#include "core/state.h"

namespace kedge {

// Where the agent stands, as the table's rows see it: no execution (free to take one, or in quarantine), or
// the phase of the current one.
enum class Row {
  kIdle,
  kQuarantined,
  kChecking,
  kAccepting,
  kRunning,
  kPausing,
  kRebooting,
  kConnecting,
  kFinishing,
  kStopping,
  kRollingBack,
  kReporting
};
inline constexpr size_t kRows = 12;
Row RowOf(const State& state);
std::string_view ToString(Row row);

struct TableCell {
  Row row;
  std::string event;
  bool ignored;  // nothing happens, and `words` say why not
  std::string words;
};
// Every cell, event by event, rows in order.
std::vector<TableCell> ExecutionTable();

}  // namespace kedge
