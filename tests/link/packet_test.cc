#include "link/packet.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace kedge::link {
namespace {

// Through the wire and back.
template <typename T>
T Travelled(const T& packet) {
  const auto text = Encode(packet);
  REQUIRE(text);
  auto back = Decode(*text);
  REQUIRE(back);
  REQUIRE(std::holds_alternative<T>(*back));
  return std::get<T>(std::move(*back));
}

}  // namespace

TEST_CASE("a message tells whether the broker had retained it") {
  CHECK_FALSE(Travelled(Message{"t", "p"}).retained);
  CHECK(Travelled(Message{"t", "p", true}).retained);
  const auto of_before = Decode(R"({"type":"message","topic":"t","payload":"p"})");
  REQUIRE(of_before.has_value());
  CHECK_FALSE(std::get<Message>(*of_before).retained);
}

TEST_CASE("every packet arrives as it was sent") {
  CHECK(Travelled(Hello{7}).version == 7);
  Travelled(Up{});
  CHECK(Travelled(Down{"the \"CA\"\n"}).reason == "the \"CA\"\n");
  const Message message =
      Travelled(Message{"$aws/things/t/jobs/notify", std::string("{\"a\":\0\x01\"ü\"}", 13)});
  CHECK(message.topic == "$aws/things/t/jobs/notify");
  CHECK(message.payload == std::string("{\"a\":\0\x01\"ü\"}", 13));
  CHECK(Travelled(Published{int64_t{1} << 40}).id == int64_t{1} << 40);
  CHECK(Travelled(Subscribe{{"a/+", "b"}}).filters == std::vector<std::string>{"a/+", "b"});
  const Publish publish = Travelled(Publish{3, "t", "p", true});
  CHECK(publish.id == 3);
  CHECK(publish.topic == "t");
  CHECK(publish.payload == "p");
  CHECK(publish.retain);
}

TEST_CASE("what is not a packet is refused with a reason, never a crash") {
  const std::string deep(100000, '[');
  for (const std::string& text :
       {std::string(""),
        std::string("x"),
        std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string("17"),
        deep,
        std::string(R"({})"),
        std::string(R"({"type":1})"),
        std::string(R"({"type":"no-such"})"),
        std::string(R"({"type":"hello"})"),
        std::string(R"({"type":"hello","version":"1"})"),
        std::string(R"({"type":"hello","version":1.5})"),
        std::string(R"({"type":"down"})"),
        std::string(R"({"type":"message","topic":"t"})"),
        std::string(R"({"type":"message","topic":"t","payload":{}})"),
        std::string(R"({"type":"published","id":null})"),
        std::string(R"({"type":"subscribe","filters":"a"})"),
        std::string(R"({"type":"subscribe","filters":{"a":"b"}})"),
        std::string(R"({"type":"subscribe","filters":[1]})"),
        std::string(R"({"type":"publish","id":1,"topic":"t","payload":"p"})"),
        std::string(R"({"type":"publish","id":1,"topic":"t","payload":"p","retain":1})"),
        std::string("{\"type\":\"down\",\"reason\":\"\xff\"}"),
        std::string(R"({"type":"up"} {"type":"up"})")}) {
    CAPTURE(text.substr(0, 60));
    const auto packet = Decode(text);
    REQUIRE_FALSE(packet);
    CHECK(packet.error().kind == ErrorKind::kInvalid);
    CHECK_FALSE(packet.error().message.empty());
  }
}

TEST_CASE("unknown members are ignored") {
  const auto packet = Decode(R"({"type":"up","since":5})");
  REQUIRE(packet);
  CHECK(std::holds_alternative<Up>(*packet));
}

TEST_CASE("what cannot be sent is refused") {
  CHECK_FALSE(Encode(Message{"t", "\xc3"}));
  CHECK_FALSE(Encode(Message{"t", std::string(kMaxPacket, 'x')}));
  // AWS's largest payload fits, also when every second character needs an escape.
  std::string quotes;
  for (int i = 0; i < 64 * 1024; ++i) quotes += "\"x";
  CHECK(Encode(Message{"t", quotes}));
}

}  // namespace kedge::link
