#include "link/probe.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "link/diagnosis.h"
#include "link/mqtt_session.h"
#include "link/probe_files.h"
#include "link/reasons.h"
#include "link/tcp.h"

namespace kedge::link {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Say = std::function<void(const ProbeCheck&)>;

// What Paho's threads tell, in order, for one thread that waits.
struct Told {
  enum class Kind { kConnected, kFailed, kSubscribed, kLost, kPublished, kMessage };
  Kind kind;
  int code = 0;
  std::string text = {};     // kLost: why; kMessage: the topic
  std::string payload = {};  // kMessage
};

class Mailbox {
 public:
  void Put(Told told) {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::move(told));
    more_.notify_one();
  }
  // None: the deadline came first.
  std::optional<Told> Take(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!more_.wait_until(lock, deadline, [this] { return !told_.empty(); })) return {};
    Told told = std::move(told_.front());
    told_.pop_front();
    return told;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Told> told_;
};

MqttSession::Callbacks Into(Mailbox& mailbox) {
  using Kind = Told::Kind;
  return {.connected = [&mailbox](int) { mailbox.Put({Kind::kConnected}); },
          .failed =
              [&mailbox](int code) {
                mailbox.Put({Kind::kFailed, code});
              },
          .subscribed =
              [&mailbox](size_t, int code) {
                mailbox.Put({Kind::kSubscribed, code});
              },
          .lost =
              [&mailbox](const std::string& why) {
                mailbox.Put({Kind::kLost, 0, why});
              },
          .message =
              [&mailbox](std::string topic, std::string payload, bool) {
                mailbox.Put({Kind::kMessage, 0, std::move(topic), std::move(payload)});
              },
          .published =
              [&mailbox](int64_t, int code) {
                mailbox.Put({Kind::kPublished, code});
              }};
}

std::string Seconds(milliseconds time) { return std::to_string((time.count() + 999) / 1000) + " s"; }

class Probe {
 public:
  Probe(const ProbePlan& plan, const Say& say)
      : plan_(plan), say_(say), place_(plan.broker.host + " port " + std::to_string(plan.broker.port)) {}

  bool Run() {
    const bool files_are_good = !plan_.broker.tls || ProbeFiles(plan_.broker, say_);
    if (plan_.to == ProbeStage::kFiles || (!files_are_good && !plan_.go_on)) return files_are_good;
    if (!Reach() || !files_are_good || !Tls()) return false;
    if (plan_.to == ProbeStage::kTls) return true;
    if (!Connect()) return false;
    if (Subscribe()) return Ask() && TellState();
    if (plan_.go_on && !lost_) TellState();
    return false;
  }

 private:
  bool Tell(const std::string& name, const std::string& text) {
    say_({name, true, text, ""});
    return true;
  }
  bool Fail(const std::string& name, const std::string& text, const std::string& hint) {
    say_({name, false, text, hint});
    return false;
  }

  bool Reach() {
    const BrokerConfig& broker = plan_.broker;
    if (auto found = LookUp(broker.host, broker.port); !found) {
      return Fail("address", found.error().message,
                  "for AWS: aws iot describe-endpoint --endpoint-type iot:Data-ATS prints the endpoint");
    }
    Tell("address", broker.host + " has an address");
    if (auto connected = ConnectTcp(broker.host, broker.port, broker.connect_timeout); !connected) {
      return Fail("tcp", connected.error().message,
                  "8883 is usual; where a firewall lets only the web through, AWS takes port 443 too");
    }
    return Tell("tcp", place_ + " answers");
  }

  bool Tls() {
    const BrokerConfig& broker = plan_.broker;
    if (!broker.tls) return true;
    if (const std::string why = WhyNotConnected(broker, broker.connect_timeout); !why.empty()) {
      return Fail("tls", why, TlsHint(why));
    }
    return Tell("tls", "TLS: the CA vouches for " + broker.host + ", and the certificate is taken");
  }

