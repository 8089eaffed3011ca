// What the bench asks of drydock itself, under /drydock/ (README.md lists it): faults, the clock, raw
// messages, raw jobs and the history. No such thing exists at AWS.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "faults.h"
#include "history.h"
#include "rest_api.h"
#include "service.h"

namespace kedge::drydock {

class Bench {
 public:
  virtual ~Bench() = default;
  virtual Faults& faults() = 0;
  virtual Service& service() = 0;
  // How far the service's clock is ahead of the machine's; negative: behind.
  virtual std::chrono::milliseconds clock_offset() const = 0;
  virtual void SetClockOffset(std::chrono::milliseconds offset) = 0;
  // Into the history.
  virtual void Record(const char* kind, const nlohmann::json& members) = 0;
  virtual void PublishRaw(const std::string& topic, const std::string& payload) = 0;
};

bool IsForBench(const HttpRequest& request);
HttpReply AnswerBench(Bench& bench, const HttpRequest& request, Instant now);

// GET /drydock/history?after=N&wait=SECONDS&thing=T, which may have to wait and so is asked apart from the
// others. The reply's header drydock-last is the `after` to ask with next; drydock-run changes when drydock
// has been started anew and counts from 1 again.
struct HistoryQuestion {
  uint64_t after = 0;
  std::chrono::seconds wait{0};  // at most this, for the first entry to answer with
  std::string thing;             // empty: all
};
// Nothing when the request is no such question; one that is written wrongly is AnswerBench()'s to refuse.
// `last` is the last entry's number, which `after=now` means; a number beyond it is of another run and is 0.
std::optional<HistoryQuestion> HistoryAsked(const HttpRequest& request, uint64_t last);
HttpReply AnswerHistory(const History& history, const HistoryQuestion& question);

}  // namespace kedge::drydock
