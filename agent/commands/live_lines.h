// What a running step prints, piece by piece, as the lines that a person reads or a program takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "operator/live_output.h"
#include "operator/terminal.h"
#include "operator/whole_lines.h"

namespace kedge::commands {

class LiveLines {
 public:
  LiveLines(const op::Look& look, bool json) : look_(look), json_(json) {}

  // The lines that are whole with it; each ends in a line feed and cannot steer a terminal, stderr's are
  // marked. JSON: {"event": "output", "task": N, "stream": S, "text": S}, the piece as it is.
  std::string Add(const op::OutputPiece& piece);
  // What was begun, as a line of its own: when the task is over.
  std::string Rest();
  // That something is missing before what comes next.
  std::string Missing(uint64_t bytes) const;

 private:
  std::string Shown(const std::vector<op::OutputLine>& lines) const;

  const op::Look& look_;
  const bool json_;
  op::WholeLines lines_;
};

}  // namespace kedge::commands
