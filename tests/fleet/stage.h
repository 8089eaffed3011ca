// What the tests of config/fleet share: the files, and many things that are not devices.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "rig/files.h"
#include "rig/rig.h"

namespace kedge::fleet {

using rig::json;

// A file beneath config/, which has to be there.
inline std::string Shipped(const std::string& name) {
  const std::string text = rig::ReadIfThere(FLEET_CONFIG "/" + name);
  REQUIRE_MESSAGE(!text.empty(), name);
  return text;
}

// Things t-1, t-2, ... of a rig's drydock in a group, whose executions the test moves on as their devices
// would.
class Fleet {
 public:
  Fleet(rig::Rig& rig, const std::string& group, int count) : rig_(rig), group_(group) {
    port_ = json::parse(rig::ReadIfThere(rig.Folder("ready")))["http"];
    rig.service().Must("POST", "/thing-groups/" + group, "{}");
    for (int i = 1; i <= count; ++i) {
      thing(i).CreateThing();
      Join(NameOf(i));
    }
  }

  void Join(const std::string& thing) {
    rig_.service().Must("PUT", "/thing-groups/addThingToThingGroup",
                        json{{"thingGroupName", group_}, {"thingName", thing}}.dump());
  }
  // A job for the group, with these settings of CreateJob.
  void CreateJob(const std::string& job, const json& document, json settings) {
    settings["document"] = document.dump();
    settings["targets"] = {"arn:aws:iot:us-east-1:000000000000:thinggroup/" + group_};
    rig_.service().Must("PUT", "/jobs/" + job, settings.dump());
  }
  json Job(const std::string& job) { return rig_.service().Must("GET", "/jobs/" + job)["job"]; }
  std::string JobStatus(const std::string& job) { return Job(job)["status"]; }

  // Made anew each time: drydock keeps a thread for a second for each connection that is kept.
  rig::Service thing(int number) const { return rig::Service(port_, NameOf(number)); }
  void Update(const std::string& job, int number, const std::string& status) {
    REQUIRE_MESSAGE(thing(number).UpdateExecution(job, {{"status", status}}), number, " ", status);
  }

  int port() const { return port_; }

 private:
  static std::string NameOf(int number) { return "t-" + std::to_string(number); }

  rig::Rig& rig_;
  const std::string group_;
  int port_ = 0;
};

}  // namespace kedge::fleet
