// AWS's eight managed job templates (reference 7.4) in every form in which they can reach a device: what
// happens to an optional parameter that the operator leaves out is not documented, so all the possibilities
// are tried.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/job_document.h"

namespace kedge {
namespace {

using nlohmann::json;

struct Template {
  std::string name;
  std::string handler;            // empty: Run-Command
  std::vector<std::string> args;  // required parameters, substituted
};

const std::vector<Template> kTemplates = {
    {"Reboot", "reboot.sh", {}},
    {"Download-File",
     "download-file.sh",
     {"https://example.invalid/a?X-Amz-Signature=0a%2B", "/srv/a b.tgz"}},
    {"Install-Application", "install-packages.sh", {"tree jq"}},
    {"Remove-Application", "remove-packages.sh", {"tree jq"}},
    {"Start-Application", "start-services.sh", {"cron ssh"}},
    {"Stop-Application", "stop-services.sh", {"cron"}},
    {"Restart-Application", "restart-services.sh", {"cron"}},
    {"Run-Command", "", {"systemctl", "restart", "a, b"}}};

enum class Optional { kGiven, kEmpty, kAbsent, kNull, kUnsubstituted };

void Put(json& object, const std::string& member, const std::string& parameter, const std::string& value,
         Optional how) {
  switch (how) {
    case Optional::kGiven:
      object[member] = value;
      break;
    case Optional::kEmpty:
      object[member] = "";
      break;
    case Optional::kAbsent:
      break;
    case Optional::kNull:
      object[member] = nullptr;
      break;
    case Optional::kUnsubstituted:
      object[member] = "${aws:iot:parameter:" + parameter + "}";
      break;
  }
}

std::string AsDelivered(const Template& managed, Optional user, Optional path) {
  json input = json::object();
  if (managed.handler.empty()) {
    input["command"] = "systemctl, restart,a\\, b";
  } else {
    input["handler"] = managed.handler;
    if (!managed.args.empty()) input["args"] = managed.args;
    Put(input, "path", "pathToHandler", "default", path);
  }
  json action = {{"name", managed.name}, {"type", managed.handler.empty() ? "runCommand" : "runHandler"}};
  action["input"] = input;
  Put(action, "runAsUser", "runAsUser", "pi", user);
  return json{{"version", "1.0"}, {"steps", {{{"action", action}}}}}.dump();
}

TEST_CASE("managed templates: all eight are taken, whatever became of their optional parameters") {
  constexpr Optional kWays[] = {Optional::kGiven, Optional::kEmpty, Optional::kAbsent, Optional::kNull,
                                Optional::kUnsubstituted};
  for (const Template& managed : kTemplates) {
    for (const Optional user : kWays) {
      for (const Optional path : kWays) {
        const std::string text = AsDelivered(managed, user, path);
        CAPTURE(text);
        const Result<JobDocument> document = ParseJobDocument(text);
        REQUIRE_MESSAGE(document.has_value(), document.error().message);
        REQUIRE(document->steps.size() == 1);
        const Step& step = document->steps[0];
        const bool handler = !managed.handler.empty();
        CHECK(step.name == managed.name);
        CHECK(step.command.kind == (handler ? Command::Kind::kHandler : Command::Kind::kCommand));
        CHECK(step.command.handler == managed.handler);
        CHECK(step.command.args == managed.args);
        CHECK(step.command.path == (handler && path == Optional::kGiven ? "default" : ""));
        CHECK(step.run_as_user == (user == Optional::kGiven ? "pi" : ""));
        CHECK_FALSE(document->include_stdout.has_value());
      }
    }
  }
}

TEST_CASE(
    "managed templates: a required parameter that was not substituted is refused, never run as it stands") {
  Result<JobDocument> document = ParseJobDocument(
      R"({"version":"1.0","steps":[{"action":{"name":"Install-Application","type":"runHandler",
          "input":{"handler":"install-packages.sh","args":["-y","${aws:iot:parameter:packages}"]}}}]})");
  REQUIRE_FALSE(document);
  CHECK(document.error().message ==
        "steps[0].action.input.args[1]: is ${aws:iot:parameter:packages}, a template parameter without a "
        "value; "
        "create the job from the managed template and give it in --document-parameters");

  document = ParseJobDocument(
      R"({"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand",
          "input":{"command":"${aws:iot:parameter:command}"}}}]})");
  REQUIRE_FALSE(document);
  CHECK(document.error().message.starts_with(
      "steps[0].action.input.command: is ${aws:iot:parameter:command}, "));
}

}  // namespace
}  // namespace kedge
