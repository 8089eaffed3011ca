#include "jobs/cancel.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/status_details.h"
#include "jobs/fields.h"
#include "jobs/json_reader.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

constexpr size_t kMaxDepth = 1;  // no member of a request is a container

CancelMessage Refused(Error error) { return {"", Unexpected(std::move(error))}; }

}  // namespace

CancelMessage DecodeCancel(const Topics& topics, std::string_view payload) {
  Result<json> value = ReadJson(payload.empty() ? "{}" : payload, kMaxDepth);
  if (!value) return Refused({value.error().kind, "the payload " + value.error().message});
  Result<Fields> of = Fields::Of(*value, "");
  if (!of) return Refused(of.error());
  Fields& fields = *of;

  std::string token = fields.Text("clientToken");
  if (!token.empty() && !IsClientToken(token)) {
    fields.Refuse("clientToken", "is not 1 to 64 characters of a-z, A-Z, 0-9, '_' and '-'");
    token.clear();
  }
  CancelRequested request;
  request.job = fields.Job("jobId");
  request.force = fields.Flag("force");
  request.reason = SafeDetailValue(fields.Text("reason"));
  request.origin = "topic " + topics.CancelTopic();
  if (!fields.ok()) return {std::move(token), fields.problem()};
  return {std::move(token), std::move(request)};
}

Message Encode(const Topics& topics, const CancelAnswer& answer) {
  json body = {{"message", answer.text}};
  if (!answer.token.empty()) body["clientToken"] = answer.token;
  return {topics.CancelAnswerTopic(answer.accepted ? Reply::kAccepted : Reply::kRejected), WriteJson(body)};
}

}  // namespace kedge::jobs
