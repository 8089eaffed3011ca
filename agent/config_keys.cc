#include "config_keys.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "config_fields.h"
#include "core/status_details.h"

namespace kedge {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Of memory or output: what fits a size_t on a board of 32 bits too.
constexpr size_t kMostBytes = size_t{3} << 30;
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}
bool ConsistsOf(const std::string& text, const std::string& more) {
  return text.find_first_not_of(std::string(kNameCharacters) + more) == std::string::npos;
}

std::string CheckThing(const std::string& text) {
  if (text.size() <= 128 && ConsistsOf(text, ":_-")) return "";
  return "expected a thing name, 1 to 128 characters of a-z A-Z 0-9 : _ -";
}
std::string CheckShadow(const std::string& text) {
  if (text.size() <= 64 && ConsistsOf(text, ":_-")) return "";
  return "expected the name of a shadow, at most 64 characters of a-z A-Z 0-9 : _ -";
}
std::string CheckHost(const std::string& text) {
  if (text.size() <= 253 && ConsistsOf(text, ".-_")) return "";
  // An IPv6 address; a host with a port has one colon.
  if (std::count(text.begin(), text.end(), ':') > 1 && ConsistsOf(text, ":.")) return "";
  return "expected only a host name or address, without mqtts:// and without a port (that is broker.port)";
}
std::string CheckClientId(const std::string& text) {
  if (text.size() <= 128 && !text.starts_with("$") && !HasControl(text)) return "";
  return "expected an MQTT client id, at most 128 bytes, not beginning with $";
}
std::string CheckPath(const std::string& text) {
  if (text.starts_with("/") && text != "/" && !text.ends_with("/") && text.size() < 4096 && !HasControl(text))
    return "";
  return "expected an absolute path without a slash at its end";
}
// The kernel's limit for the path of a Unix socket is 107 bytes, "/operator.sock" included.
std::string CheckRunFolder(const std::string& text) {
  if (text.size() > 90) return "expected a path of at most 90 bytes (sockets are made in it)";
  return CheckPath(text);
}
std::string CheckPathOrNone(const std::string& text) { return text.empty() ? "" : CheckPath(text); }
std::string CheckSearchPath(const std::string& text) {
  for (size_t from = 0; from <= text.size();) {
    const size_t to = std::min(text.find(':', from), text.size());
    if (to == from || text[from] != '/') return "expected absolute folders with : between them";
    from = to + 1;
  }
  return HasControl(text) ? "expected a path without control characters" : "";
}
std::string CheckWord(const std::string& text) {
  return HasControl(text) || text.size() > 4096 ? "expected a word without control characters" : "";
}
std::string CheckUser(const std::string& text) {
  if (!text.empty() && text.size() <= 256 && !text.starts_with("-") && ConsistsOf(text, "._-$")) return "";
  return "expected the name of a user";
}

}  // namespace

std::string InQuotes(const std::string& text) { return "'" + SafeDetailValue(text, Keep::kHead, 60) + "'"; }

