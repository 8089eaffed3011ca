#include "commands/live_lines.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/ending.h"

namespace kedge::commands {
namespace {

constexpr size_t kLongestLine = 64 << 10;  // what never ends its line is cut

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string LiveLines::Line(bool is_stderr, const std::string& text) const {
  return (is_stderr ? op::Paint(look_, op::Colour::kFaint, "err | ") : "") + op::SafeLine(text) + "\n";
}

std::string LiveLines::Add(const op::OutputPiece& piece) {
  if (json_) {
    return Dump({{"event", "output"},
                 {"task", piece.task},
                 {"stream", piece.is_stderr ? "stderr" : "stdout"},
                 {"text", piece.bytes}});
  }
  std::string& begun = begun_[piece.is_stderr ? 1 : 0];
  begun += piece.bytes;
  std::string lines;
  size_t from = 0;
  for (size_t end; (end = begun.find('\n', from)) != std::string::npos; from = end + 1)
    lines += Line(piece.is_stderr, begun.substr(from, end - from));
  begun.erase(0, from);
  if (begun.size() > kLongestLine) lines += Line(piece.is_stderr, std::exchange(begun, ""));
  return lines;
}

std::string LiveLines::Rest() {
  std::string lines;
  for (const bool is_stderr : {false, true}) {
    std::string& begun = begun_[is_stderr ? 1 : 0];
    if (!begun.empty()) lines += Line(is_stderr, std::exchange(begun, ""));
  }
  return lines;
}

std::string LiveLines::Missing(uint64_t bytes) const {
  if (bytes == 0) return "";
  if (json_) return Dump({{"event", "output-missing"}, {"bytes", bytes}});
  return op::Paint(look_, op::Colour::kFaint,
                   "(" + SizeInWords(static_cast<int64_t>(bytes)) +
                       " before this are not shown; kedge logs without --follow has what is kept)") +
         "\n";
}

}  // namespace kedge::commands
