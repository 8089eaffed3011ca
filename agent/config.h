// kedge.yaml as one plain struct for each room. Read once at start by kedged, kedge-link and kedge; nothing
// here changes afterwards. A file that leaves everything out gives the defaults below: each one stands, with
// its reason, in config/kedge.yaml, and a test compares the two.
//
// Errors list every problem of the file at once, one a line: "kedge.yaml:12:3: unknown key 'endpont'; did you
// mean 'endpoint'?". Nothing throws. kNotFound and kDenied: the file itself; kInvalid: what stands in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/state.h"
#include "link/broker_config.h"
#include "sys/log.h"

namespace kedge {

// Absolute, without a slash at the end.
struct Paths {
  std::string state_folder = "/var/lib/kedge";
  std::string run_folder = "/run/kedge";
  std::string handlers_folder = "/usr/lib/kedge/handlers";  // what path "default" of a document means
  std::vector<std::string> allowed_handlers;                // further folders that a document may name
  std::string guards_folder = "/usr/lib/kedge/guards";

  std::string journal() const { return state_folder + "/journal.db"; }
  std::string undo_folder() const { return state_folder + "/undo"; }
  std::string link_socket() const { return run_folder + "/link.sock"; }
  std::string stage_folder() const { return run_folder + "/stage"; }
  std::string operator_socket() const { return run_folder + "/operator.sock"; }
};

struct ProcessSettings {
  enum class Cgroups { kAuto, kNo };
  std::string search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  size_t keep_output = 65536;              // bytes of each stream
  std::chrono::milliseconds grace{10000};  // the same key as Policy::grace
  Cgroups use_cgroups = Cgroups::kAuto;
  std::string cgroup_folder;  // empty: the agent's own cgroup
  bool keep_leftovers = false;
  // Of a step that does not say; 0: none.
  size_t memory_limit = 0;  // bytes
  int task_limit = 4096;
  int cpu_weight = 0;
  int io_weight = 0;
  size_t output_limit = 0;  // bytes
  std::string output_file;  // empty: none
  size_t output_file_size = 10 << 20;
  int output_files = 3;
};

// What a document may ask for.
struct JobSettings {
  bool run_command = true;
  std::vector<std::string> users;  // that runAsUser may name; empty: any that exists
  bool sync = true;                // what a step wrote is on the disk before the step counts as done
  std::vector<std::string> reboot_command = {"systemctl", "reboot"};
};

struct Config {
  std::string file;   // where it came from, for messages
  std::string thing;  // empty: not set yet, see CheckReady
  Policy policy;
  // client_id: empty in the file means the thing's name, filled in by LoadConfig.
  link::BrokerConfig broker{.host = "",
                            .client_id = "",
                            .ca_file = "/etc/kedge/ca.pem",
                            .certificate_file = "/etc/kedge/certificate.pem",
                            .key_file = "/etc/kedge/private.key"};
  Paths paths;
  ProcessSettings process;
  JobSettings jobs;
  std::string shadow;               // the named shadow that tells the same as the state topic; empty: none
  std::string link_user = "kedge";  // may connect to link.sock, beside root and the agent's own user
  sys::LogLevel log_level = sys::LogLevel::kInfo;
  size_t history_executions = 1000;  // kept in the history
};

inline constexpr char kConfigFile[] = "/etc/kedge/kedge.yaml";

Result<Config> LoadConfig(const std::string& path);
// The same for text; `name` stands for the file in messages.
Result<Config> ParseConfig(std::string_view text, const std::string& name);

// A daemon cannot work without a thing and an endpoint, which have no default: names what is missing. The
// operator's command can.
Result<void> CheckReady(const Config& config);

// Every key ("broker.keep_alive") and its value as the file would say it, in the file's order.
std::vector<std::pair<std::string, std::string>> PrintConfig(const Config& config);

}  // namespace kedge
