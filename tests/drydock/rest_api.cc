#include "rest_api.h"

#include <algorithm>

#include "members.h"
#include "payloads.h"
#include "percent.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxBody = 512U << 10U;  // room for the largest CreateJob, every character escaped

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

struct HttpError {
  int status;
  const char* type;
};

HttpError ErrorOf(RefusalCode code, bool data_plane) {
  switch (code) {
    case RefusalCode::kInvalidStateTransition:
      return {409, "InvalidStateTransitionException"};
    case RefusalCode::kVersionMismatch:
      // The data plane's model has no exception for it.
      return {409, data_plane ? "InvalidStateTransitionException" : "VersionConflictException"};
    case RefusalCode::kResourceAlreadyExists:
      return {409, "ResourceAlreadyExistsException"};
    case RefusalCode::kResourceNotFound:
      return {404, "ResourceNotFoundException"};
    case RefusalCode::kLimitExceeded:
      return {410, "LimitExceededException"};
    case RefusalCode::kUnknownOperation:
      return {404, "UnknownOperationException"};
    case RefusalCode::kTerminalStateReached:
      return {410, "TerminalStateException"};
    case RefusalCode::kRequestThrottled:
      return {data_plane ? 429 : 400, "ThrottlingException"};
    case RefusalCode::kInternalError:
      // The data plane's model has no other exception for it.
      if (data_plane) return {503, "ServiceUnavailableException"};
      return {500, "InternalFailureException"};
    case RefusalCode::kInvalidTopic:
    case RefusalCode::kInvalidJson:
    case RefusalCode::kInvalidRequest:
      break;
  }
  return {400, "InvalidRequestException"};
}

json AsObject(const Target& target) {
  json query = json::object();
  for (const auto& [name, value] : target.query) query[name] = value;
  return query;
}

}  // namespace

bool IsForDataPlane(const HttpRequest& request) {
  constexpr std::string_view kCredential = "Credential=";
  const std::string authorization = request.Header("authorization");
  const auto at = authorization.find(kCredential);
  if (at == std::string::npos) return false;
  const auto scope = Split(std::string_view(authorization).substr(at + kCredential.size()), '/');
  return scope.size() > 3 && scope[3] == "iot-jobs-data";
}

Target ParseTarget(const std::string& text) {
  const auto parts = Split(text, '?');
  Target target;
  const auto segments = Split(parts[0], '/');
  // The text before the first slash is nothing. An empty segment further on stays: it is an empty name.
  for (std::size_t i = 1; i < segments.size(); ++i) target.path.push_back(PercentDecoded(segments[i]));
  if (parts.size() < 2) return target;
  for (const auto pair : Split(parts[1], '&')) {
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    target.query.emplace_back(PercentDecoded(pair.substr(0, equals)), PercentDecoded(value));
  }
  return target;
}

bool RestCall::Is(const RestOperation& operation) const {
  const auto wanted = Split(operation.pattern, '/');
  return method == operation.method &&
         std::equal(wanted.begin(), wanted.end(), target.path.begin(), target.path.end(),
                    [](auto w, const auto& p) { return w == "*" || w == p; });
}

std::string RestCall::Path() const {
  std::string path;
  for (const auto& segment : target.path) path += "/" + segment;
  return path;
}

Refusal UnknownOperation(const RestCall& call) {
  return {.code = RefusalCode::kUnknownOperation,
          .message = "drydock does not know " + call.method + " " + call.Path()};
}

HttpReply ErrorReply(const Refusal& refusal, bool data_plane) {
  const HttpError error = ErrorOf(refusal.code, data_plane);
  json body = {{"message", refusal.message}};
  if (!refusal.resource_arn.empty()) {
    body["resourceId"] = refusal.resource_id;
    body["resourceArn"] = refusal.resource_arn;
  }
  return {.status = error.status, .body = Dump(body), .error_type = error.type};
}

HttpReply AnswerRest(Service& service, const Endpoints& endpoints, const HttpRequest& request, Instant now) {
  service.Tick(now);
  const bool data_plane = IsForDataPlane(request);
  if (request.body.size() > kMaxBody) {
    return ErrorReply(InvalidRequest("the body has " + std::to_string(request.body.size()) +
                                     " bytes, at most " + std::to_string(kMaxBody) + " are allowed"),
                      data_plane);
  }
  const auto body = ParseBody(request.body);
  if (!body) return ErrorReply(body.refusal(), data_plane);
  const Target target = ParseTarget(request.target);
  const RestCall call{request.method, target, *body, AsObject(target), now};
  const RestAnswer answer = data_plane ? AnswerData(service, call) : AnswerControl(service, endpoints, call);
  if (!answer) return ErrorReply(answer.refusal(), data_plane);
  return {.body = answer->is_null() ? "" : Dump(*answer)};
}

}  // namespace kedge::drydock
