// Who may speak to drydock over HTTP.

#include "http_guard.h"

#include <doctest/doctest.h>
#include <httplib.h>

#include "http_face.h"

namespace kedge::drydock {
namespace {

bool Passes(Headers headers) {
  return !ForeignRequest({.method = "POST", .target = "/drydock/faults", .headers = std::move(headers)});
}

TEST_CASE("clients that are no browsers pass: the loopback address or localhost, any port, no Origin") {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:8080", "data.127.0.0.1:8080"}) {
    CAPTURE(host);
    CHECK(Passes({{"host", host}}));
  }
  CHECK(Passes({}));
}

TEST_CASE("a name that somebody made resolve to this machine is refused") {
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost",
        "x127.0.0.1", "127.0.0.1:", "127.0.0.1:80x", "localhost:80:90", "[::1]:8080", ".127.0.0.1"}) {
    CAPTURE(host);
    CHECK_FALSE(Passes({{"host", host}}));
  }
}

TEST_CASE("drydock's own page may send requests, the pages of others may not") {
  CHECK(Passes({{"host", "127.0.0.1:8080"}, {"origin", "http://127.0.0.1:8080"}}));
  CHECK(Passes({{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}}));
  CHECK(Passes({{"host", "127.0.0.1:8080"}, {"origin", "http://localhost:8080"}}));
  for (const char* origin :
       {"http://evil.example", "http://127.0.0.1", "http://127.0.0.1:3000", "https://127.0.0.1:8080", "null",
        "http://127.0.0.1:80801", "http://127.0.0.1:8080.evil.example"}) {
    CAPTURE(origin);
    const auto why = ForeignRequest(
        {.method = "GET", .target = "/", .headers = {{"host", "127.0.0.1:8080"}, {"origin", origin}}});
    REQUIRE(why);
    CHECK(why->find(origin) != std::string::npos);
  }
}

TEST_CASE("the HTTP face asks before anything else") {
  HttpFace face;
  const auto port = face.Bind(0);
  REQUIRE(port);
  int handled = 0;
  face.Start([&](const HttpRequest&) {
    ++handled;
    return HttpReply{};
  });
  httplib::Client client("127.0.0.1", *port);
  CHECK(client.Get("/drydock/history")->status == 200);
  const auto refused =
      client.Post("/drydock/faults", {{"Origin", "http://evil.example"}}, "{}", "text/plain");
  REQUIRE(refused);
  CHECK(refused->status == 403);
  CHECK(refused->body.find("evil.example") != std::string::npos);
  CHECK(client.Get("/", {{"Host", "evil.example"}})->status == 403);
  CHECK(handled == 1);
}

}  // namespace
}  // namespace kedge::drydock
