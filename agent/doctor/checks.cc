#include "doctor/checks.h"

#include <unistd.h>

namespace kedge::doctor {

bool Case::is_root() const { return geteuid() == 0; }

std::string Case::right_ca() const {
  const std::string& host = config.broker.host;
  const bool is_aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
  return is_aws ? "/etc/ssl/certs/Amazon_Root_CA_1.pem" : "CA.pem";
}

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> kChecks = {
      {{"config"}, {}, LookAtConfig},
      {{"services"}, {}, LookAtServices},
      {{"versions"}, {}, LookAtVersions},
      {{"agent", "quarantine"}, {}, LookAtAgent},
      {{"journal", "leftovers"}, {"clock"}, LookAtJournal},
      {{"disk"}, {}, LookAtDisk},
      {{"fsync", "sync"}, {}, LookAtSync},
      {{"memory"}, {}, LookAtMemory},
      {{"cgroups"}, {}, LookAtContainment},
      {{"handlers", "guards", "search-path"}, {}, LookAtPrograms},
      {{"ca", "certificate", "key"}, {"clock", "tls", "broker", "policy", "jobs", "link"}, LookAtCredentials},
      {{"clock"}, {}, LookAtClock},
      {{"dns", "tcp", "tls", "broker", "policy", "jobs"}, {"link"}, LookAtNetwork, true, 9},
      {{"link"}, {}, LookAtLink},
  };
  return kChecks;
}

std::vector<std::string> AllIds() {
  std::vector<std::string> ids;
  for (const Check& check : AllChecks()) ids.insert(ids.end(), check.ids.begin(), check.ids.end());
  return ids;
}

}  // namespace kedge::doctor
