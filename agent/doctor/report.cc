#include "doctor/report.h"

#include <algorithm>

#include "operator/terminal.h"

namespace kedge::doctor {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLevelWidth = 9;  // the longest word, and two blanks
constexpr size_t kIdWidth = 13;
constexpr size_t kIndent = kLevelWidth + kIdWidth;
constexpr size_t kLeast = 30;  // of text on a line, however narrow the terminal is

std::string Padded(const std::string& word, size_t width) {
  return word + std::string(width - std::min(width, word.size()), ' ');
}

op::Colour ColourOf(Level level) {
  switch (level) {
    case Level::kOk:
      return op::Colour::kGreen;
    case Level::kWarning:
      return op::Colour::kYellow;
    case Level::kProblem:
      return op::Colour::kRed;
    case Level::kSkipped:
      return op::Colour::kFaint;
  }
  return op::Colour::kFaint;
}

// Characters, not bytes; `text` is a SafeLine.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// Lines of at most `width`, broken at blanks; a longer word stands alone.
std::string Fold(const std::string& text, size_t width) {
  std::string folded, line;
  for (size_t from = 0; from < text.size();) {
    const size_t to = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, to - from);
    from = to + 1;
    if (!line.empty() && Width(line) + 1 + Width(word) > width) {
      folded += line + "\n" + std::string(kIndent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return folded + line + "\n";
}

std::string Number(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 || what == "ok" || what == "skipped" ? "" : "s");
}

}  // namespace

void Report::Add(const Finding& finding) {
  ++counts_[finding.level];
  if (is_json_) {
    if (quiet_ && finding.level == Level::kOk) return;
    Json line{{"id", finding.id}, {"level", ToString(finding.level)}, {"saw", finding.saw}};
    line["advice"] = finding.advice.empty() ? Json() : Json(finding.advice);
    line["command"] = finding.command.empty() ? Json() : Json(finding.command);
    checks_.push_back(std::move(line));
    return;
  }
  const bool is_fine = finding.level == Level::kOk || finding.level == Level::kSkipped;
  if (!quiet_ || !is_fine) Tell(finding);
}

void Report::Tell(const Finding& finding) {
  const std::string level = ToString(finding.level);
  io_.out(op::Paint(io_.look, ColourOf(finding.level), level) + std::string(kLevelWidth - level.size(), ' ') +
          Padded(finding.id, kIdWidth));
  Wrapped(finding.saw);
  if (!finding.advice.empty()) {
    io_.out(std::string(kIndent, ' '));
    Wrapped(finding.advice);
  }
  // In one piece, however long: it is to be copied.
  if (!finding.command.empty()) {
    io_.out(std::string(kIndent, ' ') +
            "type: " + op::Paint(io_.look, op::Colour::kBold, op::SafeLine(finding.command)) + "\n");
  }
}

void Report::Wrapped(const std::string& text) {
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  line = op::SafeLine(line);
  io_.out(io_.columns == 0 ? line + "\n"
                           : Fold(line, io_.columns > kIndent + kLeast ? io_.columns - kIndent : kLeast));
}

std::string Report::Counts() const {
  std::string text;
  for (const Level level : {Level::kProblem, Level::kWarning, Level::kOk, Level::kSkipped}) {
    const auto count = counts_.find(level);
    if (count == counts_.end()) continue;
    text += (text.empty() ? "" : ", ") +
            op::Paint(io_.look, ColourOf(level), Number(count->second, ToString(level)));
  }
  return text.empty() ? "nothing was looked at" : text;
}

void Report::End(const std::string& thing, const std::string& config) {
  if (!is_json_) {
    io_.out((quiet_ && !has_problem() && counts_.count(Level::kWarning) == 0 ? "" : "\n") + Counts() + "\n");
    return;
  }
  const auto count = [this](Level level) {
    const auto found = counts_.find(level);
    return found == counts_.end() ? 0 : found->second;
  };
  const Json report{{"version", KEDGE_VERSION},
                    {"thing", thing},
                    {"config", config},
                    {"healthy", !has_problem()},
                    {"counts",
                     {{"ok", count(Level::kOk)},
                      {"warning", count(Level::kWarning)},
                      {"problem", count(Level::kProblem)},
                      {"skipped", count(Level::kSkipped)}}},
                    {"checks", checks_}};
  io_.out(report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace kedge::doctor
