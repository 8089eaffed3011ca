#include "jobs/requests.h"

#include <nlohmann/json.hpp>

#include "jobs/json_reader.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

json WithToken(const std::string& token) {
  json body = json::object();
  if (!token.empty()) body["clientToken"] = token;
  return body;
}

}  // namespace

Message Encode(const Topics& topics, const SendUpdate& update) {
  json body = WithToken(update.token);
  body["status"] = ToString(update.status);
  body["executionNumber"] = update.execution.number;
  if (update.expected_version) body["expectedVersion"] = *update.expected_version;
  if (!update.details.empty()) body["statusDetails"] = update.details;
  if (update.step_timeout_minutes) body["stepTimeoutInMinutes"] = *update.step_timeout_minutes;
  return {topics.Update(update.execution.job), WriteJson(body)};
}

Message Encode(const Topics& topics, const AskNext& ask) {
  return {topics.DescribeNext(), WriteJson(WithToken(ask.token))};  // over MQTT the document comes unasked
}

Message Encode(const Topics& topics, const Describe& describe) {
  json body = WithToken(describe.token);
  body["executionNumber"] = describe.execution.number;
  body["includeJobDocument"] = describe.document;
  return {topics.Describe(describe.execution.job), WriteJson(body)};
}

Message Encode(const Topics& topics, const GetPending& get) {
  return {topics.GetPending(), WriteJson(WithToken(get.token))};
}

Message Encode(const Topics& topics, const StartNext& start) {
  json body = WithToken(start.token);
  if (!start.details.empty()) body["statusDetails"] = start.details;
  return {topics.StartNext(), WriteJson(body)};
}

}  // namespace kedge::jobs
