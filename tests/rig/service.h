// The operator at the bench: drydock's REST side. Creates, describes and cancels jobs, breaks things on
// demand, and reads what the device really sent. Every call throws std::runtime_error when drydock refuses
// it, but for those that say otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace httplib {
class Client;
}

namespace kedge::rig {

using nlohmann::json;

// What an operator may say with a cancel.
struct Cancel {
  bool force = false;
  std::optional<int64_t> expected_version = {};
  json details = nullptr;  // an object of strings
};

// A line of drydock's history.
struct Entry {
  int64_t number = 0;
  int64_t at = 0;    // milliseconds since the epoch
  std::string kind;  // mqtt-in (the device spoke), mqtt-out, http, timer, fault
  std::string topic;
  std::string payload;

  json Body() const { return json::parse(payload, nullptr, false); }
};

class Service {
 public:
  Service(int port, std::string thing);
  ~Service();

  // Any call of the control plane or of /drydock/; gives the answer's body.
  json Must(const std::string& method, const std::string& target, const std::string& body = "");
  void CreateThing();
  // `document`: text. `more`: further members of CreateJob, such as timeoutConfig.
  void CreateJob(const std::string& job, const std::string& document, const json& more = json::object());
  void CreateJob(const std::string& job, const json& document, const json& more = json::object()) {
    CreateJob(job, document.dump(), more);
  }
  // Any bytes as the document, which the service would never let in.
  void CreateRawJob(const std::string& job, const std::string& document);
  json Execution(const std::string& job);      // as describe-job-execution shows it; null when there is none
  std::string Status(const std::string& job);  // of it; "" when there is none
  json Details(const std::string& job);        // its statusDetails, an object
  std::string Detail(const std::string& job, const std::string& name);  // one of them; "" when there is none
  int64_t Version(const std::string& job);
  json Executions(const std::string& status = "");                     // summaries, of the thing
  bool CancelExecution(const std::string& job, const Cancel& cancel);  // false: refused
  // As another client of the data plane would: false when refused.
  bool UpdateExecution(const std::string& job, const json& update);

  int64_t AddFault(const json& rule);  // as in tests/drydock/faults.h
  void ClearFaults();
  // A message from the broker, whatever it says.
  void Publish(const std::string& topic, const std::string& payload);
  // Likewise on a topic beneath $aws/things/<thing>/jobs/.
  void PublishJobs(const std::string& topic, const std::string& payload) { Publish(Topic(topic), payload); }
  std::string Topic(const std::string& beneath) const { return "$aws/things/" + thing_ + "/jobs/" + beneath; }

  std::vector<Entry> History(int64_t after = 0);
  // The payloads that the device published for this job's update, in order.
  std::vector<json> Updates(const std::string& job);
  // The statuses in them: {"IN_PROGRESS", "SUCCEEDED"}.
  std::vector<std::string> Statuses(const std::string& job);
  // How many updates of the job with this status the service accepted.
  int Accepted(const std::string& job, const std::string& status);
  // How many messages the device sent to this topic beneath jobs/.
  int Requests(const std::string& topic);

 private:
  struct Reply {
    int status = 0;
    std::string body;
    bool good() const { return status >= 200 && status < 300; }
  };
  // `plane`: the service in the signature, which tells drydock's two planes apart.
  Reply Call(const std::string& method, const std::string& target, const std::string& body,
             const std::string& plane = "iot");

  const std::string thing_;
  const std::unique_ptr<httplib::Client> http_;
};

}  // namespace kedge::rig
