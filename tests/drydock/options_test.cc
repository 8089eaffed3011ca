#include "options.h"

#include <doctest/doctest.h>

namespace kedge::drydock {
namespace {

TEST_CASE("a whole command line") {
  const auto options =
      ParseOptions({"serve", "--broker", "bench.local:8883", "--ca", "ca.pem", "--cert", "c.pem", "--key",
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
}

TEST_CASE("--help and --version ask for nothing else") {
  CHECK(ParseOptions({"--help"})->help);
  CHECK(ParseOptions({"serve", "--help"})->help);
  CHECK(ParseOptions({"--version"})->version);
}

TEST_CASE("a wrong command line is answered with what is wrong") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "what to do"},
      {{"run"}, "'run' is not a command"},
      {{"serve"}, "--broker HOST:PORT is missing"},
      {{"serve", "--broker"}, "--broker needs a value"},
      {{"serve", "--broker", "localhost"}, "HOST:PORT"},
      {{"serve", "--broker", "localhost:x"}, "'x' is not a port"},
      {{"serve", "--broker", "localhost:70000"}, "'70000' is not a port"},
      {{"serve", "--broker", "h:1", "--colour", "red"}, "'--colour' is not an option"},
      {{"serve", "--broker", "h:1", "--cert", "c"}, "--cert needs --ca"},
      {{"serve", "--broker", "h:1", "--ca", "a", "--key", "k"}, "go together"},
  };
  for (const auto& [words, wrong] : cases) {
    CAPTURE(wrong);
    const auto options = ParseOptions(words);
    REQUIRE_FALSE(options);
    CHECK(options.error().message.find(wrong) != std::string::npos);
  }
}

}  // namespace
}  // namespace kedge::drydock
