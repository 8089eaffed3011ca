#include "link/mqtt_session.h"

#include <mqtt/async_client.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "link/tcp.h"

namespace kedge::link {
namespace {

constexpr int kQos = 1;
constexpr int kHttpsPort = 443;
constexpr char kAlpn[] = "x-amzn-mqtt-ca";  // MQTT with a client certificate on port 443 (reference 8.3)
constexpr int kMaxInflight = 64;  // below AWS's limit of 100 unacknowledged messages (reference 8.2)
constexpr int kRefusal = 0x80;
constexpr auto kGoodbye = std::chrono::milliseconds(1000);

// Passes Paho's answers on as a code: above 0 the broker's refusal, below 0 no answer.
class Listener : public mqtt::iaction_listener {
 public:
  using Done = std::function<void(const mqtt::token& token, int code)>;
  Listener(bool version5, Done done) : version5_(version5), done_(std::move(done)) {}

  void on_success(const mqtt::token& token) override { done_(token, 0); }
  void on_failure(const mqtt::token& token) override {
    // A refused SUBSCRIBE or PUBLISH of MQTT 5 has the code in the reason, all else in the return code.
    const int reason = version5_ ? static_cast<int>(token.get_reason_code()) : 0;
    const int code = reason >= kRefusal ? reason : token.get_return_code();
    done_(token, code != 0 ? code : -1);
  }

 private:
  const bool version5_;
  const Done done_;
};

uintptr_t Context(const mqtt::token& token) { return reinterpret_cast<uintptr_t>(token.get_user_context()); }

// How many QoS 1 messages the broker takes before it acknowledges one (MQTT 5, 3.2.2.3.3).
int ReceiveMaximum(const mqtt::token& connect, bool version5) {
  if (!version5) return kMaxInflight;
  try {
    const mqtt::properties properties = connect.get_connect_response().get_properties();
    if (!properties.contains(mqtt::property::RECEIVE_MAXIMUM)) return kMaxInflight;
    return std::min<int>(mqtt::get<uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM), kMaxInflight);
  } catch (const std::exception&) {
    return 1;  // always right
  }
}

std::string Uri(const BrokerConfig& config) {
  const bool ipv6 = config.host.find(':') != std::string::npos && config.host.front() != '[';
  const std::string host = ipv6 ? '[' + config.host + ']' : config.host;
  return (config.tls ? "ssl://" : "tcp://") + host + ':' + std::to_string(config.port);
}

mqtt::connect_options Options(const BrokerConfig& config, bool version5) {
  mqtt::connect_options options;
  options.set_mqtt_version(version5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
  if (version5) {
    options.set_clean_start(true);
  } else {
    options.set_clean_session(true);
  }
  options.set_keep_alive_interval(config.keep_alive);
  // Broker's own deadline is the one that counts; this one only lets Paho clean up, and has whole seconds.
  options.set_connect_timeout(std::chrono::ceil<std::chrono::seconds>(config.connect_timeout));
  options.set_automatic_reconnect(false);
  if (config.tls) {
    mqtt::ssl_options ssl;
    ssl.set_trust_store(config.ca_file);
    ssl.set_key_store(config.certificate_file);
    ssl.set_private_key(config.key_file);
    ssl.set_enable_server_cert_auth(true);
    ssl.set_verify(true);  // the name in the certificate too
    if (config.port == kHttpsPort) ssl.set_alpn_protos({kAlpn});
    // No error handler: Paho C++ 1.2 keeps a pointer to a copy of these options that is gone when it is
    // called.
    options.set_ssl(ssl);
  }
  return options;
}

Unexpected Refused(const std::string& what, const std::exception& error) {
  return Unexpected{ErrorKind::kUnavailable, what + ": " + error.what()};
}

}  // namespace

class MqttSession::Impl {
 public:
  Impl(const BrokerConfig& config, bool version5, Callbacks callbacks)
      : callbacks_(std::move(callbacks)),
        options_(Options(config, version5)),
        connect_(version5,
                 [this, version5](const mqtt::token& token, int code) {
                   code == 0 ? callbacks_.connected(ReceiveMaximum(token, version5))
                             : callbacks_.failed(code);
                 }),
        subscribe_(version5, [this](const mqtt::token& token,
                                    int code) { callbacks_.subscribed(Context(token), code); }),
        publish_(version5,
                 [this, port = config.port](const mqtt::token& token, int code) {
                   AcknowledgeNow(port);
                   callbacks_.published(static_cast<int64_t>(Context(token)), code);
                 }),
        client_(Uri(config), config.client_id,
                mqtt::create_options(version5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1)) {
    client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
      callbacks_.message(message->get_topic(), message->to_string(), message->is_retained());
    });
    client_.set_connection_lost_handler([this](const std::string& cause) { callbacks_.lost(cause); });
    client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode code) {
      const char* text = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
      callbacks_.lost(text != nullptr ? text : "");
    });
  }

  ~Impl() {
    try {
      if (client_.is_connected()) client_.disconnect(static_cast<int>(kGoodbye.count()))->wait_for(kGoodbye);
    } catch (const std::exception&) {
      // Not connected after all: there is nobody to say goodbye to.
    }
  }

  Callbacks callbacks_;
  mqtt::connect_options options_;
  Listener connect_, subscribe_, publish_;
  mqtt::async_client client_;  // last: calls the listeners until it is gone
};

MqttSession::MqttSession(const BrokerConfig& config, bool version5, Callbacks callbacks)
    : impl_(std::make_unique<Impl>(config, version5, std::move(callbacks))) {}

MqttSession::~MqttSession() = default;

Result<void> MqttSession::Connect() {
  try {
    impl_->client_.connect(impl_->options_, nullptr, impl_->connect_);
    return {};
  } catch (const std::exception& error) {
    return Refused("connect", error);
  }
}

Result<void> MqttSession::Subscribe(size_t filter, const std::string& text) {
  // One filter a packet: so Paho's answer names the filter, and a SUBACK of another length cannot mislead it.
  try {
    impl_->client_.subscribe(text, kQos, reinterpret_cast<void*>(static_cast<uintptr_t>(filter)),
                             impl_->subscribe_);
    return {};
  } catch (const std::exception& error) {
    return Refused("subscribe to " + text, error);
  }
}

Result<void> MqttSession::Publish(int64_t id, const std::string& topic, const std::string& payload,
                                  bool retain) {
  try {
    impl_->client_.publish(mqtt::make_message(topic, payload, kQos, retain),
                           reinterpret_cast<void*>(static_cast<uintptr_t>(id)), impl_->publish_);
    return {};
  } catch (const std::exception& error) {
    return Refused("publish on " + topic, error);
  }
}

}  // namespace kedge::link
