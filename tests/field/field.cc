#include "field/field.h"

#include <filesystem>
#include <functional>
#include <set>
#include <stdexcept>
#include <thread>

#include "rig/files.h"
#include "rig/settings.h"
#include "rig/wait.h"

namespace kedge::field {
namespace {

// Short delays between attempts, so that a trial is soon over; a grace that lets dpkg end now and then, and
// now and then not.
constexpr const char* kImpatient = R"(
broker: {reconnect: {base: 100ms, cap: 500ms, floor: 50ms}}
service: {retry: {base: 200ms, cap: 1s, floor: 100ms}, connect_spread: 0ms, notice_wait: 300ms, progress: 500ms}
process: {grace: 1s}
)";

// As rig::BecomesTrue, but each look here starts programs on the device: not a hundred times a second.
bool ComesAbout(const std::function<bool()>& is_true, std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
  }
  return true;
}

bool IsFinal(const std::string& status) {
  return !status.empty() && status != "QUEUED" && status != "IN_PROGRESS";
}

}  // namespace

Field::Field(const std::string& config) : rig_({.start = false}), device_(rig_.Folder("scratch")) {
  Install();
  Configure(config);
  StartAgent();
}

Field::~Field() {
  device_.Run({"/bin/systemctl", "stop", "kedge-link", "kedged"});  // or boot.sh ends it
}

void Field::Install() {
  for (const char* name : {"ca.pem", "device.pem", "device.key"}) {
    std::filesystem::copy_file(rig_.Folder("pki/") + name, device_.Path("/etc/kedge/") + name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  device_.Shell(
      "chown kedge: /etc/kedge/device.*; chmod 400 /etc/kedge/device.*; chmod 644 /etc/kedge/ca.pem;"
      " systemctl -q enable kedged kedge-link");
}

std::string Field::BaseConfig() const {
  return rig::Merged(
      "thing: pi-1\nbroker: {endpoint: localhost, port: " + std::to_string(rig_.broker_port()) +
          ", ca: /etc/kedge/ca.pem, certificate: /etc/kedge/device.pem, key: /etc/kedge/device.key}\n",
      kImpatient);
}

void Field::Configure(const std::string& config) {
  rig::WriteFile(device_.Path("/etc/kedge/kedge.yaml"), rig::Merged(BaseConfig(), config));
}

void Field::StartAgent() {
  device_.Shell(
      "systemctl reset-failed; systemctl restart kedged kedge-link || { journalctl -n 30 --no-pager; exit 1; "
      "}");
  rig::WaitUntil("the device's link", [this] {
    const json status = Kedge({"status"});
    return status.is_object() && status["link"] == "up";
  });
}

void Field::KillAgent() {
  // Starts are counted by systemd; those that a test causes are not a crash loop.
  device_.Run({"/bin/sh", "-c", "systemctl reset-failed kedged; systemctl kill -s KILL kedged"});
}

void Field::CreateFromTemplate(const std::string& job, const std::string& name, const json& parameters) {
  json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}},
               {"jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/" + name + ":1.0"}};
  if (!parameters.empty()) body["documentParameters"] = parameters;
  service().Must("PUT", "/jobs/" + job, body.dump());
}

std::string Field::WaitForEnd(const std::string& job) {
  std::string status;
  const bool ended = rig::BecomesTrue([&] { return IsFinal(status = service().Status(job)); }, kLong);
  if (!ended) throw std::runtime_error("job " + job + " is still " + status + "\n" + Story(job));
  return status;
}

void Field::WaitForRest(const std::string& job) {
  const auto rests = [&] {
    const json status = Kedge({"status"});
    if (!status.is_object() || status["link"] != "up" || status.contains("execution")) return false;
    if (!AcceptanceOf(job).accepted) return true;
    const json shown = Kedge({"show", job});
    return shown.is_object() && shown.contains("closedAt");
  };
  if (!ComesAbout(rests, kLong)) {
    throw std::runtime_error("the device does not come to rest after job " + job + "\n" + Story(job));
  }
}

Field::Acceptance Field::AcceptanceOf(const std::string& job) {
  const std::string beneath = service().Topic("");
  for (const rig::Entry& entry : service().History(read_)) {
    read_ = entry.number;
    if (!entry.topic.starts_with(beneath)) continue;
    const std::string rest = entry.topic.substr(beneath.size());
    const std::string name = rest.substr(0, rest.find('/'));
    Acceptance& acceptance = acceptances_[name];
    if (acceptance.created == 0) acceptance.created = entry.at;
    if (entry.kind == "mqtt-in" && rest == name + "/update" && acceptance.asked == 0)
      acceptance.asked = entry.at;
    if (rest == name + "/update/accepted") acceptance.accepted = true;
  }
  return acceptances_[job];
}

json Field::Kedge(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {"kedge"};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.emplace_back("--json");
  const rig::Finished finished = device_.Run(argv);
  return finished.status == 0 ? json::parse(finished.out, nullptr, false) : json();
}

std::string Field::Verdict(const std::string& job) const {
  const json shown = Kedge({"show", job});
  return shown.is_object() ? shown.value("verdict", "") : "";
}

std::string Field::StateWord() const {
  const json status = Kedge({"status"});
  return status.is_object() ? status.value("state", "") : "";
}

bool Field::IsQuarantined() const {
  const json status = Kedge({"status"});
  return status.is_object() && status.contains("quarantine");
}

std::string Field::Reason(const std::string& job) {
  const std::string reason = service().Detail(job, "reason");
  if (!reason.empty()) return reason;
  const json shown = Kedge({"show", job});
  return shown.is_object() ? shown.value("text", "") : "";
}

std::string Field::Story(const std::string& job) const {
  return device_.Run({"kedge", "show", job}).out +
         device_
             .Run({"/bin/sh", "-c", "journalctl --no-pager -o short-precise -n 40 -u kedged | cut -c 8-300"})
             .out;
}

std::vector<std::string> Field::StartedTwice(const std::string& job) const {
  const json shown = Kedge({"show", job});
  std::set<std::string> started;
  std::vector<std::string> twice;
  if (!shown.is_object()) return twice;
  for (const json& line : shown.value("history", json::array())) {
    if (line.value("event", "") != "step-started") continue;
    const std::string step = line.value("text", "");
    if (!started.insert(step).second) twice.push_back(step);
  }
  return twice;
}

std::vector<std::string> Field::TaskProcesses() const {
  const std::string found = device_.Shell(
      "for folder in /proc/[0-9]*; do"
      " if grep -qz '^KEDGE_TASK=' $folder/environ 2>/dev/null; then tr '\\0' ' ' <$folder/cmdline; echo; "
      "fi; done; true");
  return rig::Lines(found);
}

}  // namespace kedge::field
