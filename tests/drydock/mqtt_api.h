// The MQTT side of the service, without a broker: a message of a device in, the messages of the service out
// (reference aws-iot-jobs.md, 1, 2 and 4). Any topic and any bytes are allowed in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.h"
#include "service.h"

namespace kedge::drydock {

enum class Operation { kGet, kStartNext, kDescribe, kDescribeNext, kUpdate, kUnknown };

// "get", "start-next", "describe", "describe-next", "update"; "unknown" for a topic that means no operation.
std::string_view ToString(Operation operation);

struct Request {
  Operation operation;
  std::string topic;
  std::string thing;
  std::string job_id;  // of describe and update; `$next` for kDescribeNext
  std::string payload;
};

struct Publication {
  enum class Kind { kReply, kNotify, kNotifyNext, kRaw };
  Kind kind;
  std::string thing;
  std::string topic;
  std::string payload;
  std::optional<int64_t> version = {};  // of an accepted update: what it made of the execution's
};

std::string_view ToString(Publication::Kind kind);

// Nothing for what is no request: topics outside the Jobs namespace, the service's own replies and events,
// and the namespaced topics of Greengrass.
std::optional<Request> ParseRequest(const std::string& topic, std::string payload);

// The reply, on the request's topic + /accepted or /rejected.
Publication Answer(Service& service, const Request& request, Instant now);
// The rejection with this code (as spelled on the wire), without asking the service.
Publication Reject(const Request& request, std::string_view code, const std::string& message, Instant now);

Publication Publish(const Event& event);

// The `status` of an update's body, or "": what fault rules may look at.
std::string StatusIn(const Request& request);

std::string_view MqttCode(RefusalCode code);

}  // namespace kedge::drydock
