// drydock's history file, read as it grows: what the device really sent and what the service decided. It goes
// on over drydock's restarts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace kedge::weather {

class Chronicle {
 public:
  explicit Chronicle(std::string path) : path_(std::move(path)) {}

  // Reads what is new. Cheap when nothing is. A line that drydock's end cut off is left out.
  void Read();

  const std::vector<nlohmann::json>& entries() const { return entries_; }
  // The job's status by the last change; "" when it was deleted, or is not known yet.
  std::string StatusOf(const std::string& job) const;
  // Ended or deleted.
  bool IsOver(const std::string& job) const;
  // Messages that the device has sent.
  int messages() const { return messages_; }
  // The device has sent a final status for the job, whether it arrived or not.
  bool IsReported(const std::string& job) const { return reported_.contains(job); }
  // A notify that names the job has really been sent.
  bool IsAnnounced(const std::string& job) const;
  // The service came back from its store: what its last moments promised may not have been kept.
  void Correct(const std::string& job, const std::string& status) { statuses_[job] = status; }

 private:
  void Take(const nlohmann::json& entry);

  const std::string path_;
  std::size_t read_ = 0;
  std::string rest_;
  std::vector<nlohmann::json> entries_;
  std::map<std::string, std::string> statuses_;
  std::set<std::string> reported_;
  int messages_ = 0;
};

// The status in an update that the device sent; "" for any other entry.
std::string ClaimIn(const nlohmann::json& entry);
bool IsFinal(const std::string& status);

}  // namespace kedge::weather
