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

}  // namespace kedge
