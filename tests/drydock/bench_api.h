// What the bench asks of drydock itself, under /drydock/ (README.md lists it): faults, raw messages, raw jobs
// and the history. No such thing exists at AWS.
#pragma once

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
  virtual const History& history() const = 0;
  virtual Service& service() = 0;
  virtual void PublishRaw(const std::string& topic, const std::string& payload) = 0;
};

bool IsForBench(const HttpRequest& request);
HttpReply AnswerBench(Bench& bench, const HttpRequest& request, Instant now);

}  // namespace kedge::drydock
