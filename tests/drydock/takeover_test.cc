// Taking a client's place at the broker, byte for byte; real_test.cc does it to a real client.

#include "takeover.h"

#include <doctest/doctest.h>

#include "program.h"

namespace kedge::drydock {
namespace {

using namespace std::string_literals;

TEST_CASE("the packet is a CONNECT of MQTT 5 that keeps the session") {
  CHECK(ConnectPacket("pi-1") == "\x10\x16\x00\x04MQTT\x05\x00\x00\x0A\x05\x11\x00\x00\x0E\x10\x00\x04pi-1"s);
}

TEST_CASE("a long client id makes a length of two bytes") {
  const std::string packet = ConnectPacket(std::string(128, 'x'));
  CHECK(packet.substr(0, 3) == "\x10\x92\x01"s);  // 18 and 128
  CHECK(packet.size() == 3 + 146);
}

TEST_CASE("no broker, and files that are not there, are told in words") {
  const auto nobody = TakeOver({.host = "127.0.0.1", .port = FreePort()}, "pi-1");
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().message.find("cannot connect") == 0);
  const auto no_ca = TakeOver({.host = "localhost", .port = 1, .ca = "no-such-ca.pem"}, "pi-1");
  REQUIRE_FALSE(no_ca);
  CHECK(no_ca.error().message.find("no-such-ca.pem") != std::string::npos);
}

}  // namespace
}  // namespace kedge::drydock
