#include "templates.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "payloads.h"
#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::string_view kPlaceholder = "${aws:iot:parameter:";

constexpr TemplateParameter kRunAsUser{
    .key = "runAsUser",
    .description = "The user that the handler or command runs as. Left out: the user of the agent.",
    .example = "root",
    .optional = true,
    .most_characters = 256};
constexpr TemplateParameter kPathToHandler{
    .key = "pathToHandler",
    .description = "The folder on the device that the handler is in. 'default' is the agent's own.",
    .example = "default",
    .optional = true,
    .most_characters = 512};

constexpr TemplateParameter Required(std::string_view key, std::string_view description,
                                     std::string_view example) {
  return {
      .key = key, .description = description, .example = example, .optional = false, .most_characters = 512};
}

std::string Placeholder(std::string_view key) { return std::string(kPlaceholder).append(key).append("}"); }

// Members in the order in which AWS has them: the document goes out as it is written here.
std::string Step(std::string_view name, std::string_view type, const nlohmann::ordered_json& input) {
  const nlohmann::ordered_json action = {
      {"name", name}, {"type", type}, {"input", input}, {"runAsUser", Placeholder("runAsUser")}};
  return nlohmann::ordered_json{{"version", "1.0"}, {"steps", {{{"action", action}}}}}.dump();
}

ManagedTemplate OfHandler(std::string_view action, const char* handler, std::string_view description,
                          std::vector<TemplateParameter> required = {}) {
  nlohmann::ordered_json input = {{"handler", handler}};
  for (const auto& parameter : required) input["args"].push_back(Placeholder(parameter.key));
  input["path"] = Placeholder("pathToHandler");
  required.insert(required.end(), {kPathToHandler, kRunAsUser});
  return {.name = "AWS-" + std::string(action),
          .description = description,
          .parameters = std::move(required),
          .document = Step(action, "runHandler", input)};
}

ManagedTemplate OfCommand(std::string_view action, std::string_view description,
                          const TemplateParameter& command) {
  return {.name = "AWS-" + std::string(action),
          .description = description,
          .parameters = {command, kRunAsUser},
          .document = Step(action, "runCommand", {{"command", Placeholder(command.key)}})};
}

constexpr TemplateParameter Packages() {
  return Required("packages", "The packages, with a space between two of them.", "tree jq");
}

constexpr TemplateParameter Services() {
  return Required("services", "The services, with a space between two of them.", "nginx cron");
}

std::vector<ManagedTemplate> Make() {
  return {
      OfHandler("Download-File", "download-file.sh", "Downloads a file to the device.",
                {Required("downloadUrl", "Where the file is; may be a placeholder for a presigned URL.",
                          "https://example.com/file"),
                 Required("filePath", "Where the file is to be on the device.", "/opt/file")}),
      OfHandler("Install-Application", "install-packages.sh", "Installs packages on the device.",
                {Packages()}),
      OfHandler("Reboot", "reboot.sh", "Restarts the device."),
      OfHandler("Remove-Application", "remove-packages.sh", "Removes packages from the device.",
                {Packages()}),
      OfHandler("Restart-Application", "restart-services.sh", "Restarts services of the device.",
                {Services()}),
      OfCommand("Run-Command", "Runs one command on the device, without a shell.",
                Required("command", "The program and its arguments, with commas between; \\, is a comma.",
                         "systemctl,restart,nginx")),
      OfHandler("Start-Application", "start-services.sh", "Starts services of the device.", {Services()}),
      OfHandler("Stop-Application", "stop-services.sh", "Stops services of the device.", {Services()}),
  };
}

const TemplateParameter* Parameter(const ManagedTemplate& managed, std::string_view key) {
  const auto found = std::find_if(managed.parameters.begin(), managed.parameters.end(),
                                  [&](const TemplateParameter& p) { return p.key == key; });
  return found == managed.parameters.end() ? nullptr : &*found;
}

// What is wrong with the values; nothing when they fit.
std::string Problem(const ManagedTemplate& managed, const TemplateValues& values) {
  for (const auto& [key, value] : values) {
    const TemplateParameter* parameter = Parameter(managed, key);
    if (parameter == nullptr) return managed.name + " has no parameter '" + key + "'";
    if (!IsPlainText(value, parameter->most_characters)) {
      return "documentParameters value of '" + key + "' must match " + parameter->Regex();
    }
  }
  for (const TemplateParameter& parameter : managed.parameters) {
    if (!parameter.optional && values.find(std::string(parameter.key)) == values.end()) {
      return managed.name + " needs a value for '" + std::string(parameter.key) + "' in documentParameters";
    }
  }
  return "";
}

// A value as the inside of a JSON string.
std::string Inside(const std::string& value) {
  const std::string quoted = Dump(value);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string TemplateParameter::Regex() const {
  return "(.){" + std::string(optional ? "0" : "1") + "," + std::to_string(most_characters) + "}";
}

std::string ManagedTemplate::Arn(const std::string& region) const {
  return "arn:aws:iot:" + region + "::jobtemplate/" + name + ":" + std::string(kTemplateVersion);
}

const std::vector<ManagedTemplate>& ManagedTemplates() {
  static const std::vector<ManagedTemplate> templates = Make();
  return templates;
}

Outcome<const ManagedTemplate*> TemplateNamed(std::string_view name, std::string_view version) {
  for (const ManagedTemplate& managed : ManagedTemplates()) {
    if (managed.name == name && (version.empty() || version == kTemplateVersion)) return &managed;
  }
  std::string wanted(name);
  if (!version.empty()) wanted.append(":").append(version);
  return NotFound("there is no managed template '" + wanted + "'; list-managed-job-templates has them all");
}

Outcome<const ManagedTemplate*> TemplateAt(std::string_view arn) {
  constexpr std::string_view kStart = "arn:aws:iot:";
  constexpr std::string_view kKind = "::jobtemplate/";
  const auto kind = arn.find(kKind);
  if (!arn.starts_with(kStart) || kind == std::string_view::npos ||
      arn.substr(kStart.size(), kind - kStart.size()).find(':') != std::string_view::npos) {
    return InvalidRequest(
        "jobTemplateArn must be arn:aws:iot:REGION::jobtemplate/NAME:1.0; drydock has AWS's managed "
        "templates "
        "only");
  }
  const auto name = arn.substr(kind + kKind.size());
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return TemplateNamed(name, "");
  const auto version = name.substr(colon + 1);
  return TemplateNamed(name.substr(0, colon), version.empty() ? "?" : version);
}

Outcome<std::string> Fill(const ManagedTemplate& managed, const TemplateValues& values) {
  if (const std::string problem = Problem(managed, values); !problem.empty()) return InvalidRequest(problem);
  // One pass: a placeholder in a value is text.
  std::string filled;
  std::string_view rest = managed.document;
  for (auto at = rest.find(kPlaceholder); at != std::string_view::npos; at = rest.find(kPlaceholder)) {
    const auto end = rest.find('}', at);
    const auto value =
        values.find(std::string(rest.substr(at + kPlaceholder.size(), end - at - kPlaceholder.size())));
    filled.append(rest.substr(0, at)).append(value == values.end() ? "" : Inside(value->second));
    rest.remove_prefix(end + 1);
  }
  return filled.append(rest);
}

}  // namespace kedge::drydock
