#include "requests.h"

#include <charconv>
#include <limits>

#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

std::optional<int64_t> AsInteger(const json& value) {
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kMost)) return std::nullopt;
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <typename Request>
Outcome<Request> Finish(const Members& members, Request request) {
  if (members.problem()) return *members.problem();
  return request;
}

}  // namespace

Outcome<json> ParseBody(std::string_view body) {
  if (body.empty()) return json::object();
  json parsed = json::parse(body, nullptr, false);
  if (parsed.is_discarded()) {
    return Refusal{.code = RefusalCode::kInvalidJson, .message = "the payload is not valid JSON in UTF-8"};
  }
  if (!parsed.is_object()) return InvalidRequest("the payload must be a JSON object");
  return parsed;
}

const json* Members::Find(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) return nullptr;
  return &*found;
}

void Members::Refuse(std::string message) {
  if (!problem_) problem_ = InvalidRequest(std::move(message));
}

std::optional<std::string> Members::Text(const char* name) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  Refuse(std::string(name) + " must be a string");
  return std::nullopt;
}

std::optional<int64_t> Members::Integer(const char* name, int64_t least, int64_t most) {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = AsInteger(*value);
  if (number && *number >= least && *number <= most) return number;
  Refuse(std::string(name) + " must be a whole number from " + std::to_string(least) +
         (most == kMost ? " up" : " to " + std::to_string(most)));
  return std::nullopt;
}

bool Members::Flag(const char* name, bool when_absent) {
  const json* value = Find(name);
  if (value == nullptr) return when_absent;
  if (value->is_boolean()) return value->get<bool>();
  Refuse(std::string(name) + " must be true or false");
  return when_absent;
}

std::optional<StatusDetails> Members::Details(const char* name, std::size_t max_value_characters) {
  const json* value = Object(name);
  if (value == nullptr) return std::nullopt;
  StatusDetails details;
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) {
      Refuse(std::string(name) + " value of '" + key + "' must be a string");
      return std::nullopt;
    }
    details[key] = text.get<std::string>();
  }
  if (const auto wrong = DetailsProblem(details, max_value_characters)) {
    Refuse(*wrong);
    return std::nullopt;
  }
  return details;
}

std::optional<std::chrono::minutes> Members::StepTimeout(bool may_discard) {
  constexpr const char* kName = "stepTimeoutInMinutes";
  const auto minutes = Integer(kName, may_discard ? -1 : 1, kMaxTimeoutMinutes);
  if (!minutes) return std::nullopt;
  if (*minutes == 0) {
    Refuse(std::string(kName) + " must be 1 to 10080, or -1 for no step timer");
    return std::nullopt;
  }
  return std::chrono::minutes(*minutes);
}

const json* Members::Object(const char* name) {
  const json* value = Find(name);
  if (value == nullptr || value->is_object()) return value;
  Refuse(std::string(name) + " must be an object");
  return nullptr;
}

const json* Members::Array(const char* name) {
  const json* value = Find(name);
  if (value == nullptr || value->is_array()) return value;
  Refuse(std::string(name) + " must be an array");
  return nullptr;
}

Outcome<StartNextRequest> ReadStartNext(const json& body) {
  Members members(body);
  StartNextRequest request;
  request.details = members.Details("statusDetails", kMaxDetailValue);
  request.step_timeout = members.StepTimeout(false);
  return Finish(members, request);
}

Outcome<DescribeRequest> ReadDescribe(const json& body) {
  Members members(body);
  DescribeRequest request;
  request.execution_number = members.Integer("executionNumber", 0, kMost);
  request.include_document = members.Flag("includeJobDocument", true);
  return Finish(members, request);
}

Outcome<UpdateRequest> ReadUpdate(const json& body) {
  Members members(body);
  UpdateRequest request;
  const auto word = members.Text("status");
  const auto status = StatusFrom(word.value_or(""));
  if (!word) {
    members.Refuse("status is missing: every update must say IN_PROGRESS, SUCCEEDED, FAILED or REJECTED");
  } else if (status == Status::kInProgress || status == Status::kSucceeded || status == Status::kFailed ||
             status == Status::kRejected) {
    request.status = *status;
  } else {
    members.Refuse("status '" + *word +
                   "' is not one that a device may set: IN_PROGRESS, SUCCEEDED, FAILED, REJECTED");
  }
  request.details = members.Details("statusDetails", kMaxDetailValue);
  request.expected_version = members.Integer("expectedVersion", 0, kMost);
  request.execution_number = members.Integer("executionNumber", 0, kMost);
  request.step_timeout = members.StepTimeout(true);
  request.include_state = members.Flag("includeJobExecutionState", false);
  request.include_document = members.Flag("includeJobDocument", false);
  return Finish(members, request);
}

Outcome<CancelExecutionRequest> ReadCancelExecution(const json& body) {
  Members members(body);
  CancelExecutionRequest request;
  request.force = members.Flag("force", false);
  request.expected_version = members.Integer("expectedVersion", 0, kMost);
  // The control plane's model has no upper limit for a value, the data plane's has.
  request.details = members.Details("statusDetails", std::numeric_limits<std::size_t>::max());
  return Finish(members, request);
}

}  // namespace kedge::drydock
