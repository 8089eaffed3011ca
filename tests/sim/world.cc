#include "sim/world.h"

#include <algorithm>

namespace kedge::sim {
namespace {

constexpr int64_t kBootStart = 1000;  // boot time when the agent could first read it
constexpr int64_t kWallStart = 1700000000000;
constexpr int64_t kMostSpins = 400;  // operations in one moment
constexpr int64_t kMostOperations = 6000;

}  // namespace

World::World(const Scenario* scenario, const Options& options)
    : scenario_(scenario),
      options_(options),
      random_(options.random * 2 + 1),
      journal_(std::make_shared<const State>()),
      service_(scenario) {
  cells_.resize(scenario->jobs.size());
  ideal_.resize(scenario->jobs.size());
  boot_ = 1;
  At(0, AgentStarts{});
  At(3, LinkComes{});
  for (size_t job = 0; job < scenario->jobs.size(); ++job) {
    At(6 + static_cast<int64_t>(job) * 20, JobCreated{job});
  }
}

void World::Tell(const std::string& line) {
  if (story_ == nullptr) return;
  std::string at = std::to_string(now_);
  at.insert(0, at.size() < 9 ? 9 - at.size() : 0, ' ');
  story_->push_back("[" + std::to_string(operations_) + "] " + at + " ms  " + line);
}

double World::Random() {
  if (options_.random == 0) return 0.5;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return static_cast<double>(random_ >> 11) / static_cast<double>(1ull << 53);
}

Instant World::Now() { return {now_ - booted_ + kBootStart, kWallStart + now_ + wall_ahead_, Random()}; }

void World::At(int64_t when, Happening what) { agenda_.push_back({when, seq_++, std::move(what)}); }

bool World::Step() {
  bool more = true;
  const int64_t before = now_;
  if (stage_ == Stage::kCommit) {
    Commit();
  } else if (stage_ == Stage::kActions) {
    const Action action = std::move(pending_.actions[next_action_++]);
    const bool last = next_action_ == pending_.actions.size();
    Perform(action);
    if (last && stage_ == Stage::kActions) Finish();
  } else if (!inbox_.empty() && !held_) {
    ToAgent first = std::move(inbox_.front());
    inbox_.pop_front();
    Happen(std::move(first));
  } else {
    more = NextItem();
  }
  if (link_waits_) LookForLink();
  ++operations_;
  spins_ = now_ == before ? spins_ + 1 : 0;
  if (spins_ > kMostSpins)
    Broken("I6: it spins: " + std::to_string(kMostSpins) + " operations in one moment");
  if (operations_ > kMostOperations) Broken("I6: it never comes to rest");
  return more;
}

bool World::NextItem() {
  auto next = std::min_element(agenda_.begin(), agenda_.end(), [](const Item& a, const Item& b) {
    return a.at != b.at ? a.at < b.at : a.seq < b.seq;
  });
  const auto soonest = [&] { return next == agenda_.end() ? INT64_MAX : next->at; };
  const int64_t deadline = armed_ ? std::max(now_, *armed_ - kBootStart + booted_) : INT64_MAX;
  const int64_t timer = service_.NextTimer() > 0 ? std::max(now_, service_.NextTimer()) : INT64_MAX;
  if (soonest() == INT64_MAX && deadline == INT64_MAX && timer == INT64_MAX) return false;
  if (soonest() <= deadline && soonest() <= timer) {
    now_ = std::max(now_, next->at);
    Happening what = std::move(next->what);
    *next = std::move(agenda_.back());
    agenda_.pop_back();
    Happen(std::move(what));
  } else if (timer <= deadline) {
    now_ = timer;
    Happen(TimersRun{});
  } else {
    now_ = deadline;
    armed_.reset();
    Deliver(TimePassed{});
  }
  return true;
}

void World::Happen(Happening what) {
  std::visit([this](auto& item) { On(item); }, what);
}

bool World::AtCrashPoint() const {
  if (!agent_up_) return false;
  if (stage_ != Stage::kIdle) return true;
  const auto next = std::min_element(agenda_.begin(), agenda_.end(), [](const Item& a, const Item& b) {
    return a.at != b.at ? a.at < b.at : a.seq < b.seq;
  });
  if (next == agenda_.end()) return true;  // at rest, or nearly
  return std::holds_alternative<ChildMoves>(next->what) || std::holds_alternative<ToService>(next->what);
}

void World::On(JobCreated& item) {
  std::vector<What> news;
  const auto order = static_cast<int64_t>(service_.executions.size());
  service_.Create(item.job, 1, kWallStart + order * 1000, &news);
  truth_.emplace_back();
  Tell("service: job " + scenario_->jobs[item.job].name + " is created");
  Publish(std::move(news), true);
}

void World::On(TimersRun&) {
  std::vector<What> news;
  service_.RunTimers(now_, &news);
  Tell("service: a timer ran out");
  Publish(std::move(news), true);
}

}  // namespace kedge::sim
