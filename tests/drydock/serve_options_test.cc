#include "serve_options.h"

#include <doctest/doctest.h>

namespace kedge::drydock {
namespace {

TEST_CASE("a whole command line") {
  const auto options =
      ParseServeOptions({"--broker", "bench.local:8883", "--ca", "ca.pem", "--cert", "c.pem", "--key",
                         "k.pem", "--http-port", "8080", "--ready-file", "r", "--history", "h"});
  REQUIRE(options);
  CHECK(options->broker.host == "bench.local");
  CHECK(options->broker.port == 8883);
  CHECK(options->broker.ca == "ca.pem");
  CHECK(options->broker.cert == "c.pem");
  CHECK(options->broker.key == "k.pem");
  CHECK(options->http_port == 8080);
  CHECK(options->ready_file == "r");
  CHECK(options->history == "h");
  CHECK(options->store == ":memory:");
}

TEST_CASE("--help asks for nothing else") {
  CHECK(ParseServeOptions({"--help"})->help);
  CHECK(ParseServeOptions({"-h"})->help);
}

TEST_CASE("a wrong command line is answered with what is wrong") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "--broker HOST:PORT is missing"},
      {{"run"}, "'run' is not an option"},
      {{"--broker"}, "--broker needs a value"},
      {{"--broker", "localhost"}, "HOST:PORT"},
      {{"--broker", "ssl://localhost:8883"}, "HOST:PORT"},
      {{"--broker", "localhost:x"}, "'x' is not a port"},
      {{"--broker", "localhost:70000"}, "'70000' is not a port"},
      {{"--broker", "h:1", "--colour", "red"}, "'--colour' is not an option"},
      {{"--broker", "h:1", "--cert", "c"}, "--cert needs --ca"},
      {{"--broker", "h:1", "--reading", "tea-leaves"}, "'tea-leaves' is not a reading"},
      {{"--broker", "h:1", "--seed", "-1"}, "--seed needs a number"},
      {{"--broker", "h:1", "--ca", "a", "--key", "k"}, "go together"},
      {{"--broker", "h:1", "--store", ""}, "--store needs a file"},
      {{"--broker", "h:1", "--oci-auth", "verify"}, "--oci-auth verify needs --oci-key"},
  };
  for (const auto& [words, wrong] : cases) {
    CAPTURE(wrong);
    const auto options = ParseServeOptions(words);
    REQUIRE_FALSE(options);
    CHECK(options.error().message.find(wrong) != std::string::npos);
  }
}

}  // namespace
}  // namespace kedge::drydock
