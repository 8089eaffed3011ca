#include "fleet.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "plan.h"

namespace kedge::weather {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

// A voyage has several waits of 60 s; one that is longer under way than this is stuck in itself.
constexpr unsigned kLongestVoyage = 900;  // seconds

struct Ship {
  uint64_t seed = 0;
  int result = -1;  // a file in memory, for the outcome
  Clock::time_point left;
};

json ToJson(const Outcome& outcome) {
  return {{"violations", outcome.violations}, {"counts", outcome.counts}, {"story", outcome.story}};
}

std::string ReadFrom(int fd) {
  std::string text;
  std::array<char, 65536> bytes{};
  for (ssize_t got = 0; (got = pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(text.size()))) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Outcome Failed(uint64_t seed, const std::string& why) {
  return {.violations = {"the rig: " + why}, .counts = {}, .story = ToString(Draw(seed))};
}

Outcome FromJson(uint64_t seed, const json& result, int status) {
  if (!result.is_object())
    return Failed(seed, "the seed's process ends with status " + std::to_string(status));
  return {result["violations"], result["counts"], result["story"]};
}

// In the seed's process. Not exit(): what the parent has begun to print is the parent's.
[[noreturn]] void SailAlone(const Campaign& campaign, uint64_t seed, int result) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // the rig's guardian tidies up
  alarm(kLongestVoyage);
  Outcome outcome;
  try {
    Telling telling = campaign.telling;
    if (!telling.keep.empty()) telling.keep += "/seed-" + std::to_string(seed);
    outcome = Sail(Draw(seed), telling);
  } catch (const std::exception& error) {
    outcome = Failed(seed, error.what());
  }
  const std::string text = ToJson(outcome).dump(-1, ' ', false, json::error_handler_t::replace);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t wrote = write(result, text.data() + written, text.size() - written);
    if (wrote <= 0) _exit(2);
    written += static_cast<std::size_t>(wrote);
  }
  _exit(0);
}

class Fleet {
 public:
  explicit Fleet(const Campaign& campaign) : campaign_(campaign) {}

  void Leave(uint64_t seed) {
    Ship ship{seed, memfd_create("outcome", MFD_CLOEXEC), Clock::now()};
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (ship.result < 0 || pid < 0) throw std::runtime_error("no process for seed " + std::to_string(seed));
    if (pid == 0) SailAlone(campaign_, seed, ship.result);
    ships_[pid] = ship;
  }

  Arrival AwaitOne() {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    const auto found = ships_.find(pid);
    if (found == ships_.end()) throw std::runtime_error("waitpid");
    const Ship ship = found->second;
    ships_.erase(found);
    const json result = json::parse(ReadFrom(ship.result), nullptr, false);
    close(ship.result);
    const std::chrono::duration<double> took = Clock::now() - ship.left;
    return {ship.seed, took.count(), FromJson(ship.seed, result, status)};
  }

  int under_way() const { return static_cast<int>(ships_.size()); }

 private:
  const Campaign& campaign_;
  std::map<pid_t, Ship> ships_;
};

}  // namespace

void SailAll(const Campaign& campaign, const std::function<void(const Arrival&)>& arrived) {
  Fleet fleet(campaign);
  for (int i = 0; i < campaign.seeds; ++i) {
    if (fleet.under_way() >= campaign.parallel) arrived(fleet.AwaitOne());
    fleet.Leave(campaign.first + static_cast<uint64_t>(i));
  }
  while (fleet.under_way() > 0) arrived(fleet.AwaitOne());
}

}  // namespace kedge::weather
