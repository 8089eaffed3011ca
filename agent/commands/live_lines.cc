#include "commands/live_lines.h"

#include <nlohmann/json.hpp>

#include "core/ending.h"

namespace kedge::commands {
namespace {

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string LiveLines::Shown(const std::vector<op::OutputLine>& lines) const {
  std::string shown;
  for (const op::OutputLine& line : lines) {
    shown += (line.is_stderr ? op::Paint(look_, op::Colour::kFaint, "err | ") : "") +
             op::SafeLine(line.text) + "\n";
  }
  return shown;
}

std::string LiveLines::Add(const op::OutputPiece& piece) {
  if (json_) {
    return Dump({{"event", "output"},
                 {"task", piece.task},
                 {"stream", piece.is_stderr ? "stderr" : "stdout"},
                 {"text", piece.bytes}});
  }
  return Shown(lines_.Add(piece.task, piece.is_stderr, piece.bytes));
}

std::string LiveLines::Rest() { return Shown(lines_.Rest()); }

std::string LiveLines::Missing(uint64_t bytes) const {
  if (bytes == 0) return "";
  if (json_) return Dump({{"event", "output-missing"}, {"bytes", bytes}});
  return op::Paint(look_, op::Colour::kFaint,
                   "(" + SizeInWords(static_cast<int64_t>(bytes)) +
                       " before this are not shown; kedge logs without --follow has what is kept)") +
         "\n";
}

}  // namespace kedge::commands
