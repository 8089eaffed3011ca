#include "rig/wait.h"

#include <ctime>
#include <stdexcept>

namespace kedge::rig {

bool BecomesTrue(const std::function<bool()>& is_true, std::chrono::milliseconds limit) {
  const timespec between_looks{0, 10'000'000};
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    nanosleep(&between_looks, nullptr);
  }
  return true;
}

void WaitUntil(const std::string& what, const std::function<bool()>& is_true,
               std::chrono::milliseconds limit) {
  if (BecomesTrue(is_true, limit)) return;
  throw std::runtime_error(what + " did not happen within " + std::to_string(limit.count() / 1000) + " s");
}

}  // namespace kedge::rig
