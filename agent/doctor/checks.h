// The checks. Each is one look, done in a process of its own; what a later one needs of it goes along as
// facts. Private to doctor/.
#pragma once

#include <string>
#include <vector>

#include "config.h"
#include "doctor/doctor.h"
#include "doctor/facts.h"
#include "doctor/finding.h"
#include "doctor/options.h"

namespace kedge::doctor {

// What a look may use. The facts are those of before.
struct Case {
  const Options& options;
  const Io& io;
  Config config;  // the defaults when it cannot be read
  Facts facts = {};

  const Device& device() const { return io.device; }
  std::string config_file() const {
    return options.config.empty() ? io.device.service_config : options.config;
  }
  bool is_root() const;
  // The services run with this configuration, so that what is said of them is said of it.
  bool is_standard() const { return config_file() == io.device.service_config; }
  bool agent_answers() const { return facts.agent.has_value(); }
  bool is_connected() const { return agent_answers() && facts.agent->link == "up"; }
  // For a command to type: what the broker's certificate is to be checked against.
  std::string right_ca() const;
  std::string kedged() const { return options.kedged.empty() ? io.device.kedged : options.kedged; }
  std::string kedge_link() const {
    return options.kedge_link.empty() ? io.device.kedge_link : options.kedge_link;
  }
};

struct Seen {
  Findings findings;
  Facts facts = {};  // new ones
};

struct Check {
  std::vector<std::string> ids;       // that it gives findings for
  std::vector<std::string> for_also;  // ids of other checks that need its facts
  Seen (*look)(const Case&);
  bool needs_network = false;
  int limits = 1;  // how many times --timeout it may take
};

Seen LookAtConfig(const Case& here);       // config
Seen LookAtAgent(const Case& here);        // agent, quarantine
Seen LookAtServices(const Case& here);     // services
Seen LookAtVersions(const Case& here);     // versions
Seen LookAtJournal(const Case& here);      // journal, leftovers
Seen LookAtDisk(const Case& here);         // disk
Seen LookAtSync(const Case& here);         // fsync, sync
Seen LookAtMemory(const Case& here);       // memory
Seen LookAtContainment(const Case& here);  // cgroups
Seen LookAtPrograms(const Case& here);     // handlers, guards, search-path
Seen LookAtCredentials(const Case& here);  // ca, certificate, key
Seen LookAtClock(const Case& here);        // clock
Seen LookAtNetwork(const Case& here);      // dns, tcp, tls, broker, policy, jobs
Seen LookAtLink(const Case& here);         // link

// In the order in which they are done and told.
const std::vector<Check>& AllChecks();
std::vector<std::string> AllIds();

}  // namespace kedge::doctor
