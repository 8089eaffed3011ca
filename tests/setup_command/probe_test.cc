// The probe against a broker that behaves as AWS's does where mosquitto does not: it hangs up instead of
// refusing.
#include "link/probe.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "link/fake_broker.h"
#include "link/link_testing.h"

namespace kedge::link {
namespace {

struct Outcome {
  bool good = false;
  std::vector<ProbeCheck> checks;
  const ProbeCheck& last() const { return checks.back(); }
};

ProbePlan PlanFor(const FakeBroker& fake) {
  ProbePlan plan;
  plan.broker.host = "127.0.0.1";
  plan.broker.port = fake.port();
  plan.broker.client_id = "thing-1";
  plan.broker.tls = false;
  plan.broker.mqtt_version = BrokerConfig::Version::kV311;
  plan.broker.connect_timeout = std::chrono::seconds(5);
  plan.filters = {"a/+", "b/+"};
  plan.query_topic = "ask";
  plan.query = "what";
  plan.answer_limit = std::chrono::seconds(5);
  plan.read_answer = [](const std::string& topic, const std::string& payload) -> std::optional<ProbeCheck> {
    if (topic != "a/answer") return {};
    return ProbeCheck{"query", payload == "fine", payload, ""};
  };
  return plan;
}

// The probe blocks, so it runs beside the loop of the broker. `step` is done at each turn of that.
Outcome Probe(
    sys::EventLoop& loop, const ProbePlan& plan, const std::function<void()>& step = [] {}) {
  Outcome outcome;
  std::atomic<bool> over{false};
  std::thread prober([&] {
    outcome.good = RunProbe(plan, [&](const ProbeCheck& check) { outcome.checks.push_back(check); });
    over = true;
  });
  while (!over) {
    step();
    RunUntil(
        loop, [&over] { return over.load(); }, std::chrono::milliseconds(20));
  }
  prober.join();
  return outcome;
}

TEST_CASE("all is well: the answer is told, and the state topic tried") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  ProbePlan plan = PlanFor(fake);
  plan.state_topic = "state";
  bool answered = false;
  const Outcome outcome = Probe(loop, plan, [&] {
    if (answered || fake.published.empty()) return;
    answered = true;
    fake.Send("b/else", "not this");
    fake.Send("a/answer", "fine");
  });
  CHECK(outcome.good);
  CHECK(outcome.last().name == "state");
  CHECK(fake.subscribed == std::vector<std::string>{"a/+", "b/+"});
  CHECK(fake.published.at(1).topic == "state");
  CHECK_FALSE(fake.published.at(1).retain);
}

TEST_CASE("hung up on a subscription: that filter is named, though it was not refused") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  fake.hold_subacks = true;
  bool released = false;
  const Outcome outcome = Probe(loop, PlanFor(fake), [&] {
    if (!released && fake.subscribed.size() == 1) {
      released = true;
      fake.ReleaseSubacks(1);
    }
    if (fake.subscribed.size() == 2) fake.HangUp();
  });
  CHECK_FALSE(outcome.good);
  CHECK(outcome.last().name == "subscribe");
  CHECK(outcome.last().text == "the broker closed the connection when asked for b/+");
  CHECK(Has(outcome.last().hint, "iot:Subscribe on topicfilter/b/+"));
}

TEST_CASE("hung up on the first query: the topic and the permission are named") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  const Outcome outcome = Probe(loop, PlanFor(fake), [&] {
    if (!fake.published.empty()) fake.HangUp();
  });
  CHECK_FALSE(outcome.good);
  CHECK(outcome.last().name == "query");
  CHECK(Has(outcome.last().text, "closed the connection after the first query, to ask"));
  CHECK(Has(outcome.last().hint, "iot:Publish on topic/ask"));
}

TEST_CASE("a refused subscription does not hide the next one") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  fake.suback["a/+"] = 0x80;
  const Outcome outcome = Probe(loop, PlanFor(fake));
  CHECK_FALSE(outcome.good);
  REQUIRE(outcome.checks.size() == 5);  // address, tcp, mqtt, and the two
  CHECK_FALSE(outcome.checks[3].ok);
  CHECK(outcome.checks[4].ok);
  CHECK(outcome.checks[4].text == "may subscribe to b/+");
}

TEST_CASE("no answer within the limit: the service is silent") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  ProbePlan plan = PlanFor(fake);
  plan.answer_limit = std::chrono::milliseconds(200);
  const Outcome outcome = Probe(loop, plan);
  CHECK_FALSE(outcome.good);
  CHECK(Has(outcome.last().text, "did not answer the first query"));
}

TEST_CASE("another program with the same client id is told from a policy") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  ProbePlan plan = PlanFor(fake);
  plan.broker.mqtt_version = BrokerConfig::Version::kV5;
  fake.hold_subacks = true;
  const Outcome outcome = Probe(loop, plan, [&] {
    if (!fake.subscribed.empty()) fake.Dismiss(0x8e);  // session taken over
  });
  CHECK_FALSE(outcome.good);
  CHECK_MESSAGE(Has(outcome.last().hint, "another program is connected as thing-1"), outcome.last().hint);
}

TEST_CASE("a broker of MQTT 3.1.1 alone is spoken to in that, and one that refuses is quoted") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  ProbePlan plan = PlanFor(fake);
  plan.broker.mqtt_version = BrokerConfig::Version::kAuto;
  plan.answer_limit = std::chrono::milliseconds(200);
  SUBCASE("old") {
    fake.old_refuses_5 = true;
    const Outcome outcome = Probe(loop, plan);
    CHECK(outcome.checks.at(2).text == "MQTT 3.1.1: connected as thing-1");
  }
  SUBCASE("refuses") {
    plan.broker.mqtt_version = BrokerConfig::Version::kV311;
    fake.connack = 5;
    const Outcome outcome = Probe(loop, plan);
    CHECK(outcome.last().name == "mqtt");
    CHECK(Has(outcome.last().text, "not authorized"));
    CHECK(Has(outcome.last().hint, "iot:Connect"));
  }
  SUBCASE("hangs up") {
    fake.hang_up_on_connect = true;
    const Outcome outcome = Probe(loop, plan);
    CHECK(outcome.last().name == "mqtt");
    CHECK(Has(outcome.last().text, "closes the connection without an answer"));
  }
}

}  // namespace
}  // namespace kedge::link
