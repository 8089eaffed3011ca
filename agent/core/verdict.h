// Is the device in its safe state again? (design section 6)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge {

enum class Verdict {
  kSafe,     // everything undone and verified, or nothing was done
  kUnknown,  // no way back, or no way to verify a step or how the service has it
  kUnsafe,   // undo failed, or verify found a difference: the device is quarantined
};
std::string_view ToString(Verdict verdict);
std::optional<Verdict> VerdictFrom(std::string_view word);

// What the undo of an execution found, gathered step by step.
struct UndoFindings {
  std::vector<std::string> no_way_back;   // names of steps that ran and cannot be undone
  std::vector<std::string> not_verified;  // steps that were undone, or the service's record
  std::vector<std::string>
      differences;  // "files /etc/app.conf: mode is 0644, was 0600"; "rollback of step 2: exit status 1"
  bool operator==(const UndoFindings&) const = default;
};
Verdict Judge(const UndoFindings& findings);
// All differences in one line, as far as `most` bytes go; then how many more there are. At least the first.
std::string DifferencesText(const UndoFindings& findings, std::size_t most);

}  // namespace kedge
