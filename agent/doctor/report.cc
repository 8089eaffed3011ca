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

std::string Number(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 || what == "ok" || what == "skipped" ? "" : "s");
}

}  // namespace

void Report::Add(const Finding& finding) {
  ++counts_[finding.level];
  if (finding.level == Level::kSkipped && finding.saw.starts_with("needs root")) wants_root_ = true;
  if (is_json_) {
    if (quiet_ && finding.level == Level::kOk) return;
    Json line{{"id", finding.id}, {"level", ToString(finding.level)}, {"saw", finding.saw}};
    line["advice"] = finding.advice.empty() ? Json() : Json(finding.advice);
    line["command"] = finding.command.empty() ? Json() : Json(finding.command);
    checks_.push_back(std::move(line));
    return;
  }
  const bool is_fine = finding.level == Level::kOk || finding.level == Level::kSkipped;
  if (quiet_ && is_fine) return;
  if (!skipped_.empty() && (finding.level != Level::kSkipped || finding.saw != skipped_[0].saw))
    TellSkipped();
  if (finding.level == Level::kSkipped) return skipped_.push_back(finding);
  Tell(finding);
}

// What is skipped for one and the same reason is one line.
void Report::TellSkipped() {
  if (skipped_.empty()) return;
  Finding all = skipped_[0];
  if (skipped_.size() > 1) {
    std::string others;
    for (size_t i = 1; i < skipped_.size(); ++i) others += (i == 1 ? "" : ", ") + skipped_[i].id;
    all.saw += " (" + others + " likewise)";
  }
  skipped_.clear();
  Tell(all);
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
  const size_t width = io_.look.width;
  const size_t room = width == 0 ? 0 : std::max(width, kIndent + kLeast) - kIndent;
  std::string indent;
  for (const std::string& part : op::Wrap(op::SafeLine(line), room)) {
    io_.out(indent + part + "\n");
    indent = std::string(kIndent, ' ');
  }
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
  TellSkipped();
  if (!is_json_) {
    io_.out((quiet_ && !has_problem() && counts_.count(Level::kWarning) == 0 ? "" : "\n") + Counts() +
            (wants_root_ ? "; with sudo more can be looked at\n" : "\n"));
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
