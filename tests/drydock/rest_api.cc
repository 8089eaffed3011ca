#include "rest_api.h"

#include <algorithm>

#include "payloads.h"
#include "requests.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const int high = escape ? HexDigit(text[i + 1]) : -1;
    const int low = escape ? HexDigit(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// Credential=AKID/DATE/REGION/SERVICE/aws4_request. Both planes have GET /things/T/jobs[/J], with other
// answers.
bool IsDataPlane(std::string_view authorization) {
  constexpr std::string_view kCredential = "Credential=";
  const auto at = authorization.find(kCredential);
  if (at == std::string_view::npos) return false;
  const auto scope = Split(authorization.substr(at + kCredential.size()), '/');
  return scope.size() > 3 && scope[3] == "iot-jobs-data";
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
      return {500, "InternalFailureException"};
    case RefusalCode::kInvalidTopic:
    case RefusalCode::kInvalidJson:
    case RefusalCode::kInvalidRequest:
      break;
  }
  return {400, "InvalidRequestException"};
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

// The CLI sends flags and numbers in the query, some documents show them in the body: both are members here.
json WithQuery(json members, const Target& target) {
  for (const auto& [name, value] : target.query) {
    if (value == "true" || value == "false") {
      members[name] = value == "true";
    } else {
      members[name] = value;
    }
  }
  return members;
}

}  // namespace

Target ParseTarget(const std::string& text) {
  const auto parts = Split(text, '?');
  Target target;
  for (const auto segment : Split(parts[0], '/')) {
    if (!segment.empty()) target.path.push_back(Decoded(segment));
  }
  if (parts.size() < 2) return target;
  for (const auto pair : Split(parts[1], '&')) {
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    target.query.emplace_back(Decoded(pair.substr(0, equals)), Decoded(value));
  }
  return target;
}

bool RestCall::Is(std::string_view wanted_method, std::string_view pattern) const {
  const auto wanted = Split(pattern, '/');
  return method == wanted_method &&
         std::equal(wanted.begin(), wanted.end(), target.path.begin(), target.path.end(),
                    [](auto w, const auto& p) { return w == "*" || w == p; });
}

Refusal UnknownOperation(const RestCall& call) {
  std::string path;
  for (const auto& segment : call.target.path) path += "/" + segment;
  return {.code = RefusalCode::kUnknownOperation,
          .message = "drydock does not know " + call.method + " " + path};
}

HttpReply AnswerRest(Service& service, const Endpoints& endpoints, const HttpRequest& request, Instant now) {
  service.Tick(now);
  const bool data_plane = IsDataPlane(request.Header("authorization"));
  const auto body = ParseBody(request.body);
  if (!body) return ErrorReply(body.refusal(), data_plane);
  const Target target = ParseTarget(request.target);
  const RestCall call{request.method, target, WithQuery(*body, target), now};
  const RestAnswer answer = data_plane ? AnswerData(service, call) : AnswerControl(service, endpoints, call);
  if (!answer) return ErrorReply(answer.refusal(), data_plane);
  return {.body = answer->is_null() ? "" : Dump(*answer)};
}

}  // namespace kedge::drydock
