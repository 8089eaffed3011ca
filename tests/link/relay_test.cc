// kedged's end, the socket, the relay and a broker, all on one loop.
#include "link/relay.h"

#include <doctest/doctest.h>

#include "link/fake_broker.h"
#include "link/link_server.h"
#include "link/link_testing.h"

namespace kedge::link {
namespace {

struct Chain {
  TempFolder folder;
  sys::EventLoop loop;
  FakeBroker fake{loop};
  Heard heard;
  std::vector<std::string> log;
  std::unique_ptr<LinkServer> server;
  std::unique_ptr<Relay> relay;

  void StartServer() {
    server = std::move(*ListenForLink(
        loop, {folder / "link.sock", std::nullopt, std::nullopt, {"$aws/things/t/jobs/#", "kedge/t/#"}},
        heard.ForJobLink(), [this](const std::string& line) { log.push_back(line); }));
  }
  void StartRelay() {
    RelayConfig config;
    config.socket_path = folder / "link.sock";
    config.reconnect = {std::chrono::milliseconds(5), std::chrono::milliseconds(50),
                        std::chrono::milliseconds(1)};
    config.broker.host = "127.0.0.1";
    config.broker.port = fake.port();
    config.broker.client_id = "t";
    config.broker.tls = false;
    config.broker.connect_timeout = std::chrono::milliseconds(2000);
    config.broker.reconnect = config.reconnect;
    relay = std::make_unique<Relay>(loop, config,
                                    [this](sys::LogLevel, const std::string& line) { log.push_back(line); });
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop, done); }
  int LogCount(const std::string& text) const {
    int count = 0;
    for (const auto& line : log) count += Has(line, text) ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE("messages go both ways, through every part") {
  Chain chain;
  chain.StartServer();
  chain.StartRelay();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 1; }));
  CHECK(chain.fake.subscribed == std::vector<std::string>{"$aws/things/t/jobs/#", "kedge/t/#"});
  chain.server->Publish("$aws/things/t/jobs/$next/get", "{\"clientToken\":\"ü\"}", false);
  chain.server->Publish("kedge/t/state", "{}", true);
  REQUIRE(chain.Until([&] { return chain.server->unacknowledged() == 0; }));
  REQUIRE(chain.fake.published.size() == 2);
  CHECK(chain.fake.published[0].payload == "{\"clientToken\":\"ü\"}");
  CHECK_FALSE(chain.fake.published[0].retain);
  CHECK(chain.fake.published[1].retain);
  chain.fake.Send("$aws/things/t/jobs/$next/get/accepted", "{}");
  REQUIRE(chain.Until([&] { return chain.heard.messages.size() == 1; }));
  CHECK(chain.heard.messages[0].first == "$aws/things/t/jobs/$next/get/accepted");
}

TEST_CASE("the broker's end is told to kedged, and so is its return") {
  Chain chain;
  chain.StartServer();
  chain.StartRelay();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 1; }));
  chain.fake.HangUp();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 2; }));
  REQUIRE(chain.heard.events.size() == 3);
  CHECK(Has(chain.heard.events[1], "was lost"));
}

TEST_CASE("without kedged there is no connection to the broker, and it comes back with kedged") {
  Chain chain;
  chain.StartRelay();
  REQUIRE(chain.Until([&] { return chain.LogCount("connect to kedged") == 1; }));
  CHECK(chain.fake.connections == 0);
  chain.StartServer();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 1; }));

  chain.server.reset();
  REQUIRE(chain.Until([&] { return chain.fake.disconnects == 1; }));
  chain.StartServer();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 2; }));
  CHECK(chain.LogCount("connect to kedged at " + (chain.folder / "link.sock") + ": ") <= 2);
}

TEST_CASE("a message too long for kedged is dropped with a line, and the link goes on") {
  Chain chain;
  chain.StartServer();
  chain.StartRelay();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 1; }));
  chain.fake.Send("kedge/t/a", std::string(kMaxPacket, 'x'));
  chain.fake.Send("kedge/t/b", "fine");
  REQUIRE(chain.Until([&] { return !chain.heard.messages.empty(); }));
  CHECK(chain.heard.messages[0].first == "kedge/t/b");
  CHECK(chain.LogCount("dropped a message for kedged") == 1);
}

TEST_CASE("the relay ends in any state without harm") {
  Chain chain;
  chain.StartRelay();
  chain.relay.reset();  // before it did anything
  chain.StartServer();
  chain.StartRelay();
  REQUIRE(chain.Until([&] { return chain.heard.ups == 1; }));
  chain.relay.reset();
  REQUIRE(chain.Until([&] { return chain.heard.downs == 1; }));
  CHECK(chain.Until([&] { return chain.fake.disconnects == 1; }));
}

}  // namespace kedge::link
