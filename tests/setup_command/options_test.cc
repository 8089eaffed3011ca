#include "setup/options.h"

#include <doctest/doctest.h>

namespace kedge::setup {
namespace {

TEST_CASE("values stand behind the option or behind '='") {
  const auto options = ParseOptions({"--thing", "a", "--port=443", "--check", "-y", "--no-start"});
  REQUIRE(options);
  CHECK(options->thing == "a");
  CHECK(options->port == "443");
  CHECK(options->check);
  CHECK(options->yes);
  CHECK_FALSE(options->start);
  CHECK_FALSE(options->key);
}

TEST_CASE("a wrong word is named") {
  for (const auto& [words, named] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{{{"--thing"}, "--thing needs a value"},
                                                                     {{"--thing="}, "--thing needs a value"},
                                                                     {{"--check=yes"}, "'--check=yes'"},
                                                                     {{"pi-1"}, "'pi-1'"},
                                                                     {{"--no-start=1"}, "'--no-start=1'"}}) {
    const auto options = ParseOptions(words);
    REQUIRE(!options);
    CHECK_MESSAGE(options.error().message.find(named) != std::string::npos, options.error().message);
  }
}

}  // namespace
}  // namespace kedge::setup
