// A fresh device and what it is to be connected to: `drydock broker`, which refuses what AWS's sample policy
// would, and drydock behind it; `kedge setup` is run on a configuration in a folder of its own. Gone with the
// object.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rig/program.h"
#include "rig/service.h"
#include "rig/shelter.h"

namespace kedge::setup_test {

using nlohmann::json;
using Words = std::vector<std::string>;

class Bench {
 public:
  Bench();
  ~Bench();

  // Its exit status and output. Without a terminal.
  rig::Finished Setup(const Words& words) const;
  // With --json: what it prints, and its exit status as "status".
  json SetupJson(const Words& words) const;
  Words Command(const Words& words) const;

  // All that a set-up of pi-1 has to be told.
  Words Right() const;
  // Right(), with the value of one option replaced.
  Words With(const std::string& option, const std::string& value) const;

  std::string Folder(const std::string& name) const { return shelter_.folder() + "/" + name; }
  std::string Broker(const std::string& name) const { return Folder("broker/" + name); }
  std::string Device(const std::string& name) const {
    return Folder("device/" + name);
  }                                                 // where kedge.yaml goes
  std::string Read(const std::string& name) const;  // of the device; "" when it is not there
  Words DeviceFiles() const;                        // names, in order
  int port() const { return port_; }
  rig::Program& drydock() { return drydock_; }
  rig::Service& service() { return *service_; }
  static std::string User();  // that kedge-link is to run as; "": we are not root

 private:
  const rig::Shelter shelter_;
  const int port_;
  rig::Program broker_;
  rig::Program drydock_;
  std::unique_ptr<rig::Service> service_;
};

// The first check of the report that failed; null when none did.
json FirstFailure(const json& report);
json CheckOf(const json& report, const std::string& name);

}  // namespace kedge::setup_test
