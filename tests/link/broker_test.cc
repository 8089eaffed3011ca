// Broker against a broker that misbehaves.
#include "link/broker.h"

#include <doctest/doctest.h>

#include "link/fake_broker.h"
#include "link/link_testing.h"

namespace kedge::link {
namespace {

using Version = BrokerConfig::Version;

BrokerConfig Plain(int port, Version version) {
  BrokerConfig config;
  config.host = "127.0.0.1";
  config.port = port;
  config.client_id = "thing-1";
  config.tls = false;
  config.mqtt_version = version;
  config.connect_timeout = std::chrono::milliseconds(1500);
  config.reconnect = {std::chrono::milliseconds(20), std::chrono::milliseconds(100),
                      std::chrono::milliseconds(10)};
  return config;
}

const std::vector<std::string> kFilters = {"$aws/things/thing-1/jobs/notify",
                                           "$aws/things/thing-1/jobs/+/get/+", "kedge/things/thing-1/cancel"};

}  // namespace

TEST_CASE("up is said only after the broker granted every filter") {
  for (const Version version : {Version::kV311, Version::kV5}) {
    CAPTURE(static_cast<int>(version));
    sys::EventLoop loop;
    FakeBroker fake(loop);
    fake.hold_subacks = true;
    Heard heard;
    Broker broker(loop, Plain(fake.port(), version), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return fake.subscribed.size() == kFilters.size(); }));
    fake.ReleaseSubacks(kFilters.size() - 1);
    fake.Send("kedge/marker", "behind the SUBACKs");
    REQUIRE(RunUntil(loop, [&] { return heard.messages.size() == 1; }));
    CHECK(heard.ups == 0);
    fake.ReleaseSubacks();
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
    CHECK(fake.subscribed == kFilters);
    CHECK(fake.connects == std::vector<int>{version == Version::kV5 ? 5 : 4});
    CHECK((fake.connect_flags.at(0) & 2) != 0);  // clean session, clean start
    CHECK(heard.events == std::vector<std::string>{"message kedge/marker", "up"});
  }
}

TEST_CASE("a refused filter is named, the link is never up, and it tries again") {
  for (const Version version : {Version::kV311, Version::kV5}) {
    CAPTURE(static_cast<int>(version));
    sys::EventLoop loop;
    FakeBroker fake(loop);
    fake.suback[kFilters[1]] = version == Version::kV5 ? 0x87 : 0x80;
    Heard heard;
    Broker broker(loop, Plain(fake.port(), version), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return fake.connects.size() >= 3; }));
    CHECK(heard.ups == 0);
    CHECK(heard.downs == 1);  // one reason, told once
    CHECK(Has(heard.last_down, kFilters[1]));
    CHECK(Has(heard.last_down, "check the IoT policy"));
    CHECK(heard.LogCount(kFilters[1]) == 1);

    fake.suback.clear();
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
    CHECK(heard.LogHas("times: the broker refuses the subscription"));
  }
}

TEST_CASE("the broker's CONNACK is told in words") {
  struct Case {
    Version version;
    uint8_t code;
    const char* text;
  };
  for (const Case& one :
       {Case{Version::kV311, 2, "client id"}, Case{Version::kV311, 5, "not authorized"},
        Case{Version::kV311, 7, "not authorized"}, Case{Version::kV5, 0x87, "Not authorized"},
        Case{Version::kV5, 0x88, "Server unavailable"}}) {
    CAPTURE(one.text);
    sys::EventLoop loop;
    FakeBroker fake(loop);
    fake.connack = one.code;
    Heard heard;
    Broker broker(loop, Plain(fake.port(), one.version), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return heard.downs > 0; }));
    CHECK(Has(heard.last_down, one.text));
    CHECK(Has(heard.last_down, "iot:Connect"));
    fake.connack = 0;
    CHECK(RunUntil(loop, [&] { return heard.ups == 1; }));
  }
}

TEST_CASE("a broker that does not speak MQTT 5 is spoken to in 3.1.1") {
  for (const int way : {0, 1, 2}) {
    CAPTURE(way);
    sys::EventLoop loop;
    FakeBroker fake(loop);
    fake.old_refuses_5 = way == 0;
    fake.connack = way == 1 ? 0x84 : 0;
    fake.hang_up_on_connect = way == 2;
    Heard heard;
    Broker broker(loop, Plain(fake.port(), Version::kAuto), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return heard.downs == 1; }));
    fake.connack = 0;
    fake.hang_up_on_connect = false;
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
    CHECK(fake.connects == std::vector<int>{5, 4});
    CHECK(heard.LogHas("MQTT 3.1.1"));

    fake.HangUp();  // what worked stays
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 2; }));
    CHECK(fake.connects == std::vector<int>{5, 4, 4});
  }
}

TEST_CASE("a fixed version is never changed") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  fake.hang_up_on_connect = true;
  Heard heard;
  Broker broker(loop, Plain(fake.port(), Version::kV5), heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return fake.connects.size() >= 3; }));
  CHECK(fake.connects[1] == 5);
  CHECK(fake.connects[2] == 5);
  CHECK(Has(heard.last_down, "without an answer to CONNECT"));
}

TEST_CASE(
    "an attempt that hangs after the TCP connection is given up at its deadline, and the next one works") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  fake.answer_connect = false;
  Heard heard;
  BrokerConfig config = Plain(fake.port(), Version::kV5);
  config.connect_timeout = std::chrono::milliseconds(300);
  Broker broker(loop, config, heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.downs == 1; }));
  CHECK(Has(heard.last_down, "no connection to 127.0.0.1 port"));
  fake.answer_connect = true;
  CHECK(RunUntil(loop, [&] { return heard.ups == 1; }));
}

