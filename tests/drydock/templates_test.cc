// AWS's managed job templates: described, listed, and made into jobs.

#include "templates.h"

#include <doctest/doctest.h>

#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kThing = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";

// The document that the device gets of a job made from the template.
json Delivered(const std::string& arn, const json& parameters) {
  Scene scene;
  json body = {{"targets", {kThing}}, {"jobTemplateArn", arn}};
  if (!parameters.empty()) body["documentParameters"] = parameters;
  const HttpReply reply = scene.Operator("PUT", "/jobs/j", body.dump());
  REQUIRE_MESSAGE(reply.status == 200, reply.body);
  CHECK(scene.Job("j")["jobTemplateArn"] == arn);
  return scene.Ask("$next/get")["execution"]["jobDocument"];
}

json OfHandler(const char* name, const char* handler, const json& args) {
  return {{"version", "1.0"},
          {"steps",
           {{{"action",
              {{"name", name},
               {"type", "runHandler"},
               {"input", {{"handler", handler}, {"args", args}, {"path", "default"}}},
               {"runAsUser", "root"}}}}}}};
}

TEST_CASE("each of the eight templates becomes the document that AWS describes") {
  const json common = {{"runAsUser", "root"}, {"pathToHandler", "default"}};
  const auto check = [&](const std::string& name, const json& own, const json& document) {
    CAPTURE(name);
    json parameters = common;
    parameters.update(own);
    CHECK(Delivered("arn:aws:iot:us-east-1::jobtemplate/AWS-" + name + ":1.0", parameters) == document);
  };
  const json packages = {{"packages", "tree jq"}};
  const json services = {{"services", "nginx cron"}};
  check("Download-File", {{"downloadUrl", "https://example.com/f"}, {"filePath", "/opt/f"}},
        OfHandler("Download-File", "download-file.sh", {"https://example.com/f", "/opt/f"}));
  check("Install-Application", packages,
        OfHandler("Install-Application", "install-packages.sh", {"tree jq"}));
  check("Remove-Application", packages, OfHandler("Remove-Application", "remove-packages.sh", {"tree jq"}));
  check("Start-Application", services, OfHandler("Start-Application", "start-services.sh", {"nginx cron"}));
  check("Stop-Application", services, OfHandler("Stop-Application", "stop-services.sh", {"nginx cron"}));
  check("Restart-Application", services,
        OfHandler("Restart-Application", "restart-services.sh", {"nginx cron"}));
  json reboot = OfHandler("Reboot", "reboot.sh", {});
  reboot["steps"][0]["action"]["input"].erase("args");
  check("Reboot", json::object(), reboot);
  CHECK(Delivered("arn:aws:iot:eu-west-1::jobtemplate/AWS-Run-Command",
                  {{"command", "systemctl,restart,foo"}}) ==
        R"({"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand",
            "input":{"command":"systemctl,restart,foo"},"runAsUser":""}}]})"_json);
}

TEST_CASE("an optional parameter left out is an empty string") {
  const json document = Delivered("arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:1.0", {});
  CHECK(document == R"({"version":"1.0","steps":[{"action":{"name":"Reboot","type":"runHandler",
                        "input":{"handler":"reboot.sh","path":""},"runAsUser":""}}]})"_json);
}

TEST_CASE("a value stays one string, whatever is in it") {
  const std::string nasty = R"(echo,"],"x\":\\,${aws:iot:parameter:runAsUser}'é)";
  const json document =
      Delivered("arn:aws:iot:us-east-1::jobtemplate/AWS-Run-Command:1.0", {{"command", nasty}});
  CHECK(document["steps"][0]["action"]["input"] == json{{"command", nasty}});
}

TEST_CASE("before substitution the document is the template's, after it the job's") {
  Scene scene;
  const json body = {{"targets", {kThing}},
                     {"jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Install-Application"},
                     {"documentParameters", {{"packages", "tree"}}}};
  REQUIRE(scene.Operator("PUT", "/jobs/j", body.dump()).status == 200);
  const auto document = [&](const std::string& query) {
    return json::parse(scene.Operator("GET", "/jobs/j/job-document" + query).body)["document"]
        .get<std::string>();
  };
  CHECK(document("?beforeSubstitution=true").find("${aws:iot:parameter:packages}") != std::string::npos);
  CHECK(document("").find("${") == std::string::npos);
  CHECK(document("?beforeSubstitution=false") == document(""));
  CHECK(scene.Job("j")["documentParameters"] == R"({"packages":"tree"})"_json);
  scene.CreateJob("plain");
  CHECK(json::parse(
            scene.Operator("GET", "/jobs/plain/job-document?beforeSubstitution=true").body)["document"] ==
        R"({"job":"plain"})");
}

TEST_CASE("templates are listed, and described with their parameters") {
  Scene scene;
  const json list = json::parse(scene.Operator("GET", "/managed-job-templates").body)["managedJobTemplates"];
  REQUIRE(list.size() == 8);
  for (const json& summary : list) {
    const std::string name = summary["templateName"];
    CAPTURE(name);
    CHECK(summary["templateArn"] == "arn:aws:iot:us-east-1::jobtemplate/" + name + ":1.0");
    CHECK(summary["environments"] == R"(["LINUX"])"_json);
    const json described =
        json::parse(scene.Operator("GET", "/managed-job-templates/" + name + "?templateVersion=1.0").body);
    CHECK(described["description"] == summary["description"]);
    const std::string document = described["document"];
    REQUIRE(json::parse(document).is_object());
    // Each parameter is in the document, and each placeholder is a parameter.
    std::size_t placeholders = 0;
    for (auto at = document.find("${"); at != std::string::npos; at = document.find("${", at + 1))
      ++placeholders;
    CHECK(described["documentParameters"].size() == placeholders);
    for (const json& parameter : described["documentParameters"]) {
      const std::string key = parameter["key"];
      CHECK(document.find("${aws:iot:parameter:" + key + "}") != std::string::npos);
      CHECK(parameter["optional"] == (key == "runAsUser" || key == "pathToHandler"));
      CHECK(parameter["regex"].is_string());
      CHECK(parameter["example"].is_string());
    }
  }
  const json one = json::parse(scene.Operator("GET", "/managed-job-templates?templateName=AWS-Reboot").body);
  CHECK(one["managedJobTemplates"].size() == 1);
}

}  // namespace
}  // namespace kedge::drydock
