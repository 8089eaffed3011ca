#include "setup/config_edit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace kedge::setup {
namespace {

std::string Set(const std::string& text, const Values& values) {
  const auto changed = SetValues(text, values);
  return changed ? *changed : "error: " + changed.error().message;
}

TEST_CASE("a value is replaced where it stands, whatever its quotes") {
  CHECK(Set("thing: a # x\n", {{"thing", "b"}}) == "thing: b # x\n");
  CHECK(Set("thing: \"a\" # x\n", {{"thing", "b"}}) == "thing: b # x\n");
  CHECK(Set("thing: 'a'\n", {{"thing", "b:c"}}) == "thing: \"b:c\"\n");
  CHECK(Set("thing: a\nbroker: {port: 1, endpoint: h}\n", {{"broker.port", "443"}}) ==
        "thing: a\nbroker: {port: 443, endpoint: h}\n");
  CHECK(Set("thing: a", {{"thing", "no"}}) == "thing: \"no\"");
}

TEST_CASE("a key that is not there comes at the beginning of its group, or with a new group at the end") {
  CHECK(Set("broker:\n    keep_alive: 11s\nthing: a\n", {{"broker.port", "443"}}) ==
        "broker:\n    port: 443\n    keep_alive: 11s\nthing: a\n");
  CHECK(Set("broker: {keep_alive: 11s}\n", {{"broker.endpoint", "h"}}) ==
        "broker: {endpoint: h, keep_alive: 11s}\n");
  CHECK(Set("broker:\n  # all commented out\nthing: a\n", {{"broker.endpoint", "h"}}) ==
        "broker:\n  endpoint: h\n  # all commented out\nthing: a\n");
  CHECK(Set("thing: a", {{"broker.endpoint", "h"}}) == "thing: a\nbroker:\n  endpoint: h\n");
  CHECK(Set("log: {level: debug}\n", {{"thing", "a"}}) == "log: {level: debug}\nthing: a\n");
}

TEST_CASE("what cannot be changed without a risk is said, to be done by hand") {
  CHECK(Set("{thing: a}\n", {{"broker.port", "443"}}).find("by hand") != std::string::npos);
  CHECK(Set("thing: [a]\n", {{"thing", "b"}}).starts_with("error: kedge.yaml:1:8"));
  CHECK(Set("thing: a\n", {{"broker.port", "many"}}).starts_with("error: the new kedge.yaml:3:9"));
}

TEST_CASE("the shipped configuration can be changed in every key that set-up writes, and keeps its lines") {
  std::ifstream file(SETUP_SHIPPED_CONFIG);
  const std::string shipped{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!shipped.empty());
  const std::string changed = Set(shipped, {{"thing", "pi-1"},
                                            {"broker.endpoint", "abc-ats.iot.eu-central-1.amazonaws.com"},
                                            {"broker.port", "443"},
                                            {"broker.client_id", "pi-1-b"},
                                            {"broker.ca", "/srv/a b/ca.pem"},
                                            {"broker.certificate", "/srv/certificate.pem"},
                                            {"broker.key", "/srv/key.pem"},
                                            {"link.user", "daemon"}});
  CHECK(changed.find("  ca: \"/srv/a b/ca.pem\"\n") != std::string::npos);
  CHECK(std::count(changed.begin(), changed.end(), '\n') == std::count(shipped.begin(), shipped.end(), '\n'));
}

TEST_CASE("a new configuration has the groups once, in order") {
  const auto text =
      NewConfig({{"thing", "a"}, {"broker.endpoint", "h"}, {"broker.port", "443"}, {"link.user", "b"}});
  REQUIRE(text);
  CHECK(text->ends_with("thing: a\nbroker:\n  endpoint: h\n  port: 443\nlink:\n  user: b\n"));
}

}  // namespace
}  // namespace kedge::setup