  static std::string TlsHint(const std::string& why) {
    if (why.starts_with("the broker refuses the certificate"))
      return "aws iot describe-certificate --certificate-id ID shows its status; it has to be ACTIVE, and of "
             "the "
             "account that the endpoint belongs to";
    if (why.starts_with("the CA file"))
      return "for AWS: Amazon Root CA 1 (/etc/ssl/certs/Amazon_Root_CA_1.pem), and the endpoint with -ats in "
             "its name";
    if (why.find("clock") != std::string::npos) return "let the clock be set first (`timedatectl` tells)";
    return "is the endpoint right, and no proxy between?";
  }

  bool Connect() {
    bool version5 = plan_.broker.mqtt_version != BrokerConfig::Version::kV311;
    const bool may_change = plan_.broker.mqtt_version == BrokerConfig::Version::kAuto;
    Attempt attempt = Try(version5);
    if (!attempt.connected && attempt.answered && may_change &&
        (attempt.code <= 0 || IsVersionRefusal(attempt.code))) {
      attempt = Try(version5 = false);
    }
    version5_ = version5;
    if (attempt.connected)
      return Tell("mqtt", std::string("MQTT ") + (version5 ? "5" : "3.1.1") + ": connected as " +
                              plan_.broker.client_id);
    const std::string policy = "the IoT policy has to allow iot:Connect for client/" +
                               plan_.broker.client_id +
                               " and be attached to the certificate; a policy that names the thing wants the "
                               "certificate attached to the thing, and the client id to be its name";
    if (!attempt.answered)
      return Fail("mqtt",
                  "no answer to CONNECT from " + place_ + " within " + Seconds(plan_.broker.connect_timeout),
                  "is this an MQTT broker?");
    if (attempt.code > 0)
      return Fail("mqtt", "the broker refuses the connection: " + ConnackText(attempt.code, version5),
                  policy);
    return Fail("mqtt", "the broker closes the connection without an answer to CONNECT", policy);
  }

  struct Attempt {
    bool connected = false;
    bool answered = false;  // or closed; false: silence
    int code = 0;
  };
  Attempt Try(bool version5) {
    session_.reset();  // before its mailbox
    mailbox_ = std::make_unique<Mailbox>();
    try {
      session_ = std::make_unique<MqttSession>(plan_.broker, version5, Into(*mailbox_));
    } catch (const std::exception&) {
      return {false, true, 0};  // Paho will not have this configuration: as good as a refusal
    }
    if (!session_->Connect()) return {false, true, 0};
    // Paho's own limit has whole seconds and may come later than ours.
    const auto deadline = Clock::now() + plan_.broker.connect_timeout + std::chrono::seconds(2);
    while (const auto told = mailbox_->Take(deadline)) {
      if (told->kind == Told::Kind::kConnected) return {true, true, 0};
      if (told->kind == Told::Kind::kFailed || told->kind == Told::Kind::kLost)
        return {false, true, told->code};
    }
    return {};
  }

  // Waits for the answer of one kind; a lost connection ends the waiting. Answers to the query are kept.
  std::optional<Told> Await(Told::Kind kind, Clock::time_point deadline) {
    while (auto told = mailbox_->Take(deadline)) {
      if (told->kind == kind || told->kind == Told::Kind::kLost) return told;
    }
    return {};
  }

  std::string LostHint(const std::string& why, const std::string& permission) const {
    if (why.find("taken over") != std::string::npos || why.find("takenover") != std::string::npos)
      return "another program is connected as " + plan_.broker.client_id +
             ": end it, or give this device a name of its own";
    return "AWS closes the connection when the IoT policy does not allow something: it has to allow " +
           permission + ". A change of the policy takes some minutes";
  }

