#include "broker/access.h"

#include <algorithm>
#include <utility>

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr const char* kSend = "publishClientSend";
constexpr const char* kReceive = "publishClientReceive";
// Allows every filter that matches no more topics than this one: `jobs/+/get/+` also allows the SDKs'
// `jobs/j1/get/+` and `jobs/j1/get/accepted`, but not `jobs/#`.
constexpr const char* kSubscribe = "subscribePattern";
// Allows this one filter, wildcards and all.
constexpr const char* kSubscribeExactly = "subscribeLiteral";

void Allow(json& role, const std::string& prefix, const char* kind,
           std::initializer_list<const char*> topics) {
  for (const char* topic : topics) {
    role["acls"].push_back({{"acltype", kind}, {"topic", prefix + topic}, {"priority", 0}, {"allow", true}});
  }
}

json NewRole(const std::string& name) { return {{"rolename", name}, {"acls", json::array()}}; }

json ThingRole(const std::string& thing) {
  json role = NewRole("thing:" + thing);  // apart from the names of the other roles
  const std::string jobs = "$aws/things/" + thing + "/jobs/";
  const auto told = {"notify", "notify-next", "get/+", "start-next/+", "+/get/+", "+/update/+"};
  Allow(role, jobs, kSend, {"get", "start-next", "+/get", "+/update"});
  Allow(role, jobs, kSubscribe, told);
  Allow(role, jobs, kSubscribeExactly,
        {"#"});  // for a person with mosquitto_sub; delivers no more than `told`
  Allow(role, jobs, kReceive, told);
  const std::string own = "kedge/things/" + thing + "/";
  Allow(role, own, kSend, {"state", "cancel/accepted", "cancel/rejected"});
  Allow(role, own, kSubscribe, {"cancel"});
  Allow(role, own, kReceive, {"cancel"});
  return role;
}

json ServiceRole() {
  json role = NewRole(kServiceName);
  for (const char* kind : {kSend, kSubscribe, kReceive})
    Allow(role, "", kind, {"$aws/things/#", "kedge/things/#"});
  return role;
}

json AdminRole() {
  json role = NewRole(kAdminName);
  Allow(role, "", kSend, {"$CONTROL/dynamic-security/#"});
  for (const char* kind : {kSubscribe, kReceive})
    Allow(role, "", kind, {"$CONTROL/dynamic-security/#", "$SYS/#"});
  return role;
}

// The element of the array whose member is so; null when there is none.
const json* Find(const json& array, const char* member, const json& value) {
  for (const json& element : array) {
    if (element.value(member, json()) == value) return &element;
  }
  return nullptr;
}
json* Find(json& array, const char* member, const json& value) {
  return const_cast<json*>(Find(std::as_const(array), member, value));
}

bool HasAcl(const json& role, const json& acl) {
  for (const json& present : role.value("acls", json::array())) {
    if (acl["acltype"] == present.value("acltype", "") && acl["topic"] == present.value("topic", ""))
      return true;
  }
  return false;
}

json With(const char* command, json members) {
  members["command"] = command;
  return members;
}

void AddMissing(const json& access, const std::string& client, const json& role,
                std::vector<json>& commands) {
  const json& name = role["rolename"];
  if (const json* present = Find(access.at("roles"), "rolename", name); present == nullptr) {
    commands.push_back(With("createRole", role));
  } else {
    for (const json& acl : role["acls"]) {
      if (HasAcl(*present, acl)) continue;
      commands.push_back(With("addRoleACL", acl));
      commands.back()["rolename"] = name;
    }
  }
  const json has_role = {{"rolename", name}};
  if (const json* present = Find(access.at("clients"), "username", client); present == nullptr) {
    commands.push_back(With("createClient", {{"username", client}, {"roles", json::array({has_role})}}));
  } else if (Find(present->value("roles", json::array()), "rolename", name) == nullptr) {
    commands.push_back(With("addClientRole", {{"username", client}, {"rolename", name}}));
  }
}

}  // namespace

json NobodysAccess() {
  return {{"defaultACLAccess",
           {{kSend, false},
            {kReceive, false},
            {"subscribe", false},
            {"unsubscribe", true}}},  // AWS has no permission for it either
          {"clients", json::array()},
          {"roles", json::array()}};
}

bool IsAccess(const json& access) {
  const auto are_objects = [&](const char* member, const char* name) {
    const json array = access.value(member, json());
    return array.is_array() && std::all_of(array.begin(), array.end(), [&](const json& element) {
             return element.is_object() && element.value(name, json()).is_string();
           });
  };
  return access.is_object() && are_objects("clients", "username") && are_objects("roles", "rolename");
}

std::vector<json> MissingAccess(const json& access, const std::vector<std::string>& things) {
  std::vector<json> commands;
  AddMissing(access, kAdminName, AdminRole(), commands);
  AddMissing(access, kServiceName, ServiceRole(), commands);
  for (const std::string& thing : things) AddMissing(access, thing, ThingRole(thing), commands);
  return commands;
}

void CarryOut(const json& command, json& access) {
  json what = command;
  what.erase("command");
  if (command["command"] == "createRole") {
    access["roles"].push_back(what);
  } else if (command["command"] == "createClient") {
    access["clients"].push_back(what);
  } else if (command["command"] == "addRoleACL") {
    what.erase("rolename");
    (*Find(access["roles"], "rolename", command["rolename"]))["acls"].push_back(what);
  } else if (command["command"] == "addClientRole") {
    what.erase("username");
    (*Find(access["clients"], "username", command["username"]))["roles"].push_back(what);
  }
}

}  // namespace kedge::drydock
