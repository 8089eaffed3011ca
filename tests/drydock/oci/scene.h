// A stage for tests of OCI's face: the service, the Resource Manager in front of it, one thing (pi-1) with a
// stack, a clock that the test moves, and a store that outlives a restart of the Resource Manager.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "oci/resource_manager.h"
#include "service.h"

namespace kedge::drydock::oci {

class OciScene {
 public:
  static constexpr int64_t kStart = 1795587557;  // seconds: 2026-11-25T06:19:17Z

  explicit OciScene(Settings settings = {});

  HttpReply Call(const std::string& method, const std::string& path, const nlohmann::json& body = {},
                 const Headers& headers = {});
  // The body of a reply that has to have this status.
  nlohmann::json Get(const std::string& path, int status = 200);
  // "409 IncorrectState", or "204".
  std::string Outcome(const HttpReply& reply);

  std::string CreateStack(const nlohmann::json& more = nlohmann::json::object());  // its OCID
  std::string CreateJob(const std::string& stack = "");                            // the scene's, if empty
  std::string Cancel(const std::string& job, bool forced);                         // Outcome()
  std::string State(const std::string& job) { return Get("/jobs/" + job)["lifecycleState"]; }
  std::string Etag(const std::string& job);
  std::string Log(const std::string& job);  // "LEVEL text" a line

  // pi-1 over MQTT; false when it is refused.
  bool Update(const std::string& job, const std::string& status,
              const nlohmann::json& details = nlohmann::json::object());
  // pi-1's state message: at rest after this job, with a verdict if there is one; `more` is added.
  void Rest(const std::string& job, const std::string& verdict = "",
            const nlohmann::json& more = nlohmann::json::object());
  void Say(const std::string& subject, const nlohmann::json& message);  // on kedge/things/pi-1/SUBJECT
  // The requests to stop since the last call.
  std::vector<nlohmann::json> Requests();

  void Pass(std::chrono::milliseconds time);
  void Restart();  // of the Resource Manager, from what it had given out to be kept

  static std::string ExecutionId(const std::string& job) { return "oci-" + job.substr(job.rfind('.') + 1); }

  Service service;
  Instant now{std::chrono::seconds(kStart)};
  std::unique_ptr<ResourceManager> manager;
  std::string stack;

 private:
  void KeepChanges();

  const Settings settings_;
  std::map<std::pair<std::string, std::string>, Record> store_;
};

}  // namespace kedge::drydock::oci
