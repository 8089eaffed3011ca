// What the tests of link/ share: a loop that waits for a condition with a limit, recorders, a temporary
// folder.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "link/broker.h"
#include "link/job_link.h"
#include "sys/event_loop.h"

namespace kedge::link {

inline constexpr std::chrono::seconds kLimit{20};

// Runs `loop` until `done()` or until `limit` is over; returns done().
bool RunUntil(sys::EventLoop& loop, const std::function<bool()>& done,
              std::chrono::milliseconds limit = kLimit);

// Runs `loop` for what is ready now: for "and nothing else happened".
void RunTurns(sys::EventLoop& loop, int turns = 20);

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A loopback port that nobody uses at this moment.
int FreePort();

// Remembers what a JobLink or a Broker said, in order: "up", "down: ...", "message T P", "published N".
struct Heard {
  std::vector<std::string> events;
  std::vector<std::pair<std::string, std::string>> messages;
  std::vector<std::string> log;
  std::string last_down;
  int ups = 0;
  int downs = 0;
  int published = 0;

  JobLink::Callbacks ForJobLink();
  Broker::Callbacks ForBroker();
  bool LogHas(const std::string& text) const { return LogCount(text) > 0; }
  int LogCount(const std::string& text) const;
};

bool Has(const std::string& text, const std::string& part);

}  // namespace kedge::link
