// A healthy device for `kedge doctor`, in a folder of its own, to plant one fault in. The files, the journal,
// the handlers, kedged and kedge-link are real; the agent's word, systemd, the kernel's figures and the
// clock's state are as the test says. Gone with the object.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/state.h"
#include "doctor/doctor.h"
#include "link/test_pki.h"
#include "rig/shelter.h"

namespace kedge::doctor_test {

using nlohmann::json;
using Words = std::vector<std::string>;

// Where a broker is, and what a device needs for it; none: the doctor is asked --offline.
struct Place {
  int port = 0;
  std::string ca, certificate, key;  // files
};

class Scene {
 public:
  Scene() : Scene(Place{}) {}
  explicit Scene(const Place& place);

  // The configuration: YAML over the scene's own.
  void Configure(const std::string& yaml);
  void WriteConfig(const std::string& text);  // as it is
  // What systemd says of a unit beside what is good.
  void Unit(const std::string& name, const std::string& properties);
  void Issue(const link::Dates& dates);              // the device's certificate anew
  void Own(const std::string& name, unsigned mode);  // is kedge-link's user's
  std::string Script(const std::string& name, const std::string& text, unsigned mode = 0755);

  // The report, and its exit status as "status".
  json Look(const Words& more = {});
  std::string Text(const Words& more = {});
  int status() const { return status_; }

  std::string Folder(const std::string& name) const { return shelter_.folder() + "/" + name; }

  doctor::Io io;  // what it looks at
  State state;    // of the agent that answers
  std::string thing = "pi-1";  // to be followed by Configure()
  bool answers = true;
  bool recovering = false;
  Words notes = {"each task has its own control group beneath /sys/fs/cgroup/kedge: nothing gets away"};

 private:
  std::string Base() const;
  void Run(const Words& words);

  const rig::Shelter shelter_;
  const Place place_;
  const link::TestCa ca_{"Kedge test CA"};
  std::string out_;
  int status_ = -1;
};

// The ids of the checks that are a warning or a problem.
std::set<std::string> NotOk(const json& report);
std::set<std::string> Skipped(const json& report);
// The first line of a check that is not fine; null when all are.
json LineOf(const json& report, const std::string& id);
bool Has(const json& text, const std::string& part);

// `text` with `from` replaced by `to` everywhere.
void Replace(std::string& text, const std::string& from, const std::string& to);
// The scene's folders by their names on a device.
std::string AsOnADevice(const Scene& scene, std::string text);

// One planted fault: exactly `id` is not ok, says `saw`, and `fix` stands in what to type, or in what to do
// where no command does it. Adds a line to the table that is printed at the end. Gives the line. `skipped`: what cannot be
// looked at with this fault and could be on a healthy device.
json FindsOnly(Scene& scene, const std::string& id, const std::string& level, const std::string& saw,
               const std::string& fix, const std::set<std::string>& skipped = {});

// The checks that have found a planted fault so far.
std::set<std::string> ChecksThatFound();

inline const std::set<std::string> kNetwork = {"dns", "tcp", "tls", "broker", "policy", "jobs"};

}  // namespace kedge::doctor_test
