// A way in for whoever wants a job called off, each with the real program that people use there: the aws
// command line and OCI's SDK at the service (drydock); a message on the topic, a D-Bus call and `kedge
// cancel` at the device.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/rig.h"

namespace kedge::doors {

using rig::json;
using rig::Rig;

// A job as a door names it, and as the device does; at OCI these differ.
struct Job {
  std::string id;
  std::string execution;
};

// What was asked for.
struct Wish {
  Job job;
  bool force = false;
  bool stale = false;  // expects a version, or etag, that it does not have
};

class Door {
 public:
  explicit Door(Rig& rig) : rig_(rig) {}
  virtual ~Door() = default;

  // Has the job created by the service, under a name like this one.
  virtual Job Create(const std::string& name, const json& document);
  // A job that nobody has created.
  virtual Job Unknown(const std::string& name) { return {name, name}; }
  // "accepted", or the code of the refusal in the words of that door.
  virtual std::string Cancel(const Wish& wish) = 0;
  // An accepted cancel is on its way to the device, or there: it says so itself (`status`), or the door does.
  virtual bool HasReachedDevice(const Job& job, const json& status);
  // How it stands at the door itself, when it has words of its own; else "".
  virtual std::string OwnState(const Job&) { return ""; }

 protected:
  Rig& rig() { return rig_; }

 private:
  Rig& rig_;
};

// "aws", "oci", "topic", "dbus", "command".
const std::vector<std::string>& DoorNames();
std::unique_ptr<Door> OpenDoor(const std::string& name, Rig& rig);

}  // namespace kedge::doors
