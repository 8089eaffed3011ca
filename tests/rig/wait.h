// Waiting for something to become true, with a limit. Never for time to pass.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace kedge::rig {

inline constexpr std::chrono::seconds kPatience{30};

// Looks again and again. False when the limit comes first.
bool BecomesTrue(const std::function<bool()>& is_true, std::chrono::milliseconds limit = kPatience);

// Likewise; throws std::runtime_error("<what> did not happen within 30 s") instead.
void WaitUntil(const std::string& what, const std::function<bool()>& is_true,
               std::chrono::milliseconds limit = kPatience);

}  // namespace kedge::rig
