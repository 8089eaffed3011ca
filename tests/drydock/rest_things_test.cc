// Things and groups over REST.

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

json Get(Scene& scene, const std::string& target) {
  const HttpReply reply = scene.Operator("GET", target);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  return json::parse(reply.body);
}

void Do(Scene& scene, const std::string& method, const std::string& target, const std::string& body = "") {
  const HttpReply reply = scene.Operator(method, target, body);
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
}

std::string Names(const json& list, const char* member) {
  std::string names;
  for (const json& entry : list)
    names += (entry.is_string() ? entry : entry[member]).get<std::string>() + " ";
  return names;
}

TEST_CASE("a thing is described and listed with its attributes, and is gone when deleted") {
  Scene scene;
  Do(scene, "POST", "/things/a", R"({"attributePayload":{"attributes":{"kind":"gateway"}}})");
  const json thing = Get(scene, "/things/a");
  CHECK(thing["thingName"] == "a");
  CHECK(thing["defaultClientId"] == "a");
  CHECK(thing["thingArn"] == "arn:aws:iot:us-east-1:000000000000:thing/a");
  CHECK(thing["attributes"] == R"({"kind":"gateway"})"_json);
  CHECK(thing["version"] == 1);
  CHECK(Names(Get(scene, "/things")["things"], "thingName") == "a pi-1 ");
  CHECK(Names(Get(scene, "/things?attributeName=kind")["things"], "thingName") == "a ");
  CHECK(Names(Get(scene, "/things?attributeName=kind&attributeValue=gate")["things"], "thingName").empty());
  CHECK(Names(Get(scene,
                  "/things?attributeName=kind&attributeValue=gate&usePrefixAttributeValue=true")["things"],
              "thingName") == "a ");
  Do(scene, "DELETE", "/things/a");
  CHECK(scene.Operator("GET", "/things/a").error_type == "ResourceNotFoundException");
  Do(scene, "DELETE", "/things/a");  // AWS is content with that
}

TEST_CASE("a group has members, by name or by ARN, and shows who they are") {
  Scene scene;
  const HttpReply made = scene.Operator(
      "POST", "/thing-groups/g", R"({"thingGroupProperties":{"thingGroupDescription":"all of them"}})");
  REQUIRE(made.status == 200);
  const json group = Get(scene, "/thing-groups/g");
  CHECK(group["thingGroupId"] == json::parse(made.body)["thingGroupId"]);
  CHECK(group["thingGroupArn"] == "arn:aws:iot:us-east-1:000000000000:thinggroup/g");
  CHECK(group["thingGroupProperties"]["thingGroupDescription"] == "all of them");
  CHECK(group["version"] == 1);
  Do(scene, "POST", "/thing-groups/h", "{}");
  Do(scene, "PUT", "/thing-groups/addThingToThingGroup", R"({"thingGroupName":"g","thingName":"pi-1"})");
  Do(scene, "PUT", "/thing-groups/addThingToThingGroup",
     R"({"thingGroupArn":"arn:aws:iot:us-east-1:000000000000:thinggroup/h",
         "thingArn":"arn:aws:iot:us-east-1:000000000000:thing/pi-1"})");
  CHECK(Names(Get(scene, "/thing-groups/g/things")["things"], "") == "pi-1 ");
  CHECK(Names(Get(scene, "/things/pi-1/thing-groups")["thingGroups"], "groupName") == "g h ");
  CHECK(Names(Get(scene, "/thing-groups")["thingGroups"], "groupName") == "g h ");
  CHECK(Names(Get(scene, "/thing-groups?namePrefixFilter=h")["thingGroups"], "groupName") == "h ");
  CHECK(Names(Get(scene, "/thing-groups?parentGroup=g")["thingGroups"], "groupName").empty());
  Do(scene, "PUT", "/thing-groups/removeThingFromThingGroup", R"({"thingGroupName":"g","thingName":"pi-1"})");
  CHECK(Get(scene, "/thing-groups/g/things")["things"].empty());
  Do(scene, "DELETE", "/thing-groups/h");
  CHECK(Get(scene, "/things/pi-1/thing-groups")["thingGroups"].empty());
}

TEST_CASE("pages go on where they ended, even when what was seen has been deleted") {
  Scene scene;
  for (const char* name : {"a", "b", "c", "d", "e"}) Do(scene, "POST", std::string("/things/") + name);
  const json first = Get(scene, "/things?maxResults=2");
  CHECK(Names(first["things"], "thingName") == "a b ");
  const std::string token = first["nextToken"];
  Do(scene, "DELETE", "/things/a");
  Do(scene, "DELETE", "/things/b");
  const json second = Get(scene, "/things?maxResults=3&nextToken=" + token);
  CHECK(Names(second["things"], "thingName") == "c d e ");
  const json third = Get(scene, "/things?maxResults=1&nextToken=" + second["nextToken"].get<std::string>());
  CHECK(Names(third["things"], "thingName") == "pi-1 ");
  CHECK_FALSE(third.contains("nextToken"));
  // A token is good for its own list only.
  CHECK(scene.Operator("GET", "/jobs?nextToken=" + token).error_type == "InvalidRequestException");
  CHECK(scene.Operator("GET", "/things?nextToken=" + token + "00").error_type == "InvalidRequestException");
}

}  // namespace
}  // namespace kedge::drydock