TEST_CASE("SUBACKs that never come are given up at the deadline, and the next attempt works") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  fake.hold_subacks = true;
  Heard heard;
  BrokerConfig config = Plain(fake.port(), Version::kV311);
  config.connect_timeout = std::chrono::milliseconds(300);
  Broker broker(loop, config, heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.downs == 1; }));
  CHECK(Has(heard.last_down, "no answer to SUBSCRIBE"));
  CHECK(heard.ups == 0);
  fake.hold_subacks = false;
  CHECK(RunUntil(loop, [&] { return heard.ups == 1; }));
}

TEST_CASE("RETAIN is never set on a reserved topic, and QoS is 1") {
  for (const Version version : {Version::kV311, Version::kV5}) {
    CAPTURE(static_cast<int>(version));
    sys::EventLoop loop;
    FakeBroker fake(loop);
    Heard heard;
    Broker broker(loop, Plain(fake.port(), version), heard.ForBroker());
    broker.Publish(1, "kedge/early", "dropped: not up", false);
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
    broker.Publish(2, "$aws/things/thing-1/jobs/J/update", "{}", true);
    broker.Publish(3, "kedge/things/thing-1/state", "{}", true);
    broker.Publish(4, "kedge/things/thing-1/other", "", false);
    REQUIRE(RunUntil(loop, [&] { return heard.published == 3; }));
    REQUIRE(fake.published.size() == 3);
    CHECK(fake.published[0].topic == "$aws/things/thing-1/jobs/J/update");
    CHECK_FALSE(fake.published[0].retain);
    CHECK(fake.published[1].retain);
    CHECK_FALSE(fake.published[2].retain);
    for (const auto& message : fake.published) CHECK(message.qos == 1);
  }
}

TEST_CASE("a payload that is not UTF-8 is dropped, and said once") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  Heard heard;
  Broker broker(loop, Plain(fake.port(), Version::kV5), heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
  fake.Send("kedge/a", "\xff\xfe");
  fake.Send("kedge/b", "\xed\xa0\x80");
  fake.Send("kedge/c", "gr\xc3\xbc\xc3\x9f");
  REQUIRE(RunUntil(loop, [&] { return !heard.messages.empty(); }));
  CHECK(heard.messages.size() == 1);
  CHECK(heard.messages[0].first == "kedge/c");
  CHECK(heard.LogCount("not UTF-8") == 1);
}

TEST_CASE("stopping says goodbye when connected, and does no harm when not") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  Heard heard;
  {
    Broker broker(loop, Plain(fake.port(), Version::kV5), heard.ForBroker());
    broker.Stop();  // never started
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
    broker.Stop();
    REQUIRE(RunUntil(loop, [&] { return fake.disconnects == 1; }));
    broker.Stop();
    broker.Start(kFilters);  // while the first is still being closed
    REQUIRE(RunUntil(loop, [&] { return heard.ups == 2; }));
  }
  CHECK(heard.downs == 0);
  {
    Broker broker(loop, Plain(FreePort(), Version::kV5), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return heard.downs == 1; }));
    broker.Stop();
  }
  {
    fake.answer_connect = false;
    const size_t before = fake.connects.size();
    Broker broker(loop, Plain(fake.port(), Version::kV311), heard.ForBroker());
    broker.Start(kFilters);
    REQUIRE(RunUntil(loop, [&] { return fake.connects.size() > before; }));
  }  // destroyed in the middle of an attempt
}

TEST_CASE("a broker that ends the connection with a reason is quoted") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  Heard heard;
  Broker broker(loop, Plain(fake.port(), Version::kV5), heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
  fake.Dismiss(0x8E);
  REQUIRE(RunUntil(loop, [&] { return heard.ups == 2; }));
  REQUIRE(heard.events.size() == 3);
  CHECK(Has(heard.events[1], "Session taken over"));
}

TEST_CASE("other filters make a new connection") {
  sys::EventLoop loop;
  FakeBroker fake(loop);
  Heard heard;
  Broker broker(loop, Plain(fake.port(), Version::kV5), heard.ForBroker());
  broker.Start({"a"});
  REQUIRE(RunUntil(loop, [&] { return heard.ups == 1; }));
  broker.Start({"a"});
  broker.Start({"a", "b"});
  REQUIRE(RunUntil(loop, [&] { return heard.ups == 2; }));
  CHECK(fake.subscribed == std::vector<std::string>{"a", "a", "b"});
}

TEST_CASE("each reason is logged once, however often it comes back") {
  sys::EventLoop loop;
  Heard heard;
  const int port = FreePort();
  BrokerConfig config = Plain(port, Version::kV5);
  config.reconnect = {std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                      std::chrono::milliseconds(1)};
  Broker broker(loop, config, heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.downs == 1; }));
  CHECK(Has(heard.last_down, "Connection refused"));
  CHECK(Has(heard.last_down, std::to_string(port)));
  CHECK(heard.log.size() == 1);
}

TEST_CASE("a host without an address is named") {
  sys::EventLoop loop;
  Heard heard;
  BrokerConfig config = Plain(8883, Version::kV5);
  config.host = "no-such-host.invalid";
  Broker broker(loop, config, heard.ForBroker());
  broker.Start(kFilters);
  REQUIRE(RunUntil(loop, [&] { return heard.downs >= 1; }));
  CHECK(Has(heard.last_down, "no-such-host.invalid"));
}

}  // namespace kedge::link
