// How this Resource Manager behaves where the real one is not known, or should be tried out otherwise.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace kedge::drydock::oci {

// What CancelJob answers for a job that is over. No source says what the real service does; clients retry
// IncorrectState for a minute and a half, and Conflict not at all.
enum class TerminalCancel { kConflict, kIncorrectState, kOk };

struct Settings {
  TerminalCancel terminal_cancel = TerminalCancel::kConflict;
  bool ignore_cancel = false;                    // a job stays CANCELING until it ends by itself
  std::chrono::milliseconds accept_delay{0};     // ACCEPTED for so long before the thing is told
  std::chrono::milliseconds cancel_delay{0};     // CANCELING for so long before anything is done about it
  std::chrono::milliseconds stop_limit{60000};   // for the device to say that it stopped (follower.h)
  bool verify = false;                           // refuse what is not signed with one of these
  std::map<std::string, std::string> keys = {};  // public keys in PEM by keyId ("tenancy/user/fingerprint")
};

}  // namespace kedge::drydock::oci
