#include "cancel/wait.h"

#include <algorithm>
#include <utility>

namespace kedge::cancel {

Waited Wait(const std::vector<Awaited>& states, std::chrono::milliseconds most,
            std::chrono::milliseconds interval, const WaitDoors& doors) {
  const int64_t deadline = doors.now() + most.count();
  Waited waited;
  while (true) {
    auto stand = doors.look();
    waited.trouble = stand ? "" : stand.error().message;
    if (stand) {
      const auto holding = HoldingStates(*stand);
      const auto reached = std::find_first_of(states.begin(), states.end(), holding.begin(), holding.end());
      const bool over = stand->over;
      waited.stand = *std::move(stand);
      if (reached != states.end()) waited.state = *reached;
      if (reached != states.end() || over) {
        waited.end = waited.state ? Waited::End::kReached : Waited::End::kImpossible;
        return waited;
      }
    }
    const std::chrono::milliseconds left(deadline - doors.now());
    if (left.count() <= 0) return waited;
    doors.pause(std::min(left, interval));
  }
}

}  // namespace kedge::cancel
