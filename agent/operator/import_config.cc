#include "operator/import_config.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "operator/device_client_files.h"
#include "operator/device_client_members.h"
#include "operator/terminal.h"
#include "sys/files.h"

namespace kedge::op {
namespace {

using nlohmann::json;

constexpr JsonLimits kLimits{.bytes = 1 << 20, .depth = 16};
constexpr char kRuntimeFile[] = "~/.aws-iot-device-client/aws-iot-device-client-runtime.conf";
constexpr char kProxyFile[] = "~/.aws-iot-device-client/http-proxy.conf";
constexpr char kDefaultHandlers[] = "~/.aws-iot-device-client/jobs";
constexpr char kSystemCa[] = "/etc/ssl/certs/ca-certificates.crt";

// Double quotes: whatever the text is, it stays a text.
std::string YamlText(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += std::string("\\x") + kDigits[byte >> 4U] + kDigits[byte & 15U];
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

class Importer {
 public:
  Importer(json config, std::string name) : config_(std::move(config)), name_(std::move(name)) {}

  Result<ImportedConfig> Run() {
    CheckMembers(config_, problems_, import_.left_out);
    if (problems_.empty()) {
      TakeRuntimeConfig();
      TakeConnection();
      TakeJobs();
      TakeLogging();
      for (const std::string& note : FeaturesWithoutEquivalent(config_)) import_.left_out.push_back(note);
      NoteTheRest();
    }
    if (!problems_.empty()) {
      std::string all;
      for (const std::string& problem : problems_) all += (all.empty() ? "" : "\n") + name_ + ": " + problem;
      return Unexpected(ErrorKind::kInvalid, all);
    }
    return std::move(import_);
  }

 private:
  void Line(const std::string& text) { import_.yaml += text + "\n"; }
  void ToDo(const std::string& text) { import_.to_do.push_back(text); }
  void LeaveOut(const std::string& text) { import_.left_out.push_back(text); }

  std::string Path(const std::string& member, const std::string& written) {
    if (written.empty()) return "";
    const auto path = ExpandDevicePath(written);
    if (path && written.starts_with("~") && !has_told_home_) {
      has_told_home_ = true;
      ToDo(member + ": '~' was read as the home of whoever runs this command, " + SafeLine(*path) +
           "; it has to be that of the Device Client's user");
    }
    if (path) return *path;
    problems_.push_back(member + ": " + path.error().message);
    return "";
  }

  // A JSON file that the Device Client reads by itself, when it is there.
  json OwnFile(const std::string& written) {
    const auto path = ExpandDevicePath(written);
    if (!path) return nullptr;
    const auto text = sys::ReadFile(*path, kLimits.bytes);
    if (!text) return nullptr;
    const auto parsed = ParseJson(*text, kLimits);
    if (!parsed) LeaveOut(*path + ": " + parsed.error().message);
    return parsed ? *parsed : json(nullptr);
  }

  // As the Device Client does: what it got when it was provisioned takes the place of what is configured.
  void TakeRuntimeConfig() {
    json runtime = config_.contains("runtime-config") ? config_ : OwnFile(kRuntimeFile);
    std::vector<std::string> unknown;
    if (runtime.is_object()) CheckMembers(runtime, problems_, unknown);
    const bool is_whole = FlagAt(runtime, "runtime-config.completed-fp", false) &&
                          !TextAt(runtime, "runtime-config.cert").empty() &&
                          !TextAt(runtime, "runtime-config.key").empty() &&
                          !TextAt(runtime, "runtime-config.thing-name").empty();
    if (is_whole) {
      for (const char* member : {"cert", "key", "thing-name"})
        config_[member] = TextAt(runtime, std::string("runtime-config.") + member);
    } else if (FlagAt(config_, "fleet-provisioning.enabled", false)) {
      LeaveOut(
          "fleet-provisioning.enabled: Kedge does not provision devices, and this one is not provisioned "
          "yet; "
          "let the Device Client do it once, then import again");
    }
  }

  // A copy, for the Device Client keeps its own where only its user can look, and it may have to come back.
  void TakeFile(const std::string& member, const std::string& yaml_key, const std::string& to,
                const std::string& install) {
    const std::string written = TextAt(config_, member);
    const std::string from = Path(member, written);
    if (from.starts_with("/etc/kedge/") || from.starts_with("/etc/ssl/certs/"))
      return Line("  " + yaml_key + ": " + YamlText(from));
    Line("  " + yaml_key + ": " + YamlText(to));
    if (written.empty())
      ToDo(member + " is not set: put the file at " + to);
    else if (!from.empty())
      ToDo("  " + install + " " + ShellWord(from) + " " + to);
  }

  void TakeConnection() {
    const std::string thing = TextAt(config_, "thing-name");
    const std::string endpoint = TextAt(config_, "endpoint");
    if (thing.empty()) ToDo("thing-name is not set: set `thing`");
    if (endpoint.empty()) ToDo("endpoint is not set: set `broker.endpoint`");
    Line("# From " + SafeLine(name_) + " by `kedge import-config`. What is not here has its default.");
    Line("thing: " + YamlText(thing));
    Line("broker:");
    Line("  endpoint: " + YamlText(endpoint));
    const std::string ca = Path("root-ca", TextAt(config_, "root-ca"));
    // Without a usable one the Device Client trusts what the system trusts.
    if (ca.empty() || access(ca.c_str(), F_OK) != 0) {
      Line("  ca: " + YamlText(kSystemCa));
      if (!ca.empty())
        LeaveOut("root-ca: " + ca + " is not there; like the Device Client, Kedge takes the system's " +
                 kSystemCa);
    } else {
      TakeFile("root-ca", "ca", "/etc/kedge/ca.pem", "install -m 0644");
    }
    TakeFile("cert", "certificate", "/etc/kedge/certificate.pem", "install -o kedge -g kedge -m 0400");
    if (FlagAt(config_, "secure-element.enabled", false))
      LeaveOut(
          "secure-element.enabled: Kedge uses no PKCS#11 token (a key in a TPM it does: "
          "/usr/share/doc/kedge/TPM.md); "
          "a second certificate with a key of its own is needed");
    TakeFile("key", "key", "/etc/kedge/private.key", "install -o kedge -g kedge -m 0400");
  }

  void TakeJobs() {
    if (!FlagAt(config_, "jobs.enabled", true))
      ToDo("jobs.enabled is false: jobs were switched off on this device, and Kedge does nothing else");
    std::string written = TextAt(config_, "jobs.handler-directory");
    if (written.empty()) {
      const auto usual = ExpandDevicePath(kDefaultHandlers);
      // Nobody who never made that folder has handlers in it.
      if (!usual || access(usual->c_str(), F_OK) != 0) return;
      written = kDefaultHandlers;
    }
    const std::string folder = Path("jobs.handler-directory", written);
    if (folder.empty()) return;
    if (access(folder.c_str(), F_OK) != 0 && errno == ENOENT)
      return LeaveOut("jobs.handler-directory: " + SafeLine(folder) +
                      " is not there; Kedge's own handlers answer to the names of AWS's samples");
    const HandlerFolder place = PlaceHandlers(folder);
    Line("paths:");
    Line("  # What path \"default\" of a job means. Kedge's own, which can undo: /usr/lib/kedge/handlers");
    Line("  handlers: " + YamlText(place.path));
    if (!place.reason.empty())
      ToDo("jobs.handler-directory: " + SafeLine(place.reason) +
           (place.commands.empty() ? "" : "; Kedge starts what only root can change, so copy the handlers:"));
    for (const std::string& command : place.commands) ToDo("  " + command);
  }

  void TakeLogging() {
    const std::string level = TextAt(config_, "logging.level");
    std::string lower;
    for (const char c : level) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower == "warn") lower = "warning";
    if (lower == "debug" || lower == "info" || lower == "warning" || lower == "error")
      Line("log:\n  level: " + lower);
    else if (!level.empty())
      problems_.push_back("logging.level: expected DEBUG, INFO, WARN or ERROR, not " +
                          SafeLine(level).substr(0, 60));
    std::string type;
    for (const char c : TextAt(config_, "logging.type"))
      type += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (type == "file")
      LeaveOut("logging.file: Kedge writes to the journal: journalctl -u kedged -u kedge-link");
    else if (!type.empty() && type != "stdout")
      problems_.push_back("logging.type: expected FILE or STDOUT, not " + SafeLine(type).substr(0, 60));
    if (FlagAt(config_, "logging.enable-sdk-logging", false))
      LeaveOut(
          "logging.enable-sdk-logging: there is no SDK; log.level: debug tells what the connection does");
  }

  void NoteTheRest() {
    if (!FlagAt(config_, "clean-session", true))
      LeaveOut("clean-session: Kedge always begins a clean session and asks the service what it has missed");
    if (FlagAt(OwnFile(kProxyFile), "http-proxy-enabled", false))
      LeaveOut(std::string(kProxyFile) +
               ": Kedge uses no proxy; port 443 (broker.port) passes most firewalls");
  }

  json config_;
  const std::string name_;
  ImportedConfig import_;
  std::vector<std::string> problems_;
  bool has_told_home_ = false;
};

}  // namespace

Result<ImportedConfig> ImportDeviceClientConfig(const std::string& text, const std::string& name) {
  auto config = ParseJson(text, kLimits);
  if (!config) return Unexpected(config.error().Within(name));
  if (!config->is_object()) return Unexpected(ErrorKind::kInvalid, name + ": expected a JSON object");
  return Importer(*std::move(config), name).Run();
}

std::string ImportedJson(const ImportedConfig& imported) {
  const nlohmann::ordered_json whole{
      {"yaml", imported.yaml}, {"toDo", imported.to_do}, {"leftOut", imported.left_out}};
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kedge::op
