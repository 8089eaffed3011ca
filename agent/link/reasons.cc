#include "link/reasons.h"

#include <MQTTAsync.h>

namespace kedge::link {
namespace {

std::string Version5Text(int code) {
  const char* text = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
  return std::string(text != nullptr ? text : "unknown") + " (code " + std::to_string(code) + ")";
}

}  // namespace

bool Reasons::Add(const std::string& reason) {
  last_ = reason;
  ++total_;
  const auto found = counts_.find(reason);
  if (found != counts_.end()) {
    ++found->second;
    return false;
  }
  if (counts_.size() < kMax) counts_.emplace(reason, 1);
  return true;
}

std::string Reasons::Summary() const {
  if (total_ == 0) return "";
  std::string text;
  for (const auto& [reason, count] : counts_) {
    text += (text.empty() ? "" : "; ") + std::to_string(count) + " times: " + reason;
  }
  return text;
}

void Reasons::Clear() { *this = Reasons(); }

std::string ConnackText(int code, bool version5) {
  if (version5 && code >= 0x80) return Version5Text(code);
  switch (code) {  // MQTT 3.1.1, table 3.1
    case 1:
      return "it does not speak this version of MQTT (code 1)";
    case 2:
      return "it does not take this client id (code 2)";
    case 3:
      return "its MQTT service is not available (code 3)";
    case 4:
      return "wrong user name or password (code 4)";
    case 5:
    case 7:  // AWS's own number for it (reference 8.2)
      return "not authorized (code " + std::to_string(code) + ")";
    default:
      return "code " + std::to_string(code);
  }
}

std::string RefusalText(int code, bool version5) {
  return version5 ? Version5Text(code) : "code " + std::to_string(code);
}

bool IsVersionRefusal(int code) { return code == 1 || code == MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION; }

}  // namespace kedge::link
