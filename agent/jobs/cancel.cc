#include "jobs/cancel.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/status_details.h"
#include "jobs/fields.h"
#include "jobs/json_reader.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

constexpr size_t kMaxDepth = 2;  // statusDetails is the only member that is a container

CancelMessage Refused(Error error) { return {"", Unexpected(std::move(error))}; }

bool IsWholeNumber(std::string_view text, int64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && *number >= 1;
}

std::optional<int64_t> Number(Fields& fields, const char* key) {
  const int64_t number = fields.Number(key, 1, 0);
  return number == 0 ? std::nullopt : std::optional(number);
}

// The service's rules (core/status_details.h), so that all of it can be reported.
DetailsMap Details(Fields& fields) {
  const char* const key = "statusDetails";
  DetailsMap details;
  const json* object = fields.Object(key);
  if (object == nullptr) return details;
  if (object->size() > kMaxDetails) {
    fields.Refuse(key, "has " + std::to_string(object->size()) + " pairs, more than the 10 allowed");
    return details;
  }
  for (const auto& [name, value] : object->items()) {
    if (name.empty() || SafeDetailKey(name) != name) {
      fields.Refuse(key,
                    "has a key, '" + SafeDetailKey(name) +
                        "' or alike, that is not 1 to 128 characters of a-z, A-Z, 0-9, ':', '_' and '-'");
      return details;
    }
    const std::string where = std::string(key) + "." + name;
    if (!value.is_string()) {
      fields.Refuse(where, value.is_discarded() ? "is there twice"
                                                : "is " + std::string(KindOf(value)) + ", expected a string");
      return details;
    }
    const auto& text = value.get_ref<const std::string&>();
    std::string safe = SafeDetailValue(text);
    if (safe.empty() || text.size() > kMaxDetailValue) {
      fields.Refuse(where, safe.empty() ? "is empty" : "is longer than 1024 bytes");
      return details;
    }
    details.emplace(name, std::move(safe));
  }
  return details;
}

// `force` as AWS says it, `isForced` as OCI does.
bool Force(Fields& fields) {
  const bool aws = fields.Flag("force");
  const bool oci = fields.Flag("isForced");
  if (aws != oci && fields.Find("force") != nullptr && fields.Find("isForced") != nullptr) {
    fields.Refuse("isForced", "says something else than force");
  }
  return aws || oci;
}

// The numbers themselves, or both in one tag.
void ReadVersion(Fields& fields, CancelRequested* request) {
  request->number = Number(fields, "executionNumber");
  request->expected_version = Number(fields, "expectedVersion");
  const std::string text = fields.Text("ifMatch");
  if (fields.Find("ifMatch") != nullptr) {
    const auto tag = ExecutionTagFrom(text);
    if (!tag) {
      fields.Refuse("ifMatch", "is no etag of an execution: its number and version, as \"1:3\"");
    } else if (request->number.value_or(tag->number) != tag->number ||
               request->expected_version.value_or(tag->version) != tag->version) {
      fields.Refuse("ifMatch", "says something else than executionNumber and expectedVersion");
    } else {
      request->number = tag->number;
      request->expected_version = tag->version;
    }
  }
  if (!request->job && (request->number || request->expected_version)) {
    fields.Refuse("jobId", "is missing: a number or version is one of a job");
  }
}

}  // namespace

std::string ToString(const ExecutionTag& tag) {
  return std::to_string(tag.number) + ":" + std::to_string(tag.version);
}

std::optional<ExecutionTag> ExecutionTagFrom(std::string_view text) {
  // Tools that carry etags about may leave them in quotes, as HTTP writes them.
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const size_t colon = text.find(':');
  ExecutionTag tag;
  if (colon == std::string_view::npos || !IsWholeNumber(text.substr(0, colon), &tag.number) ||
      !IsWholeNumber(text.substr(colon + 1), &tag.version)) {
    return std::nullopt;
  }
  return tag;
}

CancelMessage DecodeCancel(std::string_view thing, std::string_view payload, std::string origin) {
  // Who takes a retained message away publishes an empty one: it must not be an order.
  Result<json> value = ReadJson(payload, kMaxDepth);
  if (!value) return Refused({value.error().kind, "the payload " + value.error().message});
  Result<Fields> of = Fields::Of(*value, "");
  if (!of) return Refused(of.error());
  Fields& fields = *of;

  std::string token = fields.Text("clientToken");
  if (!token.empty() && !IsClientToken(token)) {
    fields.Refuse("clientToken", "is not 1 to 64 characters of a-z, A-Z, 0-9, '_' and '-'");
    token.clear();
  }
  const std::string meant = fields.Text("thingName");
  if (!thing.empty() && fields.Find("thingName") != nullptr && meant != thing) {
    fields.Refuse("thingName", "is another than this one, " + std::string(thing));
  }
  CancelRequested request;
  request.job = fields.Job("jobId");
  request.force = Force(fields);
  request.reason = SafeDetailValue(fields.Text("reason"));
  request.details = Details(fields);
  ReadVersion(fields, &request);
  request.origin = std::move(origin);
  if (!fields.ok()) return {std::move(token), fields.problem()};
  return {std::move(token), std::move(request)};
}

std::optional<std::string> CancelGuard::Refusal(const CancelMessage& message, bool retained) {
  if (retained) {
    return "the request is a retained message, of an unknown day; publish it again without RETAIN, and take "
           "the retained one away with an empty one";
  }
  if (!message.request || message.request->job || message.token.empty()) return std::nullopt;
  if (std::find(tokens_.begin(), tokens_.end(), message.token) != tokens_.end()) {
    return "a request without jobId and with the clientToken " + Quoted(message.token) +
           " was answered already; a new request needs a new token";
  }
  tokens_.push_back(message.token);
  if (tokens_.size() > kRemembered) tokens_.pop_front();
  return std::nullopt;
}

Answer InvalidCancel(std::string why) {
  return {0, false, std::move(why), RejectedCode::kInvalidRequest, {}, {}};
}

std::string CancelAnswerText(const std::string& token, const Answer& answer) {
  json body = {{"accepted", answer.accepted}, {"message", answer.text}};
  // Who refuses without a code could not do it: the journal could not be written.
  if (!answer.accepted) body["code"] = ToString(answer.code.value_or(RejectedCode::kInternalError));
  if (!token.empty()) body["clientToken"] = token;
  if (answer.execution) {
    body["jobId"] = answer.execution->job.value;
    body["executionNumber"] = answer.execution->number;
  }
  if (answer.state) {
    body["executionState"]["status"] = ToString(answer.state->status);
    if (answer.state->version > 0) body["executionState"]["versionNumber"] = answer.state->version;
  }
  return WriteJson(body);
}

Message Encode(const Topics& topics, const std::string& token, const Answer& answer) {
  return {topics.CancelAnswerTopic(answer.accepted ? Reply::kAccepted : Reply::kRejected),
          CancelAnswerText(token, answer)};
}

}  // namespace kedge::jobs
