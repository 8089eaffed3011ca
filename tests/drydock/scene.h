// A stage for tests of the core: the service, a clock that the test moves, and everything that is said, as
// text. After each step it checks that what the service gave to be kept makes the same service again.
//
// A trace has a line a message, "notify {…}", the topic without $aws/things/THING/jobs/ and the payload with
// its members sorted; Said() writes the expected one the same way.
#pragma once

#include <chrono>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "mqtt_api.h"
#include "rest_api.h"
#include "service.h"

namespace kedge::drydock {

using Trace = std::string;

Trace Said(std::initializer_list<std::pair<std::string, std::string>> messages);

class Scene {
 public:
  static constexpr int64_t kStart = 1787000000;  // seconds; where the clock stands at first

  explicit Scene(Readings readings = {});  // with the thing pi-1

  // A request of pi-1 on this topic: the reply and the events after it.
  Trace Device(const std::string& topic, const std::string& payload = "{}");
  // The reply alone, its payload.
  nlohmann::json Ask(const std::string& topic, const std::string& payload = "{}");

  // One call of the control plane; the events it causes are left for Events().
  HttpReply Operator(const std::string& method, const std::string& target, const std::string& body = "");
  HttpReply DataPlane(const std::string& method, const std::string& target, const std::string& body = "");
  // A job of pi-1 with the document {"job":ID}; `more` is added to the request. REQUIREs that it is taken.
  void CreateJob(const std::string& id, const nlohmann::json& more = nlohmann::json::object());
  nlohmann::json Execution(const std::string& job_id);  // as describe-job-execution shows it
  nlohmann::json Job(const std::string& job_id);        // as describe-job shows it

  // Moves the clock and lets timers run out.
  void Pass(std::chrono::milliseconds time);
  // What was said to pi-1 outside replies since the last call.
  Trace Events();

  // The program ends and starts again: from what it gave to be kept.
  void Restart();

 private:
  void Keep();

  const Readings readings_;
  std::map<std::pair<std::string, std::string>, Record> kept_;
  std::optional<Service> life_;  // replaced by Restart()

 public:
  Service& service;
  Instant now{std::chrono::seconds(kStart)};
};

}  // namespace kedge::drydock
