// Documents that can never run here: REJECTED with the reason, nothing has run, and the queue goes on.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

struct BadDocument {
  std::string text;
  std::string named;  // in the reason
};

// The valid document with one thing changed: `change` is a JSON patch.
std::string Patched(const json& valid, const char* change) { return valid.patch(json::parse(change)).dump(); }

TEST_CASE("a document that can never run is REJECTED with what is wrong, and later jobs run") {
  Rig rig;
  const std::string ran = rig.Folder("ran");
  const std::string note = rig.Script("note", "echo ran >> " + ran);
  const json valid = rig.Document({rig.Step(note), rig.Step(note)});
  const auto with = [&valid](const char* change) { return Patched(valid, change); };
  const std::string deep(10000, '[');
  const std::string deep_end(10000, ']');
  const std::vector<BadDocument> bad = {
      {"[]", "array"},
      {"\"steps\"", "not JSON"},
      {"7", "expected an object"},
      {"null", "job document"},
      {"{}", "version"},
      {"{\"a\":" + deep + deep_end + "}", "nested deeper"},
      {R"({"version":"1.0","steps":[)" + deep + deep_end + "]}", "nested deeper"},
      {"{\"version\":\"1.0\",\"note\":\"" + std::string(40000, 'x') + "\"}", "32768"},
      {R"({"version":"1.0"})", "steps: missing"},
      {with(R"([{"op":"replace","path":"/version","value":"2.0"}])"), "version"},
      {with(R"([{"op":"replace","path":"/version","value":1}])"), "version"},
      {with(R"([{"op":"replace","path":"/steps","value":[]}])"), "steps"},
      {with(R"([{"op":"replace","path":"/steps","value":{}}])"), "steps"},
      {with(R"([{"op":"replace","path":"/steps/1","value":7}])"), "steps[1]"},
      {with(R"([{"op":"remove","path":"/steps/1/action"}])"), "steps[1].action: missing"},
      {with(R"([{"op":"replace","path":"/steps/1/action","value":"run"}])"), "steps[1].action"},
      {with(R"([{"op":"remove","path":"/steps/1/action/name"}])"), "steps[1].action.name: missing"},
      {with(R"([{"op":"replace","path":"/steps/1/action/name","value":""}])"), "steps[1].action.name"},
      {with(R"([{"op":"remove","path":"/steps/1/action/type"}])"), "steps[1].action.type: missing"},
      {with(R"([{"op":"replace","path":"/steps/1/action/type","value":"runFoo"}])"), "\"runFoo\""},
      {with(R"([{"op":"remove","path":"/steps/1/action/input"}])"), "steps[1].action.input: missing"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input","value":[]}])"), "steps[1].action.input"},
      {with(R"([{"op":"remove","path":"/steps/1/action/input/handler"}])"), "input.handler: missing"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/handler","value":7}])"), "input.handler"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/args","value":"x"}])"), "input.args"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/args","value":["x",7]}])"), "input.args[1]"},
      {with(R"([{"op":"add","path":"/steps/1/action/runAsUser","value":0}])"), "steps[1].action.runAsUser"},
      {with(R"([{"op":"add","path":"/steps/1/action/allowStdErr","value":"many"}])"), "allowStdErr"},
      {with(R"([{"op":"add","path":"/steps/1/action/allowStdErr","value":-1}])"), "allowStdErr"},
      {with(R"([{"op":"add","path":"/steps/1/action/ignoreStepFailure","value":"yes"}])"),
       "ignoreStepFailure"},
      {with(R"([{"op":"add","path":"/steps/1/action/timeoutSeconds","value":0}])"), "timeoutSeconds"},
      {with(R"([{"op":"add","path":"/steps/1/action/protect","value":["/etc"]}])"), "protect"},
      {with(R"([{"op":"add","path":"/steps/1/action/protect","value":{"nothing":["/etc"]}}])"), "'nothing'"},
      {with(R"([{"op":"add","path":"/finalStep","value":{}}])"), "finalStep.action: missing"},
      {with(R"([{"op":"add","path":"/conditions","value":[{"key":"os","value":["x"],"type":"string"}]}])"),
       "conditions"},
      {with(R"([{"op":"add","path":"/includeStdOut","value":3}])"), "includeStdOut"},
      // What the document says is fine, but not so on this device.
      {with(R"([{"op":"replace","path":"/steps/1/action/input/handler","value":"nothing-such"}])"),
       "nothing-such"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/handler","value":"../note"}])"), "../note"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/handler","value":"/bin/sh"}])"), "/bin/sh"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/path","value":"/usr/bin"}])"), "/usr/bin"},
      {with(R"([{"op":"replace","path":"/steps/1/action/input/path","value":"etc"}])"), "etc"},
      {with(R"([{"op":"add","path":"/steps/1/action/runAsUser","value":"nobody-of-this-name"}])"),
       "nobody-of-this-name"},
      {rig.Document({rig.CommandStep("no-such-program,x")}).dump(), "no-such-program"},
      {rig.Document({rig.CommandStep("rm -rf /")}).dump(), "rm -rf /"},
      {rig.Document({rig.CommandStep("")}).dump(), "command"},
      {R"({"operation":"nothing-such"})", "nothing-such"},
      {R"({"operation":7})", "operation"},
  };
  const pid_t pid = rig.kedged().pid();
  for (std::size_t i = 0; i < bad.size(); ++i) {
    rig.service().CreateRawJob("bad-" + std::to_string(i), bad[i].text);
  }
  rig.RunsAJob("after-all");
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const std::string job = "bad-" + std::to_string(i);
    INFO(bad[i].text.substr(0, 300));
    CHECK(rig.service().Status(job) == "REJECTED");
    const std::string reason = rig.service().Detail(job, "reason");
    INFO(reason);
    CHECK(reason.find(bad[i].named) != std::string::npos);
    CHECK(rig.service().Statuses(job) == std::vector<std::string>{"REJECTED"});
  }
  CHECK(!rig::Exists(ran));
  CHECK(rig.kedged().Runs());
  CHECK(rig.kedged().pid() == pid);

  // The document that all of these were made from is a good one.
  rig.service().CreateJob("good", valid);
  rig.WaitForStatus("good", "SUCCEEDED");
  CHECK(rig::ReadIfThere(ran) == "ran\nran\n");
}

TEST_CASE("commands can be switched off: then runCommand is REJECTED, and handlers run") {
  Rig rig({.config = "jobs: {run_command: false}"});
  rig.service().CreateJob("command", rig.Document({rig.CommandStep("true")}));
  rig.WaitForStatus("command", "REJECTED");
  CHECK(rig.service().Detail("command", "reason").find("switched off") != std::string::npos);
  rig.service().CreateJob("handler", rig.Document({rig.Step(rig.Script("fine", "exit 0"))}));
  rig.WaitForStatus("handler", "SUCCEEDED");
}

}  // namespace
}  // namespace kedge::e2e
