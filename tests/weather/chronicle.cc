#include "chronicle.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace kedge::weather {

using nlohmann::json;

void Chronicle::Read() {
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::array<char, 65536> bytes{};
  for (ssize_t got = 0; (got = pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(read_))) > 0;) {
    read_ += static_cast<std::size_t>(got);
    rest_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  std::size_t from = 0;
  for (std::size_t end = 0; (end = rest_.find('\n', from)) != std::string::npos; from = end + 1) {
    const json entry = json::parse(rest_.substr(from, end - from), nullptr, false);
    if (entry.is_object()) Take(entry);
  }
  rest_.erase(0, from);
}

void Chronicle::Take(const json& entry) {
  const std::string kind = entry.value("kind", "");
  if (kind == "mqtt-in") ++messages_;
  if (kind == "mqtt-in" && IsFinal(ClaimIn(entry))) reported_.insert(entry.value("job", ""));
  if (kind == "execution" || kind == "timer") statuses_[entry.value("job", "")] = entry.value("to", "");
  entries_.push_back(entry);
}

std::string Chronicle::StatusOf(const std::string& job) const {
  const auto found = statuses_.find(job);
  return found == statuses_.end() ? "" : found->second;
}

bool Chronicle::IsOver(const std::string& job) const {
  const auto found = statuses_.find(job);
  return found != statuses_.end() && (found->second.empty() || IsFinal(found->second));
}

bool Chronicle::IsAnnounced(const std::string& job) const {
  const std::string name = "\"jobId\":\"" + job + "\"";
  return std::any_of(entries_.begin(), entries_.end(), [&name](const json& entry) {
    return entry.value("kind", "") == "mqtt-out" && entry.value("of", "") == "notify" &&
           entry.value("payload", "").find(name) != std::string::npos;
  });
}

std::string ClaimIn(const json& entry) {
  if (entry.value("operation", "") != "update") return "";
  const json update = json::parse(entry.value("payload", ""), nullptr, false);
  return update.is_object() ? update.value("status", "") : "";
}

bool IsFinal(const std::string& status) {
  return !status.empty() && status != "QUEUED" && status != "IN_PROGRESS";
}

}  // namespace kedge::weather
