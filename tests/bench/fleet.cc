#include "bench/fleet.h"

#include <mqtt/async_client.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/proc.h"
#include "link/tcp.h"

namespace kedge::bench {

using nlohmann::json;

namespace {

constexpr int kQos = 1;
constexpr std::chrono::seconds kConnectLimit{60};

mqtt::connect_options Options(const FleetBroker& broker) {
  mqtt::ssl_options tls;
  tls.set_trust_store(broker.ca);
  tls.set_key_store(broker.certificate);
  tls.set_private_key(broker.key);
  return mqtt::connect_options_builder()
      .mqtt_version(MQTTVERSION_5)
      .clean_start(true)
      .connect_timeout(kConnectLimit)
      .ssl(std::move(tls))
      .finalize();
}

}  // namespace

// All its callbacks come on the one thread that Paho has for all clients of the process.
class Thing : private mqtt::callback {
 public:
  Thing(Fleet& fleet, const std::string& uri, const std::string& name)
      : fleet_(fleet),
        jobs_("$aws/things/" + name + "/jobs/"),
        client_(uri, name, mqtt::create_options(MQTTVERSION_5)) {
    client_.set_callback(*this);
  }
  ~Thing() override {
    try {
      client_.disconnect(0)->wait_for(std::chrono::seconds(5));
    } catch (const mqtt::exception&) {
      // had no connection any more
    }
  }

  mqtt::token_ptr Connect(const mqtt::connect_options& options) { return client_.connect(options); }
  mqtt::token_ptr Subscribe() {
    const auto topics = mqtt::string_collection::create(
        {jobs_ + "notify", jobs_ + "notify-next", jobs_ + "get/+", jobs_ + "+/get/+", jobs_ + "+/update/+"});
    return client_.subscribe(topics, {kQos, kQos, kQos, kQos, kQos});
  }
  void AskForNext() { Send("$next/get", json{{"includeJobDocument", false}}); }

 private:
  void Send(const std::string& operation, const json& body) {
    sent_at_ = MonotonicNanos();
    client_.publish(jobs_ + operation, body.dump(), kQos, false);
  }
  void Update(const char* status) {
    status_ = status;
    token_ = job_ + "-" + status;
    Send(job_ + "/update", json{{"status", status}, {"executionNumber", number_}, {"clientToken", token_}});
  }

  void message_arrived(mqtt::const_message_ptr message) override {
    const std::string operation = message->get_topic().substr(jobs_.size());
    if (operation == "$next/get/accepted") return Next(json::parse(message->get_payload_str()));
    if (operation.ends_with("/update/accepted")) return Accepted(json::parse(message->get_payload_str()));
    if (operation.ends_with("/rejected")) fleet_.CountRejection();
  }
  void Next(const json& reply) {
    if (!reply.contains("execution")) return;
    job_ = reply["execution"]["jobId"];
    number_ = reply["execution"]["executionNumber"];
    Update("IN_PROGRESS");
  }
  void Accepted(const json& reply) {
    if (token_.empty() || reply.value("clientToken", "") != token_) return fleet_.CountStray();
    token_.clear();
    const bool ended = status_ == "SUCCEEDED";
    fleet_.Count(MonotonicNanos() - sent_at_, ended);
    if (ended) {
      AskForNext();
    } else {
      Update("SUCCEEDED");
    }
  }

  Fleet& fleet_;
  const std::string jobs_;
  mqtt::async_client client_;
  std::string job_;
  int64_t number_ = 0;
  std::string status_;
  std::string token_;  // of the update that waits for its acceptance; empty: none does
  int64_t sent_at_ = 0;
};

// A few at a time: a broker has a limit of connections that wait to be accepted.
Fleet::Fleet(const FleetBroker& broker, int things) {
  constexpr std::size_t kAtATime = 100;
  const auto options = Options(broker);
  const std::string uri = "ssl://localhost:" + std::to_string(broker.port);
  for (int i = 0; i < things; ++i) things_.push_back(std::make_unique<Thing>(*this, uri, NameOf(i)));
  try {
    for (std::size_t first = 0; first < things_.size(); first += kAtATime) {
      const std::size_t last = std::min(first + kAtATime, things_.size());
      std::vector<mqtt::token_ptr> tokens;
      for (std::size_t i = first; i < last; ++i) tokens.push_back(things_[i]->Connect(options));
      for (const auto& token : tokens) {
        if (!token->wait_for(kConnectLimit)) throw std::runtime_error("the broker does not answer");
      }
      link::SetNoDelay(broker.port);
      tokens.clear();
      for (std::size_t i = first; i < last; ++i) tokens.push_back(things_[i]->Subscribe());
      for (const auto& token : tokens) {
        if (!token->wait_for(kConnectLimit)) throw std::runtime_error("the broker does not answer");
      }
    }
  } catch (const mqtt::exception& error) {
    throw std::runtime_error(std::string("the fleet cannot connect: ") + error.what());
  }
}

Fleet::~Fleet() = default;

void Fleet::WorkOff(int64_t executions, std::chrono::seconds patience) {
  for (const auto& thing : things_) thing->AskForNext();
  std::unique_lock lock(mutex_);
  while (tally_.ended < executions) {
    const int64_t before = tally_.ended;
    const bool moved = changed_.wait_for(lock, patience, [&] { return tally_.ended > before; });
    if (!moved) {
      throw std::runtime_error("only " + std::to_string(before) + " of " + std::to_string(executions) +
                               " executions ended, then none for " + std::to_string(patience.count()) +
                               " s; " + std::to_string(tally_.rejected) + " requests were rejected");
    }
  }
}

void Fleet::Count(int64_t nanos, bool ended) {
  const std::lock_guard lock(mutex_);
  tally_.update_nanos.push_back(nanos);
  if (ended) ++tally_.ended;
  changed_.notify_one();
}

void Fleet::CountRejection() {
  const std::lock_guard lock(mutex_);
  ++tally_.rejected;
}

void Fleet::CountStray() {
  const std::lock_guard lock(mutex_);
  ++tally_.stray;
}

Tally Fleet::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

}  // namespace kedge::bench
