// Who may say what: the rules as the plugin reads them, and what is added to those that are there.

#include "broker/access.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace kedge::drydock {
namespace {

using nlohmann::json;

json AccessFor(const std::vector<std::string>& things, json access = NobodysAccess()) {
  for (const json& command : MissingAccess(access, things)) CarryOut(command, access);
  return access;
}

json& Named(json& array, const char* member, const std::string& name) {
  const auto found =
      std::find_if(array.begin(), array.end(), [&](const json& one) { return one[member] == name; });
  REQUIRE(found != array.end());
  return *found;
}

std::set<std::string> Topics(json& access, const std::string& role, const std::string& kind) {
  std::set<std::string> topics;
  for (const json& acl : Named(access["roles"], "rolename", role)["acls"]) {
    CHECK(acl["allow"] == true);
    if (acl["acltype"] == kind) topics.insert(acl["topic"].get<std::string>());
  }
  return topics;
}

std::vector<std::string> Kinds(const std::vector<json>& commands) {
  std::vector<std::string> kinds;
  for (const json& command : commands) kinds.push_back(command["command"]);
  return kinds;
}

TEST_CASE("nobody may do anything that no role allows, but stop listening") {
  const json access = NobodysAccess();
  CHECK(access["defaultACLAccess"] == R"({"publishClientSend":false,"publishClientReceive":false,
                                          "subscribe":false,"unsubscribe":true})"_json);
  CHECK(access["clients"].empty());
}

TEST_CASE("a thing may use its own topics, each by its name") {
  json access = AccessFor({"pi-1"});
  const std::set<std::string> told = {"$aws/things/pi-1/jobs/notify",  "$aws/things/pi-1/jobs/notify-next",
                                      "$aws/things/pi-1/jobs/get/+",   "$aws/things/pi-1/jobs/start-next/+",
                                      "$aws/things/pi-1/jobs/+/get/+", "$aws/things/pi-1/jobs/+/update/+",
                                      "kedge/things/pi-1/cancel"};
  CHECK(Topics(access, "thing:pi-1", "publishClientSend") ==
        std::set<std::string>{"$aws/things/pi-1/jobs/get", "$aws/things/pi-1/jobs/start-next",
                              "$aws/things/pi-1/jobs/+/get", "$aws/things/pi-1/jobs/+/update",
                              "kedge/things/pi-1/state", "kedge/things/pi-1/cancel/accepted",
                              "kedge/things/pi-1/cancel/rejected"});
  CHECK(Topics(access, "thing:pi-1", "subscribePattern") == told);
  CHECK(Topics(access, "thing:pi-1", "publishClientReceive") == told);
  CHECK(Topics(access, "thing:pi-1", "subscribeLiteral") == std::set<std::string>{"$aws/things/pi-1/jobs/#"});
  CHECK(Named(access["clients"], "username", "pi-1")["roles"] == R"([{"rolename":"thing:pi-1"}])"_json);
}

TEST_CASE("only the admin may change the rules, and it has no topic of a thing") {
  json access = AccessFor({"pi-1"});
  CHECK(Topics(access, "admin", "publishClientSend") == std::set<std::string>{"$CONTROL/dynamic-security/#"});
  CHECK(Topics(access, "drydock", "publishClientSend") ==
        std::set<std::string>{"$aws/things/#", "kedge/things/#"});
  CHECK(Named(access["clients"], "username", "drydock")["roles"] == R"([{"rolename":"drydock"}])"_json);
}

TEST_CASE("what is there is not added again") {
  CHECK(MissingAccess(AccessFor({"pi-1", "pi-2"}), {"pi-1", "pi-2"}).empty());
  CHECK(Kinds(MissingAccess(AccessFor({"pi-1"}), {"pi-1", "pi-2"})) ==
        std::vector<std::string>{"createRole", "createClient"});
}

TEST_CASE("a rule that was taken away comes back, and one made by hand stays") {
  json access = AccessFor({"pi-1"});
  json& acls = Named(access["roles"], "rolename", "thing:pi-1")["acls"];
  acls.erase(0);
  acls[0]["allow"] = false;
  acls.push_back({{"acltype", "subscribeLiteral"}, {"topic", "mine"}, {"allow", true}});
  const json before = acls;
  const auto commands = MissingAccess(access, {"pi-1"});
  REQUIRE(Kinds(commands) == std::vector<std::string>{"addRoleACL"});
  CHECK(commands[0]["rolename"] == "thing:pi-1");
  CarryOut(commands[0], access);
  json after = Named(access["roles"], "rolename", "thing:pi-1")["acls"];
  CHECK(after.back() == R"({"acltype":"publishClientSend","topic":"$aws/things/pi-1/jobs/get",
                            "priority":0,"allow":true})"_json);
  after.erase(after.size() - 1);
  CHECK(after == before);
}

TEST_CASE("a client without its role gets it back") {
  json access = AccessFor({"pi-1"});
  Named(access["clients"], "username", "pi-1")["roles"].clear();
  const auto commands = MissingAccess(access, {"pi-1"});
  REQUIRE(Kinds(commands) == std::vector<std::string>{"addClientRole"});
  CarryOut(commands[0], access);
  CHECK(access == AccessFor({"pi-1"}));
}

TEST_CASE("a file that the plugin cannot have written is known as such") {
  CHECK(IsAccess(NobodysAccess()));
  CHECK(IsAccess(AccessFor({"pi-1"})));
  for (const char* wrong : {"[]", "{}", R"({"clients":[],"roles":{}})", R"({"clients":[1],"roles":[]})",
                            R"({"clients":[{}],"roles":[]})", R"({"clients":[],"roles":[{"rolename":1}]})"}) {
    CHECK_MESSAGE(!IsAccess(json::parse(wrong)), wrong);
  }
}

}  // namespace
}  // namespace kedge::drydock