std::vector<ConfigKey> ConfigKeys() {
  using link::BrokerConfig;
  using Version = BrokerConfig::Version;
  using Cgroups = ProcessSettings::Cgroups;
  using sys::LogLevel;
  std::vector<ConfigKey> keys;
  const auto add = [&keys](ConfigKey key) { keys.push_back(std::move(key)); };

  add(Text("thing", CheckThing, At<&Config::thing>));

  add(Text("broker.endpoint", CheckHost, At<&Config::broker, &BrokerConfig::host>));
  add(Number("broker.port", 1, 65535, At<&Config::broker, &BrokerConfig::port>));
  add(Text("broker.client_id", CheckClientId, At<&Config::broker, &BrokerConfig::client_id>));
  add(Bool("broker.tls", At<&Config::broker, &BrokerConfig::tls>));
  add(Text("broker.ca", CheckPath, At<&Config::broker, &BrokerConfig::ca_file>));
  add(Text("broker.certificate", CheckPath, At<&Config::broker, &BrokerConfig::certificate_file>));
  add(Text("broker.key", CheckPath, At<&Config::broker, &BrokerConfig::key_file>));
  add(Choice<Version>("broker.mqtt_version",
                      {{"auto", Version::kAuto}, {"3.1.1", Version::kV311}, {"5", Version::kV5}},
                      At<&Config::broker, &BrokerConfig::mqtt_version>));
  add(Duration("broker.keep_alive", seconds(1), seconds(1200),
               At<&Config::broker, &BrokerConfig::keep_alive>));
  add(Duration("broker.connect_timeout", milliseconds(100), minutes(5),
               At<&Config::broker, &BrokerConfig::connect_timeout>));
  AddBackoff<&Config::broker, &BrokerConfig::reconnect>(keys, "broker.reconnect");

  add(Bool("jobs.run_command", At<&Config::jobs, &JobSettings::run_command>));
  add(List("jobs.users", CheckUser, At<&Config::jobs, &JobSettings::users>));
  add(Bool("jobs.sync", At<&Config::jobs, &JobSettings::sync>));
  add(Bool("jobs.report_stdout", At<&Config::policy, &Policy::stdout_by_default>));
  add(Duration("jobs.step_limit", seconds(1), hours(168), At<&Config::policy, &Policy::step_limit>));
  add(Duration("jobs.job_limit", seconds(1), hours(168), At<&Config::policy, &Policy::job_limit>));
  add(Number("jobs.step_attempts", 1, 100, At<&Config::policy, &Policy::step_attempts>));
  add(Duration("jobs.check_limit", milliseconds(100), hours(1), At<&Config::policy, &Policy::check_limit>));
  add(List("jobs.reboot_command", CheckWord, At<&Config::jobs, &JobSettings::reboot_command>));
  add(Duration("jobs.reboot_wait", seconds(1), hours(1), At<&Config::policy, &Policy::reboot_wait>));
  add(Number("jobs.tries", 0, 100, At<&Config::policy, &Policy::try_limit>));
  AddBackoff<&Config::policy, &Policy::try_again>(keys, "jobs.try_again");
  add(Duration("jobs.connection_limit", seconds(10), hours(1),
               At<&Config::policy, &Policy::connection_limit>));
  add(Choice<NoWayBack>("jobs.no_way_back", {{"refuse", NoWayBack::kRefuse}, {"run", NoWayBack::kRun}},
                        At<&Config::policy, &Policy::no_way_back>));
  add(Number("jobs.reboots", 1, 100, At<&Config::policy, &Policy::reboot_limit>));
  add(Duration("jobs.uninterruptible_limit", milliseconds(0), hours(1),
               At<&Config::policy, &Policy::uninterruptible>));

  add(Duration("undo.snapshot_limit", milliseconds(100), hours(24),
               At<&Config::policy, &Policy::guard_limit>));
  add(Duration("undo.limit", milliseconds(100), hours(24), At<&Config::policy, &Policy::undo_limit>));
  add(Number("undo.attempts", 1, 100, At<&Config::policy, &Policy::undo_attempts>));

  add(Duration("service.reply_timeout", milliseconds(100), minutes(10),
               At<&Config::policy, &Policy::reply_timeout>));
  AddBackoff<&Config::policy, &Policy::retry>(keys, "service.retry");
  add(Duration("service.connect_spread", milliseconds(0), hours(1),
               At<&Config::policy, &Policy::connect_spread>));
  add(Duration("service.notice_wait", milliseconds(0), minutes(1),
               At<&Config::policy, &Policy::notice_wait>));
  add(Duration("service.poll", milliseconds(100), hours(168), At<&Config::policy, &Policy::poll>));
  add(Duration("service.idle_poll", milliseconds(0), hours(168), At<&Config::policy, &Policy::idle_poll>));
  add(Duration("service.progress", milliseconds(0), hours(24), At<&Config::policy, &Policy::progress>));
  add(Text("service.shadow", CheckShadow, At<&Config::shadow>));
  add(Bool("service.lease", At<&Config::policy, &Policy::lease>));
  add(Duration("service.lease_margin", seconds(0), hours(24), At<&Config::policy, &Policy::lease_margin>));
  add(Number("service.report_attempts", 1, 100, At<&Config::policy, &Policy::report_attempts>));

  add(Text("process.search_path", CheckSearchPath, At<&Config::process, &ProcessSettings::search_path>));
  add(Size("process.keep_output", 1 << 10, 16 << 20, At<&Config::process, &ProcessSettings::keep_output>));
  add(Duration("process.grace", milliseconds(0), minutes(10), At<&Config::process, &ProcessSettings::grace>));
  add(Choice<Cgroups>("process.cgroups", {{"auto", Cgroups::kAuto}, {"no", Cgroups::kNo}},
                      At<&Config::process, &ProcessSettings::use_cgroups>));
  add(Text("process.cgroup_folder", CheckPathOrNone, At<&Config::process, &ProcessSettings::cgroup_folder>));
  add(Choice<bool>("process.leftovers", {{"end", false}, {"keep", true}},
                   At<&Config::process, &ProcessSettings::keep_leftovers>));
  add(Size("process.memory", 0, kMostBytes, At<&Config::process, &ProcessSettings::memory_limit>));
  add(Number("process.tasks", 0, 4194304, At<&Config::process, &ProcessSettings::task_limit>));
  add(Number("process.cpu_weight", 0, 10000, At<&Config::process, &ProcessSettings::cpu_weight>));
  add(Number("process.io_weight", 0, 10000, At<&Config::process, &ProcessSettings::io_weight>));
  add(Size("process.output", 0, kMostBytes, At<&Config::process, &ProcessSettings::output_limit>));
  add(Text("process.output_file", CheckPathOrNone, At<&Config::process, &ProcessSettings::output_file>));
  add(Size("process.output_file_size", 64 << 10, 1 << 30,
           At<&Config::process, &ProcessSettings::output_file_size>));
  add(Number("process.output_files", 1, 100, At<&Config::process, &ProcessSettings::output_files>));

  add(Text("paths.state", CheckPath, At<&Config::paths, &Paths::state_folder>));
  add(Text("paths.run", CheckRunFolder, At<&Config::paths, &Paths::run_folder>));
  add(Text("paths.handlers", CheckPath, At<&Config::paths, &Paths::handlers_folder>));
  add(List("paths.allowed_handlers", CheckPath, At<&Config::paths, &Paths::allowed_handlers>));
  add(Text("paths.guards", CheckPath, At<&Config::paths, &Paths::guards_folder>));

  add(Text("link.user", CheckUser, At<&Config::link_user>));
  add(Choice<LogLevel>("log.level",
                       {{"debug", LogLevel::kDebug},
                        {"info", LogLevel::kInfo},
                        {"warning", LogLevel::kWarning},
                        {"error", LogLevel::kError}},
                       At<&Config::log_level>));
  add(Number("history.executions", 1, 1'000'000, At<&Config::history_executions>));
  return keys;
}

}  // namespace kedge
