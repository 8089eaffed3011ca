// A stage for tests of more than one thing: pi-1 to pi-3, and the group "boats" with nobody in it.
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "scene.h"

namespace kedge::drydock {

struct Fleet : Scene {
  explicit Fleet(Readings readings = {}) : Scene(readings) {
    for (const char* name : {"pi-2", "pi-3"})
      REQUIRE(service.control().CreateThing(name, nlohmann::json::object()));
    REQUIRE(service.control().CreateGroup("boats", nlohmann::json::object()));
  }

  drydock::Job Template(const std::string& id, const std::string& target, bool continuous = false) const {
    drydock::Job job;
    job.id = id;
    job.document = "{}";
    job.targets = {"arn:aws:iot:us-east-1:000000000000:" + target};
    job.continuous = continuous;
    return job;
  }
  void Create(drydock::Job job) { REQUIRE(service.control().CreateJob(std::move(job), now)); }
  void Join(const std::string& thing = "pi-1") { REQUIRE(service.control().AddToGroup("boats", thing, now)); }
  void Leave(const std::string& thing = "pi-1") {
    REQUIRE(service.control().RemoveFromGroup("boats", thing, now));
  }
  // "QUEUED", "IN_PROGRESS", … of the latest execution; "none" when the thing has none.
  std::string StatusOf(const std::string& job, const std::string& thing = "pi-1") {
    const auto execution = service.control().DescribeExecution(thing, job, std::nullopt);
    return execution ? std::string(ToString((*execution)->status)) : "none";
  }
  std::string JobStatusOf(const std::string& job) {
    return std::string(ToString((*service.control().DescribeJob(job))->status));
  }
  void End(const std::string& thing, const std::string& job, Status status) {
    UpdateRequest update;
    update.status = status;
    REQUIRE(service.device().Update(thing, job, update, now));
  }
  std::string Topics() {
    std::string topics;
    for (const Event& event : service.TakeEvents()) {
      topics += event.thing + (event.kind == Event::Kind::kNotify ? ":notify " : ":notify-next ");
    }
    return topics;
  }
};

}  // namespace kedge::drydock
