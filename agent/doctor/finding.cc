#include "doctor/finding.h"

#include <algorithm>

namespace kedge::doctor {

const char* ToString(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarning:
      return "warning";
    case Level::kProblem:
      return "problem";
    case Level::kSkipped:
      return "skipped";
  }
  return "";
}

bool Findings::Has(const std::string& id) const {
  return std::any_of(all_.begin(), all_.end(), [&id](const Finding& finding) { return finding.id == id; });
}

std::string Quoted(const std::string& word) {
  constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%=,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return "";
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace kedge::doctor
