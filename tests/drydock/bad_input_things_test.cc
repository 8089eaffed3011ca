// Requests about things and groups, malformed: the documented error, and nothing has changed.

#include <doctest/doctest.h>

#include "malformed.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

const json kAttributes = {{"attributes", {{"a.b", "1"}}}, {"merge", false}};

std::vector<Wrong> WrongAttributes(const std::string& in = "") {
  const std::string attributes = in + "/attributePayload/attributes";
  return {
      {attributes, {{"a b", "1"}}},
      {attributes, {{"", "1"}}},
      {attributes, {{std::string(129, 'a'), "1"}}},
      {attributes, {{"a", "b c"}}},
      {attributes, {{"a", std::string(801, 'b')}}},
      {attributes, Pairs(51)},
  };
}

RestTable CreateThingTable() {
  std::vector<Wrong> wrong = WrongAttributes();
  wrong.push_back({"/thingTypeName", "a b"});
  wrong.push_back({"/thingTypeName", "type", "ResourceNotFoundException"});
  wrong.push_back({"/billingGroupName", "a b"});
  wrong.push_back({"/billingGroupName", "group", "ResourceNotFoundException"});
  return {"CreateThing", false, "POST", "/things/{pi-3}", {{"attributePayload", kAttributes}}, wrong};
}

RestTable CreateGroupTable() {
  std::vector<Wrong> wrong = WrongAttributes("/thingGroupProperties");
  wrong.push_back({"/parentGroupName", "g"});
  wrong.push_back({"/thingGroupProperties/thingGroupDescription", std::string(2029, 'd')});
  wrong.push_back({"/thingGroupProperties/thingGroupDescription", "two\nlines"});
  wrong.push_back({"/tags/0/Key", ""});
  return {"CreateThingGroup",
          false,
          "POST",
          "/thing-groups/{h}",
          {{"thingGroupProperties", {{"thingGroupDescription", "all"}, {"attributePayload", kAttributes}}},
           {"tags", {{{"Key", "k"}, {"Value", ""}}}}},
          wrong};
}

// AddThingToThingGroup and RemoveThingFromThingGroup.
RestTable MembershipTable(const std::string& operation, const std::string& path) {
  return {operation,
          false,
          "PUT",
          path,
          {{"thingGroupName", "g"},
           {"thingGroupArn", "arn:aws:iot:us-east-1:000000000000:thinggroup/g"},
           {"thingName", "pi-1"},
           {"thingArn", kThing}},
          {
              {"/thingGroupName", "h"},
              {"/thingGroupName", "a b"},
              {"/thingGroupArn", kThing},
              {"/thingGroupArn", "g"},
              {"/thingName", "pi-2"},
              {"/thingName", std::string(129, 't')},
              {"/thingArn", "arn:aws:iot:us-east-1:000000000000:thinggroup/g"},
              {"/thingArn", ""},
              {"/overrideDynamicGroups", "true"},
          }};
}

constexpr const char* kAdd = "/thing-groups/addThingToThingGroup";
constexpr const char* kRemove = "/thing-groups/removeThingFromThingGroup";

RestTable DeleteTable(const std::string& operation, const std::string& path) {
  return {operation, false, "DELETE", path + "?expectedVersion=1", {}, {}, {"expectedVersion=one"}};
}

TEST_CASE("things and groups, malformed, change nothing") {
  for (const RestTable& table : ThingTables()) Check(table);
  const RestTable post{"", false, "POST", "", {}, {}};
  CheckRefused(post, "/things/pi-1", json({{"attributePayload", kAttributes}}).dump(),
               "ResourceAlreadyExistsException");
  CheckRefused(post, "/thing-groups/g", R"({"thingGroupProperties":{"thingGroupDescription":"x"}})",
               "ResourceAlreadyExistsException");
  const RestTable put{"", false, "PUT", "", {}, {}};
  for (const char* path : {kAdd, kRemove}) {
    CheckRefused(put, path, "", kInvalid);
    CheckRefused(put, path, R"({"thingGroupName":"g"})", kInvalid);
    CheckRefused(put, path, R"({"thingGroupName":"h","thingName":"pi-1"})", "ResourceNotFoundException");
    CheckRefused(put, path, R"({"thingGroupName":"g","thingName":"pi-9"})", "ResourceNotFoundException");
  }
  const RestTable erase{"", false, "DELETE", "", {}, {}};
  for (const char* path : {"/things/pi-1", "/thing-groups/g"}) {
    CheckRefused(erase, std::string(path) + "?expectedVersion=2", "", "VersionConflictException");
  }
}

}  // namespace

std::vector<RestTable> ThingTables() {
  return {CreateThingTable(),
          CreateGroupTable(),
          MembershipTable("AddThingToThingGroup", kAdd),
          MembershipTable("RemoveThingFromThingGroup", kRemove),
          DeleteTable("DeleteThing", "/things/{pi-1}"),
          DeleteTable("DeleteThingGroup", "/thing-groups/{g}")};
}

}  // namespace kedge::drydock
