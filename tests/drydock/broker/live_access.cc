#include "broker/live_access.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <chrono>

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr const char* kCommands = "$CONTROL/dynamic-security/v1";
constexpr const char* kResponses = "$CONTROL/dynamic-security/v1/response";
constexpr auto kLimit = std::chrono::seconds(10);
// In one message: a role takes about 2 KiB, a packet about 128 KiB.
constexpr std::size_t kBatch = 32;

mqtt::connect_options Options(const AdminAccount& admin) {
  mqtt::ssl_options tls;
  tls.set_trust_store(admin.ca);
  tls.set_key_store(admin.cert);
  tls.set_private_key(admin.key);
  tls.set_verify(true);
  mqtt::connect_options options;
  options.set_clean_session(true);
  options.set_connect_timeout(kLimit);
  options.set_ssl(tls);
  return options;
}

void Within(const mqtt::token_ptr& token) {
  if (!token->wait_for(kLimit)) throw mqtt::exception(MQTTASYNC_FAILURE, "no answer");
}

// Somebody else (another `drydock broker`, mosquitto_ctrl) may have been first.
bool IsDone(const json& response) {
  return !response.contains("error") || response.value("error", "").ends_with("already exists");
}

Result<void> SendBatch(mqtt::async_client& client, const json& commands) {
  Within(client.publish(kCommands, json{{"commands", commands}}.dump(), 1, false));
  mqtt::const_message_ptr message;
  if (!client.try_consume_message_for(&message, kLimit) || !message) {
    return Unexpected{ErrorKind::kUnavailable, "it takes the commands and does not answer them"};
  }
  const json answer = json::parse(message->get_payload_str(), nullptr, false);
  const json responses = answer.is_object() ? answer.value("responses", json::array()) : json::array();
  for (const json& response : responses) {
    if (!IsDone(response)) {
      return Unexpected{ErrorKind::kDenied, "it refuses " + response.value("command", "a command") + ": " +
                                                response.value("error", "")};
    }
  }
  if (responses.size() != commands.size()) {
    return Unexpected{ErrorKind::kUnavailable, "it did not do all that it was told: " + answer.dump()};
  }
  return {};
}

Result<void> Send(mqtt::async_client& client, const AdminAccount& admin, const std::vector<json>& commands) {
  client.start_consuming();
  Within(client.connect(Options(admin)));
  Within(client.subscribe(kResponses, 1));
  for (std::size_t from = 0; from < commands.size(); from += kBatch) {
    const std::size_t count = std::min(kBatch, commands.size() - from);
    const json batch(std::vector<json>(commands.begin() + static_cast<std::ptrdiff_t>(from),
                                       commands.begin() + static_cast<std::ptrdiff_t>(from + count)));
    if (const auto sent = SendBatch(client, batch); !sent) return sent;
  }
  Within(client.disconnect());
  return {};
}

}  // namespace

Result<void> SendCommands(const AdminAccount& admin, const std::vector<json>& commands) {
  const std::string address = "ssl://" + admin.host + ":" + std::to_string(admin.port);
  const std::string context = "cannot change the rules of the broker that runs at " + address;
  try {
    mqtt::async_client client(address, "");
    const auto sent = Send(client, admin, commands);
    if (!sent) return Unexpected(sent.error().Within(context));
    return {};
  } catch (const mqtt::exception& problem) {
    return Unexpected{ErrorKind::kUnavailable, context + ": " + problem.what()};
  }
}

}  // namespace kedge::drydock
