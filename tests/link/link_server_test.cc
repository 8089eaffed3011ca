#include "link/link_server.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "link/link_testing.h"
#include "sys/unix_socket.h"

namespace kedge::link {
namespace {

// kedged's end on a socket of its own, with what it said.
struct Server {
  TempFolder folder;
  sys::EventLoop loop;
  Heard heard;
  std::vector<std::string> troubles;
  LinkServerConfig config{folder / "run/link.sock", std::nullopt, std::nullopt, {"a/+", "b"}};
  std::unique_ptr<LinkServer> server;

  Server() {
    auto listening = ListenForLink(loop, config, heard.ForJobLink(),
                                   [this](const std::string& line) { troubles.push_back(line); });
    REQUIRE(listening);
    server = std::move(*listening);
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop, done); }
};

// The other end, by hand.
class RawPeer {
 public:
  explicit RawPeer(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const auto address = sys::UnixAddress(path);
    REQUIRE(address);
    const int bytes = 1024 * 1024;
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    REQUIRE(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
  }
  void Send(const std::string& text) {
    REQUIRE(send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0);
  }
  void Send(const Packet& packet) { Send(*Encode(packet)); }
  // The next packet, if there is one.
  std::optional<Packet> Next() {
    std::string text(kMaxPacket, '\0');
    const ssize_t got = recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    if (got <= 0) {
      closed_ = closed_ || got == 0 || errno == ECONNRESET;
      return std::nullopt;
    }
    text.resize(static_cast<size_t>(got));
    return *Decode(text);
  }
  bool Closed() {
    while (Next()) {
    }
    return closed_;
  }

 private:
  sys::Fd fd_;
  bool closed_ = false;
};

RawPeer Greeted(Server& test) {
  RawPeer peer(test.config.socket_path);
  peer.Send(Hello{});
  std::optional<Packet> answer;
  REQUIRE(test.Until([&] { return (answer = peer.Next()).has_value(); }));
  REQUIRE(std::holds_alternative<Subscribe>(*answer));
  return peer;
}

RawPeer GoneUp(Server& test) {
  RawPeer peer = Greeted(test);
  const int ups = test.heard.ups;
  peer.Send(Up{});
  REQUIRE(test.Until([&] { return test.heard.ups == ups + 1; }));
  return peer;
}

}  // namespace

TEST_CASE("hello is answered with the filters, and up, messages and down are passed on") {
  Server test;
  RawPeer peer(test.config.socket_path);
  peer.Send(Hello{});
  std::optional<Packet> answer;
  REQUIRE(test.Until([&] { return (answer = peer.Next()).has_value(); }));
  CHECK(std::get<Subscribe>(*answer).filters == test.config.filters);
  CHECK(test.heard.events.empty());
  peer.Send(Up{});
  peer.Send(Message{"b", "text"});
  peer.Send(Message{"c", "old", true});
  peer.Send(Down{"no network"});
  REQUIRE(test.Until([&] { return test.heard.downs == 1; }));
  CHECK(test.heard.events ==
        std::vector<std::string>{"up", "message b", "retained message c", "down: no network"});
  CHECK(test.heard.messages[0].second == "text");
  CHECK(test.troubles.empty());
}

TEST_CASE("the socket is for its user and group only, and goes away with the server") {
  Server test;
  struct stat status {};
  REQUIRE(stat(test.config.socket_path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
  test.server.reset();
  CHECK_FALSE(std::filesystem::exists(test.config.socket_path));
}

TEST_CASE("a peer with another uid is refused and named, the configured link user is not") {
  if (geteuid() != 0) {
    MESSAGE("skipped: changing the user needs root");
    return;
  }
  constexpr uid_t kNobody = 65534;
  for (const bool configured : {false, true}) {
    CAPTURE(configured);
    Server test;
    if (configured) {
      test.server.reset();
      test.config.link_uid = kNobody;
      test.server =
          std::move(*ListenForLink(test.loop, test.config, test.heard.ForJobLink(),
                                   [&test](const std::string& line) { test.troubles.push_back(line); }));
    }
    std::filesystem::permissions(test.folder.path(), std::filesystem::perms(0755));
    std::filesystem::permissions(test.config.socket_path, std::filesystem::perms(0666));
    REQUIRE(seteuid(kNobody) == 0);
    std::optional<RawPeer> peer(std::in_place, test.config.socket_path);
    REQUIRE(seteuid(0) == 0);
    peer->Send(Hello{});
    if (configured) {
      CHECK(test.Until([&] { return peer->Next().has_value(); }));
      CHECK(test.troubles.empty());
    } else {
      CHECK(test.Until([&] { return test.troubles.size() == 1; }));
      CHECK(Has(test.troubles[0], "uid 65534"));
      CHECK(peer->Closed());
      CHECK(test.heard.events.empty());
    }
  }
}

TEST_CASE(
    "a malformed packet or one out of turn drops the connection with a reason, and the next one is served") {
  Server test;
  const std::string hello = *Encode(Hello{});
  for (const std::string& text :
       {std::string("rubbish"), std::string("{}"), std::string(R"({"type":"message","topic":1})"),
        std::string(kMaxPacket + 1, 'x'), hello, *Encode(Hello{2}), *Encode(Subscribe{{"a"}}),
        *Encode(Publish{1, "t", "p", false})}) {
    CAPTURE(text.substr(0, 40));
    RawPeer peer = Greeted(test);
    const int downs = test.heard.downs;
    peer.Send(text);
    REQUIRE(test.Until([&] { return peer.Closed(); }));
    CHECK(test.heard.downs == downs + 1);
    CHECK_FALSE(test.server->up());
  }
  for (const Packet& first : {Packet(Up{}), Packet(Message{"t", "p"}), Packet(Hello{99})}) {
    RawPeer peer(test.config.socket_path);
    const int downs = test.heard.downs;
    peer.Send(first);
    REQUIRE(test.Until([&] { return peer.Closed(); }));
    CHECK(test.heard.downs == downs + 1);
  }
  CHECK(test.heard.ups == 0);
  CHECK(test.heard.messages.empty());
  GoneUp(test);
}

TEST_CASE("a newer connection replaces the older, down first") {
  Server test;
  RawPeer old = GoneUp(test);
  RawPeer fresh = GoneUp(test);
  CHECK(old.Closed());
  REQUIRE(test.heard.events.size() == 3);
  CHECK(test.heard.events[0] == "up");
  CHECK(test.heard.events[1] == "down: replaced by a newer connection of kedge-link");
  CHECK(test.heard.events[2] == "up");
}

TEST_CASE("the link program's end is a down, and publishes are dropped while down") {
  Server test;
  test.server->Publish("t", "early", false);
  {
    RawPeer peer = Greeted(test);
    test.server->Publish("t", "not up yet", false);
    RunTurns(test.loop);
    CHECK_FALSE(peer.Next());
  }
  REQUIRE(test.Until([&] { return test.heard.downs == 1; }));
  CHECK(Has(test.heard.last_down, "kedge-link is not connected"));
  RawPeer peer = GoneUp(test);
  test.server->Publish("$aws/things/t/jobs/j/update", "{}", true);
  test.server->Publish("kedge/state", "s", true);
  CHECK(test.server->unacknowledged() == 2);
  const auto first = std::get<Publish>(*peer.Next());
  CHECK(first.payload == "{}");
  CHECK_FALSE(first.retain);  // AWS refuses it there
  const auto second = std::get<Publish>(*peer.Next());
  CHECK(second.retain);
  CHECK(second.id != first.id);
  peer.Send(Published{first.id});
  peer.Send(Published{second.id});
  CHECK(test.Until([&] { return test.server->unacknowledged() == 0; }));
}

TEST_CASE("a link program that does not read is given up, not waited for") {
  Server test;
  RawPeer peer = GoneUp(test);
  const std::string payload(100 * 1024, 'x');
  for (int i = 0; i < 200; ++i) test.server->Publish("t", payload, false);
  REQUIRE(test.Until([&] { return test.heard.downs == 1; }));
  CHECK(Has(test.heard.last_down, "does not read"));
  CHECK_FALSE(test.server->up());
  GoneUp(test);
}

TEST_CASE("what does not fit at once is sent later, in order") {
  Server test;
  RawPeer peer = GoneUp(test);
  const std::string payload(100 * 1024, 'x');
  for (int i = 0; i < 20; ++i) test.server->Publish(std::to_string(i), payload, false);
  int next = 0;
  CHECK(test.Until([&] {
    while (auto packet = peer.Next()) {
      CHECK(std::get<Publish>(*packet).topic == std::to_string(next));
      CHECK(std::get<Publish>(*packet).payload == payload);
      ++next;
    }
    return next == 20;
  }));
  CHECK(test.heard.downs == 0);
}

TEST_CASE("a payload that cannot be sent is named and costs nothing else") {
  Server test;
  RawPeer peer = GoneUp(test);
  test.server->Publish("t", "\xff", false);
  test.server->Publish("t", std::string(kMaxPacket, 'x'), false);
  CHECK(test.troubles.size() == 2);
  CHECK(test.server->up());
  test.server->Publish("t", "fine", false);
  CHECK(test.Until([&] { return peer.Next().has_value(); }));
}

TEST_CASE("a stale socket is replaced, a living one is not") {
  Server test;
  const auto nothing = [](const std::string&) {};
  const auto second = ListenForLink(test.loop, test.config, test.heard.ForJobLink(), nothing);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::kBusy);
  CHECK(Has(second.error().message, test.config.socket_path));

  const std::string stale = test.folder / "stale.sock";
  {
    const sys::Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    const auto address = sys::UnixAddress(stale);
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
  }
  LinkServerConfig config = test.config;
  config.socket_path = stale;
  CHECK(ListenForLink(test.loop, config, test.heard.ForJobLink(), nothing));

  config.socket_path = test.folder / std::string(200, 'x');
  CHECK_FALSE(ListenForLink(test.loop, config, test.heard.ForJobLink(), nothing));
}

}  // namespace kedge::link
