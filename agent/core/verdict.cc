#include "core/verdict.h"

namespace kedge {

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSafe:
      return "safe";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kUnsafe:
      return "unsafe";
  }
  return "unknown";
}

std::optional<Verdict> VerdictFrom(std::string_view word) {
  for (Verdict verdict : {Verdict::kSafe, Verdict::kUnknown, Verdict::kUnsafe}) {
    if (word == ToString(verdict)) return verdict;
  }
  return std::nullopt;
}

Verdict Judge(const UndoFindings& findings) {
  if (!findings.differences.empty()) return Verdict::kUnsafe;
  if (!findings.no_way_back.empty() || !findings.not_verified.empty()) return Verdict::kUnknown;
  return Verdict::kSafe;
}

std::string DifferencesText(const UndoFindings& findings, std::size_t most) {
  std::string text;
  std::size_t told = 0;
  for (const std::string& difference : findings.differences) {
    constexpr std::size_t kRoomForTheRest = sizeof("; and 999999 more");
    if (told > 0 && text.size() + difference.size() + kRoomForTheRest > most) break;
    text += (told == 0 ? "" : "; ") + difference;
    ++told;
  }
  const std::size_t rest = findings.differences.size() - told;
  return rest == 0 ? text : text + "; and " + std::to_string(rest) + " more";
}

}  // namespace kedge
