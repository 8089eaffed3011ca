#include "mqtt_api.h"

#include "payloads.h"
#include "requests.h"
#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::string_view kPrefix = "$aws/things/";

std::vector<std::string> Levels(std::string_view topic) {
  std::vector<std::string> levels;
  for (std::size_t at = 0;;) {
    const auto slash = topic.find('/', at);
    levels.emplace_back(topic.substr(at, slash - at));
    if (slash == std::string_view::npos) return levels;
    at = slash + 1;
  }
}

Operation Meaning(const std::vector<std::string>& levels) {
  if (levels.size() == 1 && levels[0] == "get") return Operation::kGet;
  if (levels.size() == 1 && levels[0] == "start-next") return Operation::kStartNext;
  if (levels.size() != 2 || levels[0].empty()) return Operation::kUnknown;
  if (levels[1] == "get") return levels[0] == kNext ? Operation::kDescribeNext : Operation::kDescribe;
  if (levels[1] == "update") return Operation::kUpdate;
  return Operation::kUnknown;
}

bool FromTheService(const std::vector<std::string>& levels) {
  if (levels.size() == 1) return levels[0].starts_with("notify");  // the namespaced events of Greengrass too
  return levels.back() == "accepted" || levels.back() == "rejected";
}

bool OfGreengrass(const std::vector<std::string>& levels) {
  return levels.size() >= 2 && levels[1].starts_with("namespace-");
}

std::optional<std::string> TokenIn(const json& body) {
  const auto token = body.find("clientToken");
  if (token == body.end() || !token->is_string()) return std::nullopt;
  return token->get<std::string>();
}

// AWS IoT closes the connection of a client that sends more; drydock has no hold of it, and says so instead.
Outcome<json> ReadPayload(const Request& request) {
  if (request.payload.size() > kMaxPayload) {
    return InvalidRequest("the payload has " + std::to_string(request.payload.size()) +
                          " bytes, an MQTT message of AWS IoT at most " + std::to_string(kMaxPayload));
  }
  return ParseBody(request.payload);
}

Publication Reply(const Request& request, const char* suffix, const ObjectText& text) {
  return {Publication::Kind::kReply, request.thing, request.topic + suffix, text.Text()};
}

Publication Rejected(const Request& request, std::string_view code, const std::string& message,
                     const std::optional<ExecutionState>& state, const std::optional<std::string>& token,
                     Instant now) {
  ObjectText text;
  text.Add("code", code).Add("message", message).Add("timestamp", WholeSeconds(now));
  if (token) text.Add("clientToken", *token);
  if (state) text.Add("executionState", StateObject(*state));
  return Reply(request, "/rejected", text);
}

json Summaries(const std::vector<const Execution*>& executions) {
  json list = json::array();
  for (const Execution* e : executions) list.push_back(Summary(*e));
  return list;
}

// What an accepted request is told, but for what every reply has.
struct Accepted {
  ObjectText text;
  std::optional<int64_t> version = {};  // of an update
};

// One operation each.
class Answers {
 public:
  Answers(Service& service, const Request& request, const json& body, Instant now)
      : device_(service.device()), readings_(service.readings()), request_(request), body_(body), now_(now) {}

  Outcome<Accepted> Get() {
    const auto lists = device_.GetPending(request_.thing);
    if (!lists) return lists.refusal();
    ObjectText text;
    text.Add("inProgressJobs", Summaries(lists->in_progress)).Add("queuedJobs", Summaries(lists->queued));
    return Accepted{text};
  }

  Outcome<Accepted> StartNext() {
    const auto asked = ReadStartNext(body_, Spelling::kDevice, readings_);
    if (!asked) return asked.refusal();
    return Tell(device_.StartNext(request_.thing, *asked, now_), true);
  }

  Outcome<Accepted> Describe() {
    const auto asked = ReadDescribe(body_, Spelling::kDevice);
    if (!asked) return asked.refusal();
    return Tell(device_.Describe(request_.thing, request_.job_id, *asked), asked->include_document);
  }

  Outcome<Accepted> Update() {
    const auto asked = ReadUpdate(body_, Spelling::kDevice, readings_);
    if (!asked) return asked.refusal();
    const auto updated = device_.Update(request_.thing, request_.job_id, *asked, now_);
    if (!updated) return updated.refusal();
    ObjectText text;
    if (asked->include_state) text.Add("executionState", StateObject(updated->state));
    if (asked->include_document) text.AddVerbatim("jobDocument", device_.Document(*updated->execution, now_));
    return Accepted{text, updated->state.version};
  }

 private:
  Outcome<Accepted> Tell(const Outcome<const Execution*>& execution, bool with_document) {
    if (!execution) return execution.refusal();
    ObjectText text;
    if (*execution != nullptr) {
      const std::string document = with_document ? device_.Document(**execution, now_) : "";
      text.AddVerbatim("execution", ExecutionText(**execution, with_document ? &document : nullptr, now_));
    }
    return Accepted{text};
  }