  bool Subscribe() {
    bool good = true;
    for (size_t i = 0; i < plan_.filters.size(); ++i) {
      const std::string& filter = plan_.filters[i];
      const std::string permission = "iot:Subscribe on topicfilter/" + filter + " (and iot:Receive)";
      if (auto sent = session_->Subscribe(i, filter); !sent)
        return Fail("subscribe", sent.error().message, "");
      const auto told = Await(Told::Kind::kSubscribed, Clock::now() + plan_.broker.connect_timeout);
      lost_ = !told || told->kind == Told::Kind::kLost || told->code < 0;
      if (!told) {
        return Fail("subscribe",
                    "no answer to SUBSCRIBE " + filter + " within " + Seconds(plan_.broker.connect_timeout),
                    "is this an MQTT broker?");
      }
      // Below 0 Paho gave up on it, which it does when the connection is lost.
      if (lost_) {
        return Fail("subscribe", "the broker closed the connection when asked for " + filter,
                    LostHint(told->text, permission));
      }
      if (told->code > 0) {
        good = Fail(
            "subscribe",
            "the broker refuses the subscription to " + filter + ": " + RefusalText(told->code, version5_),
            "the IoT policy has to allow " + permission);
      } else {
        Tell("subscribe", "may subscribe to " + filter);
      }
    }
    return good;
  }

  bool Ask() {
    const std::string permission = "iot:Publish on topic/" + plan_.query_topic;
    if (auto sent = session_->Publish(1, plan_.query_topic, plan_.query, false); !sent)
      return Fail("query", sent.error().message, "");
    const auto deadline = Clock::now() + plan_.answer_limit;
    bool published = false;
    while (const auto told = mailbox_->Take(deadline)) {
      if (told->kind == Told::Kind::kLost)
        return Fail("query",
                    "the broker closed the connection after the first query, to " + plan_.query_topic,
                    LostHint(told->text, permission));
      if (told->kind == Told::Kind::kPublished) {
        if (told->code > 0)
          return Fail("query",
                      "the broker refuses the first query, to " + plan_.query_topic + ": " +
                          RefusalText(told->code, version5_),
                      "the IoT policy has to allow " + permission);
        if (told->code == 0) published = true;
      }
      if (told->kind != Told::Kind::kMessage) continue;
      const auto answer = plan_.read_answer(told->text, told->payload);
      if (!answer) continue;
      say_(*answer);
      return answer->ok;
    }
    const std::string limit = Seconds(plan_.answer_limit);
    if (!published)
      return Fail("query",
                  "the broker did not take the first query, to " + plan_.query_topic + ", within " + limit,
                  "the IoT policy has to allow " + permission);
    return Fail(
        "query", "the Jobs service did not answer the first query within " + limit,
        "does the thing exist under this very name, and does the policy allow " + permission +
            " and iot:Receive on what it answers? A broker other than AWS's needs a Jobs service behind it");
  }

  bool TellState() {
    if (plan_.state_topic.empty()) return true;
    const std::string permission = "iot:Publish and iot:RetainPublish on topic/" + plan_.state_topic;
    if (auto sent = session_->Publish(2, plan_.state_topic, plan_.state, false); !sent)
      return Fail("state", sent.error().message, "");
    const auto told = Await(Told::Kind::kPublished, Clock::now() + plan_.broker.connect_timeout);
    if (!told)
      return Fail("state",
                  "the broker did not take a message for " + plan_.state_topic + " within " +
                      Seconds(plan_.broker.connect_timeout),
                  "the IoT policy has to allow " + permission);
    if (told->kind == Told::Kind::kLost || told->code < 0)
      return Fail("state", "the broker closed the connection after a message for " + plan_.state_topic,
                  LostHint(told->text, permission));
    if (told->code > 0)
      return Fail(
          "state",
          "the broker refuses messages for " + plan_.state_topic + ": " + RefusalText(told->code, version5_),
          "the IoT policy has to allow " + permission);
    return Tell("state", "may tell its state on " + plan_.state_topic);
  }

  const ProbePlan& plan_;
  const Say& say_;
  const std::string place_;
  bool version5_ = true;
  bool lost_ = false;  // the connection, while subscribing
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<MqttSession> session_;  // below its mailbox
};

}  // namespace

std::string ToJson(const ProbeCheck& check) {
  nlohmann::json line = {{"check", check.name}, {"ok", check.ok}, {"text", check.text}, {"hint", check.hint}};
  if (check.until != 0) {
    line["from"] = check.from;
    line["until"] = check.until;
  }
  // What a certificate or a broker says may be no UTF-8.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool RunProbe(const ProbePlan& plan, const Say& say) { return Probe(plan, say).Run(); }

}  // namespace kedge::link
