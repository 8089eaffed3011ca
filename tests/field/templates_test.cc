// AWS's eight managed templates, as AWS delivers them: each ends as AWS documents, whatever became of the
// optional parameters.
#include <doctest/doctest.h>

#include <map>

#include "field/field_case.h"
#include "field/web.h"

namespace kedge::field {
namespace {

// What became of runAsUser and pathToHandler.
enum class Optional { kGiven, kEmpty, kAbsent, kUnsubstituted };
const std::map<Optional, std::string> kForms = {{Optional::kGiven, "given"},
                                                {Optional::kEmpty, "empty"},
                                                {Optional::kAbsent, "absent"},
                                                {Optional::kUnsubstituted, "unsubstituted"}};

struct Template {
  std::string name;
  std::string handler;  // "": Run-Command
  std::vector<std::pair<std::string, std::string>> required;
  std::string prepare;  // on the device
  std::string is_done;
};

const Web& TheWeb() {
  static const Web web;
  return web;
}

std::vector<Template> Templates() {
  const std::string apt = "DEBIAN_FRONTEND=noninteractive apt-get -y -q ";
  const std::string none = apt + "purge kedge-demo-tool kedge-demo-lib kedge-demo-orphan >/dev/null 2>&1; ";
  const std::string units =
      "for name in one two; do printf '[Service]\\nExecStart=/bin/sleep infinity\\n' "
      ">/etc/systemd/system/$name.service; done; "
      "systemctl daemon-reload; systemctl start one; systemctl stop two; ";
  return {
      {"Reboot",
       "reboot.sh",
       {},
       "cp /proc/sys/kernel/random/uuid /run/field-not-rebooted",
       "[ ! -e /run/field-not-rebooted ]"},
      {"Download-File",
       "download-file.sh",
       {{"downloadUrl", TheWeb().Url("/a.bin")}, {"filePath", "/opt/a.bin"}},
       "rm -f /opt/a.bin",
       "[ $(stat -c %s /opt/a.bin) = " + std::to_string(Web::Content().size()) + " ]"},
      {"Install-Application",
       "install-packages.sh",
       {{"packages", "kedge-demo-tool kedge-demo-orphan"}},
       none,
       "dpkg -s kedge-demo-tool kedge-demo-orphan >/dev/null && kedge-demo-tool | grep -q 'tool 2.0'"},
      {"Remove-Application",
       "remove-packages.sh",
       {{"packages", "kedge-demo-tool kedge-demo-orphan"}},
       none + apt + "install kedge-demo-tool kedge-demo-orphan >/dev/null",
       "! dpkg -s kedge-demo-tool >/dev/null 2>&1 && ! dpkg -s kedge-demo-orphan >/dev/null 2>&1"},
      {"Start-Application",
       "start-services.sh",
       {{"services", "one two"}},
       units,
       "systemctl is-active -q one && systemctl is-active -q two"},
      {"Stop-Application",
       "stop-services.sh",
       {{"services", "one two"}},
       units,
       "! systemctl is-active -q one && ! systemctl is-active -q two"},
      {"Restart-Application",
       "restart-services.sh",
       {{"services", "one"}},
       units + "systemctl show -p MainPID one >/opt/pid-before",
       "systemctl is-active -q one && [ \"$(systemctl show -p MainPID one)\" != \"$(cat /opt/pid-before)\" "
       "]"},
      {"Run-Command",
       "",
       {{"command", "cp,/etc/hostname,/opt/ran\\, really"}},
       "rm -f /opt/ran*",
       "[ -e '/opt/ran, really' ]"},
  };
}

void Put(json& object, const std::string& member, const std::string& parameter, const std::string& value,
         Optional form) {
  if (form == Optional::kGiven) object[member] = value;
  if (form == Optional::kEmpty) object[member] = "";
  if (form == Optional::kUnsubstituted) object[member] = "${aws:iot:parameter:" + parameter + "}";
}

json Delivered(const Template& which, Optional form) {
  json input;
  if (which.handler.empty()) {
    input["command"] = which.required[0].second;
  } else {
    input["handler"] = which.handler;
    for (const auto& [name, value] : which.required) input["args"].push_back(value);
    Put(input, "path", "pathToHandler", "default", form);
  }
  json action = {
      {"name", which.name}, {"type", which.handler.empty() ? "runCommand" : "runHandler"}, {"input", input}};
  Put(action, "runAsUser", "runAsUser", "root", form);
  return DocumentOf({{{"action", action}}});
}

void Ends(const Template& which, const std::string& job) {
  Field& field = TheField();
  const std::string status = field.WaitForEnd(job);
  field.WaitForRest(job);
  CHECK_MESSAGE(status == "SUCCEEDED", job << ": " << field.Reason(job));
  CHECK_MESSAGE(field.device().Holds(which.is_done), job << " is not done: " << which.is_done);
}

TEST_CASE("each managed template ends as documented, whatever became of its optional parameters") {
  Field& field = TheField();
  for (const Template& which : Templates()) {
    const std::string folder = which.handler.substr(0, which.handler.find('.'));
    if (!which.handler.empty())
      REQUIRE_MESSAGE(IsInstalled("handlers/" + folder + "/run"), "no handler for AWS-" << which.name);
    for (const auto& [form, word] : kForms) {
      field.device().Shell(which.prepare);
      REQUIRE(!field.device().Holds(which.is_done));
      const std::string job = NewJob(which.name + "-" + word);
      field.service().CreateJob(job, Delivered(which, form));
      Ends(which, job);
    }
    // And as the service itself fills it in.
    for (const bool given : {true, false}) {
      field.device().Shell(which.prepare);
      const std::string job = NewJob(which.name + (given ? "-by-service" : "-by-service-without"));
      json parameters = json::object();
      for (const auto& [name, value] : which.required) parameters[name] = value;
      if (given) parameters["runAsUser"] = "root";
      field.CreateFromTemplate(job, "AWS-" + which.name, parameters);
      Ends(which, job);
    }
  }
}

TEST_CASE(
    "a required parameter that was not substituted, and a user who is not there, are refused untouched") {
  Field& field = TheField();
  Surveyor surveyor(field.device());
  for (Template which : Templates()) {
    if (which.required.empty()) continue;
    const Census before = surveyor.Take({});
    json stranger = Delivered(which, Optional::kGiven);
    stranger["steps"][0]["action"]["runAsUser"] = "nobody-by-this-name";
    which.required[0].second = "${aws:iot:parameter:" + which.required[0].first + "}";
    for (const json& document : {Delivered(which, Optional::kEmpty), stranger}) {
      const std::string job = NewJob(which.name + "-refused");
      CHECK_MESSAGE(RunJob(job, document) == "REJECTED", document.dump());
      CHECK(!field.Reason(job).empty());
    }
    const std::string differs = Differences(before, surveyor.Take({}));
    CHECK_MESSAGE(differs.empty(), differs);
  }
}

TEST_CASE("what a template asks for and the device does not have fails, and changes nothing") {
  Field& field = TheField();
  Surveyor surveyor(field.device());
  const std::vector<json> documents = {
      DocumentOf({HandlerStep("install-packages.sh", {"kedge-demo-no-such-package"})}),
      DocumentOf({HandlerStep("install-packages.sh", {"kedge-demo-slow=9.9"})}),
      DocumentOf({HandlerStep("start-services.sh", {"no-such-service"})}),
      DocumentOf({HandlerStep("restart-services.sh", {"no-such-service"})}),
      DocumentOf({HandlerStep("download-file.sh", {TheWeb().Url("/missing"), "/opt/missing"})}),
      DocumentOf({HandlerStep("verify-packages-installed.sh", {"kedge-demo-no-such-package"})}),
      DocumentOf({HandlerStep("verify-packages-removed.sh", {"dpkg"})}),
      DocumentOf({HandlerStep("remove-packages.sh", {"dpkg"})}),
      DocumentOf({ShellStep("exit 3")}),
  };
  const Census before = surveyor.Take({});
  for (const json& document : documents) {
    const std::string job = NewJob("not-there");
    const std::string status = RunJob(job, document);
    CHECK_MESSAGE((status == "FAILED" || status == "REJECTED"), document.dump() << " ends " << status);
    CHECK_MESSAGE(!field.Reason(job).empty(), document.dump());
    CHECK_MESSAGE(!field.IsQuarantined(), field.Story(job));
    const std::string differs = Differences(before, surveyor.Take({}));
    CHECK_MESSAGE(differs.empty(), document.dump() << "\n" << differs);
  }
}

}  // namespace
}  // namespace kedge::field