  DevicePlane& device_;
  const Readings& readings_;
  const Request& request_;
  const json& body_;
  Instant now_;
};

Outcome<Accepted> Decide(Service& service, const Request& request, const json& body, Instant now) {
  Answers answers(service, request, body, now);
  switch (request.operation) {
    case Operation::kGet:
      return answers.Get();
    case Operation::kStartNext:
      return answers.StartNext();
    case Operation::kDescribe:
    case Operation::kDescribeNext:
      return answers.Describe();
    case Operation::kUpdate:
      return answers.Update();
    case Operation::kUnknown:
      break;
  }
  return Refusal{.code = RefusalCode::kInvalidTopic,
                 .message = "no operation has the topic " + request.topic};
}

}  // namespace

std::string_view ToString(Operation operation) {
  switch (operation) {
    case Operation::kGet:
      return "get";
    case Operation::kStartNext:
      return "start-next";
    case Operation::kDescribe:
      return "describe";
    case Operation::kDescribeNext:
      return "describe-next";
    case Operation::kUpdate:
      return "update";
    case Operation::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view ToString(Publication::Kind kind) {
  switch (kind) {
    case Publication::Kind::kReply:
      return "reply";
    case Publication::Kind::kNotify:
      return "notify";
    case Publication::Kind::kNotifyNext:
      return "notify-next";
    case Publication::Kind::kRaw:
      break;
  }
  return "raw";
}

std::string_view MqttCode(RefusalCode code) {
  switch (code) {
    case RefusalCode::kInvalidTopic:
      return "InvalidTopic";
    case RefusalCode::kInvalidJson:
      return "InvalidJson";
    case RefusalCode::kInvalidStateTransition:
      return "InvalidStateTransition";
    case RefusalCode::kResourceNotFound:
      return "ResourceNotFound";
    case RefusalCode::kVersionMismatch:
      return "VersionMismatch";
    case RefusalCode::kTerminalStateReached:
      return "TerminalStateReached";
    case RefusalCode::kRequestThrottled:
      return "RequestThrottled";
    case RefusalCode::kInternalError:
      return "InternalError";
    case RefusalCode::kInvalidRequest:
    case RefusalCode::kResourceAlreadyExists:  // this one and the next: only operators are told
    case RefusalCode::kLimitExceeded:
    case RefusalCode::kUnknownOperation:
      break;
  }
  return "InvalidRequest";
}

std::optional<Request> ParseRequest(const std::string& topic, std::string payload) {
  if (!topic.starts_with(kPrefix)) return std::nullopt;
  auto levels = Levels(std::string_view(topic).substr(kPrefix.size()));
  if (levels.size() < 3 || levels[1] != "jobs") return std::nullopt;
  std::string thing = levels[0];
  levels.erase(levels.begin(), levels.begin() + 2);
  if (FromTheService(levels) || OfGreengrass(levels)) return std::nullopt;
  const Operation operation = Meaning(levels);
  const bool of_a_job = levels.size() == 2;
  return Request{operation, topic, std::move(thing), of_a_job ? levels[0] : "", std::move(payload)};
}

Publication Answer(Service& service, const Request& request, Instant now) {
  service.Tick(now);
  const auto body = ReadPayload(request);
  const auto token = body ? TokenIn(*body) : std::nullopt;
  const Outcome<Accepted> decided = [&]() -> Outcome<Accepted> {
    if (request.operation == Operation::kUnknown) return Decide(service, request, json::object(), now);
    if (!body) return body.refusal();
    if (!body->value("clientToken", json()).is_null() && !token) {
      return InvalidRequest("clientToken must be a string");
    }
    return Decide(service, request, *body, now);
  }();
  if (!decided) {
    const Refusal& refusal = decided.refusal();
    return Rejected(request, MqttCode(refusal.code), refusal.message, refusal.state, token, now);
  }
  ObjectText text = decided->text;
  text.Add("timestamp", WholeSeconds(now));
  if (token) text.Add("clientToken", *token);
  Publication accepted = Reply(request, "/accepted", text);
  accepted.version = decided->version;
  return accepted;
}

Publication Reject(const Request& request, std::string_view code, const std::string& message, Instant now) {
  const auto body = ParseBody(request.payload);
  return Rejected(request, code, message, std::nullopt, body ? TokenIn(*body) : std::nullopt, now);
}

Publication Publish(const Event& event) {
  const bool next = event.kind == Event::Kind::kNotifyNext;
  return {next ? Publication::Kind::kNotifyNext : Publication::Kind::kNotify, event.thing,
          std::string(kPrefix) + event.thing + (next ? "/jobs/notify-next" : "/jobs/notify"), event.payload};
}

std::string StatusIn(const Request& request) {
  const auto body = ParseBody(request.payload);
  if (!body) return "";
  const auto status = body->find("status");
  return status != body->end() && status->is_string() ? status->get<std::string>() : "";
}

}  // namespace kedge::drydock
