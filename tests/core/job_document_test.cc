#include "core/job_document.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/utf8.h"

namespace kedge {
namespace {

using namespace std::literals;
using Argv = std::vector<std::string>;

// A document whose only step's action has these members besides a name.
std::string WithAction(const std::string& members) {
  return R"({"version":"1.0","steps":[{"action":{"name":"a",)" + members + "}}]}";
}
// A step that can run, with further members of `action`.
std::string WithStep(const std::string& members) {
  return WithAction(R"("type":"runCommand","input":{"command":"true"},)" + members);
}

Step OnlyStep(const std::string& text) {
  const Result<JobDocument> document = ParseJobDocument(text);
  REQUIRE_MESSAGE(document.has_value(), document.error().message);
  REQUIRE(document->steps.size() == 1);
  return document->steps[0];
}

std::string Refusal(std::string_view text) {
  const Result<JobDocument> document = ParseJobDocument(text);
  REQUIRE_FALSE(document.has_value());
  CHECK(document.error().kind == ErrorKind::kInvalid);
  return document.error().message;
}

void CheckRefusals(const std::vector<std::pair<std::string, std::string>>& cases) {
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    CHECK(Refusal(text) == message);
  }
}

TEST_CASE("job document: a schema 1.0 document with every member of AWS's") {
  const Result<JobDocument> document = ParseJobDocument(R"({
    "_comment": "ignored", "_comment": "ignored too",
    "version": "1.0", "includeStdOut": "true", "conditions": [],
    "steps": [
      {"action": {"name": "fetch", "type": "runHandler", "runAsUser": "root", "allowStdErr": 10,
                  "input": {"handler": "download-file.sh", "args": ["https://example.invalid/a", "/tmp/a"],
                            "path": "default"}}},
      {"action": {"name": "greet", "type": "runCommand", "ignoreStepFailure": "true", "runAsUser": "pi",
                  "input": {"command": "echo,one\\, two,three"}}}],
    "finalStep": {"action": {"name": "check", "type": "runHandler", "input": {"handler": "health-check.sh"}}}})");
  REQUIRE_MESSAGE(document.has_value(), document.error().message);
  CHECK(document->include_stdout == true);
  REQUIRE(document->steps.size() == 3);

  const Step& fetch = document->steps[0];
  CHECK(fetch.name == "fetch");
  CHECK(fetch.command.kind == Command::Kind::kHandler);
  CHECK(fetch.command.handler == "download-file.sh");
  CHECK(fetch.command.path == "default");
  CHECK(fetch.command.args == Argv{"https://example.invalid/a", "/tmp/a"});
  CHECK(fetch.run_as_user == "root");
  CHECK(fetch.allow_stderr_lines == 10);
  CHECK_FALSE(fetch.ignore_failure);
  CHECK_FALSE(fetch.is_final);

  const Step& greet = document->steps[1];
  CHECK(greet.command.kind == Command::Kind::kCommand);
  CHECK(greet.command.args == Argv{"echo", "one, two", "three"});
  CHECK(greet.ignore_failure);
  CHECK_FALSE(greet.allow_stderr_lines.has_value());

  const Step& check = document->steps[2];
  CHECK(check.name == "check");
  CHECK(check.is_final);
  CHECK(check.command.path.empty());
}

TEST_CASE("job document: a step without Kedge's members has their defaults") {
  const Step step = OnlyStep(WithStep(R"("unknown":[1,{"a":null}])"));
  CHECK_FALSE(step.rollback.has_value());
  CHECK_FALSE(step.verify.has_value());
  CHECK(step.protect.empty());
  CHECK_FALSE(step.timeout.has_value());
  CHECK(step.interruptible);
  CHECK_FALSE(step.max_uninterruptible.has_value());
  CHECK(step.on_interrupt == OnInterrupt::kRollback);
}

TEST_CASE("job document: Kedge's members of a step") {
  const Step step = OnlyStep(WithStep(R"(
      "rollback": {"command": "cp,/a.bak,/a"},
      "verify": {"handler": "verify-a", "args": ["x"], "path": "/opt/h"},
      "protect": {"files": ["/etc/a", "/etc/b"], "services": ["cron"]},
      "timeoutSeconds": 90, "interruptible": false, "maxUninterruptibleSeconds": "30", "onInterrupt": "retry")"));
  REQUIRE(step.rollback);
  CHECK(step.rollback->kind == Command::Kind::kCommand);
  CHECK(step.rollback->args == Argv{"cp", "/a.bak", "/a"});
  REQUIRE(step.verify);
  CHECK(step.verify->kind == Command::Kind::kHandler);
  CHECK(step.verify->handler == "verify-a");
  CHECK(step.verify->args == Argv{"x"});
  CHECK(step.verify->path == "/opt/h");
  CHECK(step.protect == std::map<std::string, Argv>{{"files", {"/etc/a", "/etc/b"}}, {"services", {"cron"}}});
  CHECK(step.timeout == std::chrono::seconds(90));
  CHECK_FALSE(step.interruptible);
  CHECK(step.max_uninterruptible == std::chrono::seconds(30));
  CHECK(step.on_interrupt == OnInterrupt::kRetry);

  const Step bounded = OnlyStep(WithStep(R"("graceSeconds": 0, "leftovers": "keep", "limits": {
      "memoryBytes": 67108864, "tasks": "32", "cpuWeight": 50, "ioWeight": 10, "outputBytes": 1000, "_why": "small"})"));
  CHECK(bounded.grace == std::chrono::seconds(0));
  CHECK(bounded.keep_leftovers == true);
  CHECK(bounded.limits == StepLimits{67108864, 32, 50, 10, 1000});
  CHECK(OnlyStep(WithStep(R"("leftovers": "end")")).keep_leftovers == false);
  CHECK_FALSE(OnlyStep(WithStep(R"("onInterrupt":"done")")).keep_leftovers);

  CHECK(OnlyStep(WithStep(R"("onInterrupt":"done")")).on_interrupt == OnInterrupt::kDone);
  CHECK(OnlyStep(WithStep(R"("onInterrupt":"rollback")")).on_interrupt == OnInterrupt::kRollback);

  const Step connected = OnlyStep(WithStep(R"("onNoConnection":"rollback","connectionTimeoutSeconds":30)"));
  CHECK(connected.needs_connection);
  CHECK(connected.connection_limit == std::chrono::seconds(30));
  CHECK_FALSE(OnlyStep(WithStep(R"("onNoConnection":"ignore")")).needs_connection);
}

TEST_CASE("job document: the same but for the queries of URLs") {
  const auto parsed = [](const std::string& command) {
    return *ParseJobDocument(
        R"({"version":"1.0","steps":[{"action":{"name":"s","type":"runCommand","input":{"command":")" +
        command + R"("},"rollback":{"command":"undo,https://h/u?t=)" + command + R"("}}}]})");
  };
  const JobDocument one = parsed("get,https://h/f?X-Amz-Signature=1,/tmp/f");
  CHECK(SameButForQueries(one, parsed("get,https://h/f?X-Amz-Signature=22&X-Amz-Date=3,/tmp/f")));
  CHECK(SameButForQueries(parsed("get,--url=https://h/f?a=1 b"), parsed("get,--url=https://h/f?a=2 b")));
  CHECK_FALSE(SameButForQueries(one, parsed("get,https://h/g?X-Amz-Signature=1,/tmp/f")));
  CHECK_FALSE(SameButForQueries(one, parsed("get,https://h/f?X-Amz-Signature=1,/tmp/g")));
  CHECK_FALSE(SameButForQueries(one, parsed("put,https://h/f?X-Amz-Signature=1,/tmp/f")));
  CHECK_FALSE(
      SameButForQueries(parsed("get,--url=https://h/f?a=1 b"), parsed("get,--url=https://h/f?a=1 c")));
  // A question mark that is no URL's is compared.
  CHECK_FALSE(SameButForQueries(parsed("echo,who?me"), parsed("echo,who?you")));
}

TEST_CASE("job document: a flag is a boolean or its word") {
  CHECK(OnlyStep(WithStep(R"("ignoreStepFailure":true)")).ignore_failure);
  CHECK(OnlyStep(WithStep(R"("ignoreStepFailure":"true")")).ignore_failure);
  CHECK_FALSE(OnlyStep(WithStep(R"("ignoreStepFailure":false)")).ignore_failure);
  CHECK_FALSE(OnlyStep(WithStep(R"("ignoreStepFailure":"false")")).ignore_failure);
  for (const auto& [value, told] :
       std::vector<std::pair<std::string, std::optional<bool>>>{{"true", true},
                                                                {"\"true\"", true},
                                                                {"false", false},
                                                                {"\"false\"", false},
                                                                {"null", std::nullopt}}) {
    const Result<JobDocument> document =
        ParseJobDocument(R"({"operation":"o","includeStdOut":)" + value + "}");
    REQUIRE(document.has_value());
    CHECK(document->include_stdout == told);
  }
}

TEST_CASE("job document: a member that is null counts as absent") {
  const Step step =
      OnlyStep(WithStep(R"("rollback":null,"protect":{"files":null},"runAsUser":null,"allowStdErr":null)"));
  CHECK_FALSE(step.rollback.has_value());
  CHECK(step.protect.empty());
  CHECK(Refusal(R"({"version":"1.0","steps":null})") == "steps: missing");
  CHECK(Refusal(WithAction(R"("type":"runHandler","input":{"handler":null})")) ==
        "steps[0].action.input.handler: missing");
}

TEST_CASE("job document: allowStdErr is a count of lines, be it written as a string") {
  CHECK(OnlyStep(WithStep(R"("allowStdErr":0)")).allow_stderr_lines == 0);
  CHECK(OnlyStep(WithStep(R"("allowStdErr":"12")")).allow_stderr_lines == 12);
  CHECK(OnlyStep(WithStep(R"("allowStdErr":2.0)")).allow_stderr_lines == 2);
  const std::string range = ", expected a whole number from 0 to 2147483647";
  CheckRefusals(
      {{WithStep(R"("allowStdErr":-1)"), "steps[0].action.allowStdErr: is -1" + range},
       {WithStep(R"("allowStdErr":2.5)"), "steps[0].action.allowStdErr: is 2.5" + range},
       {WithStep(R"("allowStdErr":"")"), "steps[0].action.allowStdErr: is \"\"" + range},
       {WithStep(R"("allowStdErr":"2 lines")"), "steps[0].action.allowStdErr: is \"2 lines\"" + range},
       {WithStep(R"("allowStdErr":"99999999999999999999")"),
        "steps[0].action.allowStdErr: is \"99999999999999999999\"" + range},
       {WithStep(R"("allowStdErr":18446744073709551615)"),
        "steps[0].action.allowStdErr: is 18446744073709551615" + range},
       {WithStep(R"("allowStdErr":1e300)"), "steps[0].action.allowStdErr: is 1e+300" + range},
       {WithStep(R"("allowStdErr":true)"), "steps[0].action.allowStdErr: is true" + range}});
}

TEST_CASE("job document: the operation form is one handler named after the operation") {
  const Step step =
      OnlyStep(R"({"operation":"install-packages.sh","args":["tree"],"path":"default","allowStdErr":2,
                                 "protect":"not a member of this form","conditions":"neither"})");
  CHECK(step.name == "install-packages.sh");
  CHECK(step.command.kind == Command::Kind::kHandler);
  CHECK(step.command.handler == "install-packages.sh");
  CHECK(step.command.args == Argv{"tree"});
  CHECK(step.command.path == "default");
  CHECK(step.allow_stderr_lines == 2);
  CHECK(step.run_as_user.empty());
}

TEST_CASE("job document: a version that is a text decides, without one, operation does") {
  CHECK(OnlyStep(R"({"version":1,"operation":"o"})").name == "o");
  CHECK(OnlyStep(R"({"version":"","operation":"o"})").name == "o");
  CHECK(OnlyStep(R"({"version":"1.1","operation":"o","steps":[{"action":{"name":"new","type":"runCommand",
                     "input":{"command":"true"}}}]})")
            .name == "new");
  CheckRefusals(
      {{R"({"version":"1.0","operation":"o"})", "steps: missing"},
       {R"({"version":"2.0","steps":[]})",
        "version: is \"2.0\", a schema this agent does not know, expected \"1.0\""},
       {R"({"version":1.0,"steps":[]})", "version: is 1.0, expected \"1.0\""},
       {R"({"version":"","steps":[]})", "version: is \"\", expected \"1.0\""},
       {R"({"steps":[]})",
        "version: missing, and no \"operation\" either: no form of job document that this agent knows "
        "(see DOCUMENT.md)"},
       {R"({"operation":7})", "operation: is 7, expected a string"},
       {R"({"operation":""})", "operation: is empty"}});
}

TEST_CASE("job document: a missing or mistyped member is refused by name") {
  const std::string input = R"("input":{"command":"true"})";
  const std::string second =
      R"({"version":"1.0","steps":[{"action":{"name":"a","type":"runCommand","input":)"
      R"({"command":"true"}}},{"action":{"name":"b","type":"runHandler","input":{}}}]})";
  CheckRefusals(
      {{second, "steps[1].action.input.handler: missing"},
       {R"({"version":"1.0","steps":[]})", "steps: is empty"},
       {R"({"version":"1.0","steps":{}})", "steps: is an object, expected an array of objects"},
       {R"({"version":"1.0","steps":["a"]})", "steps[0]: is \"a\", expected an object"},
       {R"({"version":"1.0","steps":[{}]})", "steps[0].action: missing"},
       {R"({"version":"1.0","steps":[{"action":[]}]})", "steps[0].action: is an array, expected an object"},
       {R"({"version":"1.0","steps":[{"action":{"type":"runCommand"}}]})", "steps[0].action.name: missing"},
       {R"({"version":"1.0","steps":[{"action":{"name":" \n"}}]})",
        "steps[0].action.name: holds nothing that can be read"},
       {WithAction(input), "steps[0].action.type: missing"},
       {WithAction(R"("type":"runFoo",)" + input),
        "steps[0].action.type: is \"runFoo\", expected \"runHandler\" or \"runCommand\""},
       {WithAction(R"("type":null,)" + input), "steps[0].action.type: missing"},
       {WithAction(R"("type":"runCommand")"), "steps[0].action.input: missing"},
       {WithAction(R"("type":"runCommand","input":"ls")"),
        "steps[0].action.input: is \"ls\", expected an object"},
       {WithAction(R"("type":"runCommand","input":{})"), "steps[0].action.input.command: missing"},
       {WithAction(R"("type":"runCommand","input":{"command":["ls"]})"),
        "steps[0].action.input.command: is an array, expected a string"},
       {WithAction(R"("type":"runHandler","input":{"handler":"h","args":"x"})"),
        "steps[0].action.input.args: is \"x\", expected an array of strings"},
       {WithAction(R"("type":"runHandler","input":{"handler":"h","args":["x",1]})"),
        "steps[0].action.input.args[1]: is 1, expected a string"},
       {WithAction(R"("type":"runHandler","input":{"handler":"h","path":{}})"),
        "steps[0].action.input.path: is an object, expected a string"},
       {WithStep(R"("runAsUser":0)"), "steps[0].action.runAsUser: is 0, expected a string"},
       {WithStep(R"("ignoreStepFailure":"yes")"),
        "steps[0].action.ignoreStepFailure: is \"yes\", expected true or false"},
       {R"({"version":"1.0","includeStdOut":1,"steps":[]})", "includeStdOut: is 1, expected true or false"},
       {R"({"version":"1.0","steps":[{"action":{"name":"a","type":"runCommand","input":{"command":"true"}}}],
            "finalStep":{}})",
        "finalStep.action: missing"},
       {R"({"version":"1.0","steps":[{"action":{"name":"a","type":"runCommand","input":{"command":"true"}}}],
            "finalStep":[]})",
        "finalStep: is an array, expected an object"}});
}

TEST_CASE("job document: a mistyped member of Kedge's is refused by name") {
  const std::string seconds = ", expected a whole number from 1 to 604800";
  CheckRefusals(
      {{WithStep(R"("rollback":"cp,a,b")"), "steps[0].action.rollback: is \"cp,a,b\", expected an object"},
       {WithStep(R"("rollback":{})"),
        "steps[0].action.rollback: has neither \"command\" nor \"handler\", expected one of them"},
       {WithStep(R"("verify":{"command":"a","handler":"b"})"),
        "steps[0].action.verify: has both \"command\" and \"handler\", expected one of them"},
       {WithStep(R"("verify":{"command":""})"), "steps[0].action.verify.command: is empty"},
       {WithStep(R"("protect":["/etc/a"])"), "steps[0].action.protect: is an array, expected an object"},
       {WithStep(R"("protect":{"Files":["/etc/a"]})"),
        "steps[0].action.protect: \"Files\" is not a guard's name, expected 1 to 32 of a-z, 0-9 and '-'"},
       {WithStep(R"("protect":{"files":"/etc/a"})"),
        "steps[0].action.protect.files: is \"/etc/a\", expected an array of strings"},
       {WithStep(R"("protect":{"files":[]})"),
        "steps[0].action.protect.files: is empty, expected what to protect"},
       {WithStep(R"("protect":{"files":["/a",""]})"), "steps[0].action.protect.files[1]: is empty"},
       {WithStep(R"("timeoutSeconds":0)"), "steps[0].action.timeoutSeconds: is 0" + seconds},
       {WithStep(R"("graceSeconds":601)"),
        "steps[0].action.graceSeconds: is 601, expected a whole number from 0 to 600"},
       {WithStep(R"("leftovers":"stay")"),
        "steps[0].action.leftovers: is \"stay\", expected \"end\" or \"keep\""},
       {WithStep(R"("limits":{"memory":5})"),
        "steps[0].action.limits.memory: is no limit; there are memoryBytes, tasks, cpuWeight, ioWeight and "
        "outputBytes"},
       {WithStep(R"("limits":{"memoryBytes":65535})"),
        "steps[0].action.limits.memoryBytes: is 65535, expected a whole number from 65536 to "
        "1125899906842624"},
       {WithStep(R"("limits":{"cpuWeight":0})"),
        "steps[0].action.limits.cpuWeight: is 0, expected a whole number from 1 to 10000"},
       {WithStep(R"("limits":[])"), "steps[0].action.limits: is an array, expected an object"},
       {WithStep(R"("timeoutSeconds":604801)"), "steps[0].action.timeoutSeconds: is 604801" + seconds},
       {WithStep(R"("interruptible":"no")"),
        "steps[0].action.interruptible: is \"no\", expected true or false"},
       {WithStep(R"("interruptible":false,"maxUninterruptibleSeconds":3601)"),
        "steps[0].action.maxUninterruptibleSeconds: is 3601, expected a whole number from 1 to 3600"},
       {WithStep(R"("maxUninterruptibleSeconds":5)"),
        "steps[0].action.maxUninterruptibleSeconds: needs \"interruptible\": false beside it"},
       {WithStep(R"("onInterrupt":"resume")"),
        "steps[0].action.onInterrupt: is \"resume\", expected \"rollback\", \"retry\" or \"done\""},
       {WithStep(R"("onNoConnection":"retry")"),
        "steps[0].action.onNoConnection: is \"retry\", expected \"rollback\" or \"ignore\""},
       {WithStep(R"("connectionTimeoutSeconds":30)"),
        "steps[0].action.connectionTimeoutSeconds: needs \"onNoConnection\": \"rollback\" beside it"},
       {WithStep(R"("onNoConnection":"rollback","connectionTimeoutSeconds":9)"),
        "steps[0].action.connectionTimeoutSeconds: is 9, expected a whole number from 10 to 3600"},
       {WithStep(R"("onInterrupt":"")"),
        "steps[0].action.onInterrupt: is \"\", expected \"rollback\", \"retry\" or \"done\""}});
}

TEST_CASE("job document: the first problem of a document is the one that is told") {
  CHECK(
      Refusal(
          R"({"version":"1.0","steps":[{"action":{"name":"a","type":"runHandler","input":{"handler":1}}},7]})") ==
      "steps[1]: is 7, expected an object");  // the shape of the list comes before its elements
  CHECK(Refusal(WithStep(R"("onInterrupt":7,"timeoutSeconds":0)"))
            .starts_with("steps[0].action.timeoutSeconds"));
}

TEST_CASE("job document: a job with conditions does not run, for they are not checked") {
  const std::string rest =
      R"("steps":[{"action":{"name":"a","type":"runCommand","input":{"command":"true"}}}]})";
  const std::string head = R"({"version":"1.0","conditions":)";
  CHECK(OnlyStep(head + "[]," + rest).name == "a");
  CHECK(OnlyStep(head + "null," + rest).name == "a");
  CHECK(Refusal(head + R"([{"key":"os","value":["linux"],"type":"stringEqual"}],)" + rest)
            .starts_with("conditions: this agent cannot check conditions"));
  CheckRefusals({{head + R"({},)" + rest, "conditions: is an object, expected an array of objects"},
                 {head + R"([{"value":["linux"]}],)" + rest, "conditions[0].key: missing"},
                 {head + R"([{"key":"os","value":[]}],)" + rest, "conditions[0].value: is empty"},
                 {head + R"([{"key":"os","value":"linux"}],)" + rest,
                  "conditions[0].value: is \"linux\", expected an array of strings"}});
}

TEST_CASE("job document: a user's name is short and can be printed") {
  CHECK(OnlyStep(WithStep(R"("runAsUser":")" + std::string(256, 'u') + "\"")).run_as_user.size() == 256);
  CheckRefusals(
      {{WithStep(R"("runAsUser":")" + std::string(257, 'u') + "\""),
        "steps[0].action.runAsUser: 257 bytes long, more than 256"},
       {WithStep(R"("runAsUser":"pi\n")"), "steps[0].action.runAsUser: holds a control character"},
       {WithStep(R"("runAsUser":"pi\u007f")"), "steps[0].action.runAsUser: holds a control character"}});
}

TEST_CASE("job document: a NUL character is refused wherever it would reach a program") {
  const std::string what = ": holds a NUL character, which no program can be given";
  CheckRefusals(
      {{WithAction(R"("type":"runCommand","input":{"command":"a,b\u0000c"})"),
        "steps[0].action.input.command" + what},
       {WithAction(R"("type":"runHandler","input":{"handler":"h","args":["\u0000"]})"),
        "steps[0].action.input.args[0]" + what},
       {WithStep(R"("protect":{"files":["/etc/a\u0000b"]})"), "steps[0].action.protect.files[0]" + what}});
}

TEST_CASE("job document: a step's name is made fit to print") {
  const std::string name = R"("name":"\u001b[31m)" + std::string(300, 'n') + R"(\n")";
  const Step step = OnlyStep(R"({"version":"1.0","steps":[{"action":{)" + name +
                             R"(,"type":"runCommand","input":{"command":"true"}}}]})");
  CHECK(step.name.size() == 128);
  CHECK(step.name.starts_with("nnn"));
}

TEST_CASE("job document: 64 steps are taken, finalStep included, 65 refused") {
  const auto with_steps = [](size_t count, bool final_step) {
    const std::string step = R"({"action":{"name":"a","type":"runCommand","input":{"command":"true"}}})";
    std::string text = R"({"version":"1.0","steps":[)" + step;
    for (size_t i = 1; i < count; ++i) text += "," + step;
    return text + "]" + (final_step ? R"(,"finalStep":)" + step : "") + "}";
  };
  CHECK(ParseJobDocument(with_steps(64, false)).value().steps.size() == 64);
  CHECK(ParseJobDocument(with_steps(63, true)).value().steps.size() == 64);
  CheckRefusals({{with_steps(65, false), "steps: 65 steps with finalStep, more than 64"},
                 {with_steps(64, true), "steps: 65 steps with finalStep, more than 64"}});
}

TEST_CASE("job document: what is not a JSON object is refused with the place where it stops being one") {
  CheckRefusals({{"", "the job document: empty"},
                 {" \r\n", "the job document: empty"},
                 {"[]", "the job document: is an array, expected an object"},
                 {"null", "the job document: is null, expected an object"},
                 {"\"text\"", "the job document: is \"text\", expected an object"},
                 {"12", "the job document: is 12, expected an object"},
                 {"{\n \"a\": tru}", "the job document: not JSON: line 2, column 10: invalid literal"},
                 {std::string("{}\0x", 4), "the job document: not JSON: line 1, column 3: a NUL byte"},
                 {"{\"a\":\"\xFF\"}", "the job document: not UTF-8: line 1, column 7"},
                 {"\xEF\xBB", "the job document: not UTF-8: line 1, column 1"}});
  for (const std::string_view text : {"{", "{} {}", "{\"a\":1e999}", "{\"a\":01}", "{'a':1}", "{\"a\":1,}",
                                      "{\"a\":NaN}", "// no", "{\"a\" 1}"}) {
    CAPTURE(text);
    CHECK(Refusal(text).starts_with("the job document: not JSON: line 1, column "));
  }
}

TEST_CASE("job document: a member that is given twice is refused, unless it is a comment") {
  CHECK(Refusal(R"({"version":"1.0","version":"1.0"})") ==
        "the job document: the member \"version\" is given twice in one object");
  CHECK(Refusal(R"({"operation":"o","meta":{"a":1,"\u0061":2}})") ==
        "the job document: the member \"a\" is given twice in one object");
  CHECK(OnlyStep(R"({"operation":"o","_c":1,"_c":2,"a":{"operation":3}})").name == "o");
}

TEST_CASE("job document: 32 KiB are taken, one byte more is refused") {
  const std::string head = R"({"operation":"o","filler":")";
  const std::string whole = head + std::string(kMaxDocumentBytes - head.size() - 2, 'x') + "\"}";
  REQUIRE(whole.size() == 32768);
  CHECK(OnlyStep(whole).name == "o");
  CHECK(Refusal(whole + " ") == "the job document: 32769 bytes long, more than 32768");
}

TEST_CASE("job document: nesting is followed 32 levels deep and no deeper") {
  const auto nested = [](size_t depth, const std::string& open, const std::string& close) {
    std::string text = R"({"operation":"o","x":)";
    for (size_t i = 1; i < depth; ++i) text += open;
    text += "0";
    for (size_t i = 1; i < depth; ++i) text += close;
    return text + "}";
  };
  CHECK(OnlyStep(nested(32, "[", "]")).name == "o");
  CHECK(OnlyStep(nested(32, R"({"a":)", "}")).name == "o");
  const std::string refusal = "the job document: nested deeper than 32 levels";
  CheckRefusals({{nested(33, "[", "]"), refusal},
                 {nested(33, R"({"a":)", "}"), refusal},
                 {nested(10000, "[", "]"), refusal},
                 {std::string(32768, '['), refusal},
                 {R"({"a":)" + std::string(30000, '['), refusal}});
}

TEST_CASE("job document: a refusal is short and printable, however large what it complains about") {
  const std::string huge(30000, 'h');
  for (const std::string& text :
       {WithAction(R"("type":")" + huge + R"(","input":{})"), R"({"version":")" + huge + "\"}", "{\"" + huge,
        "{\"" + huge + "\":1,\"" + huge.substr(1) + "\":\n", WithStep(R"("protect":{")" + huge + R"(":[]})"),
        WithStep(R"("timeoutSeconds":")" + huge + "\""), WithStep(R"("onInterrupt":"\u202e\n\u0007")"),
        WithAction(R"("type":"runCommand","input":{"command":"a )" + huge + "\"}"),
        "{\"a\":\"" + huge + "\n\"}",
        WithAction(R"("type":"runHandler","input":{"handler":"${aws:iot:parameter:)" + huge + R"(}"})")}) {
    const std::string refusal = Refusal(text);
    CAPTURE(refusal);
    CHECK(refusal.size() < 400);
    CHECK(FindInvalidUtf8(refusal) == std::string::npos);
    CHECK(std::none_of(refusal.begin(), refusal.end(), [](char c) { return c >= 0 && c < ' '; }));
  }
}

TEST_CASE("split command: commas separate, an escaped comma does not, blanks around a token go") {
  const auto split = [](std::string_view command) { return SplitCommand(command).value(); };
  CHECK(split("ls") == Argv{"ls"});
  CHECK(split("echo,a b,c") == Argv{"echo", "a b", "c"});
  CHECK(split(" echo ,\ta ,b\n") == Argv{"echo", "a", "b"});
  CHECK(split("echo,one\\, two") == Argv{"echo", "one, two"});
  CHECK(split("echo,\\,") == Argv{"echo", ","});
  CHECK(split("sed,s/\\.//,a\\\\b") == Argv{"sed", "s/\\.//", "a\\\\b"});
  CHECK(split("echo,a\\") == Argv{"echo", "a\\"});
  CHECK(split("echo,*,$HOME,'q',|") == Argv{"echo", "*", "$HOME", "'q'", "|"});
}

TEST_CASE("split command: nothing between commas is no argument, blanks alone are an empty one") {
  CHECK(SplitCommand("echo,,a,").value() == Argv{"echo", "a"});
  CHECK(SplitCommand("echo, ,a").value() == Argv{"echo", "", "a"});
}

TEST_CASE("split command: a program with a blank, and none at all, are refused") {
  for (const std::string_view command : {"", ",", ",,,", " ", "\t,a"}) {
    CAPTURE(command);
    CHECK(SplitCommand(command).error().message == "names no program before the first comma");
  }
  CHECK(SplitCommand("rm -rf /,x").error().message ==
        "the program \"rm -rf /\" holds a blank; separate the program and its arguments by commas");
  CHECK_FALSE(SplitCommand("a,b\0c"sv));
}

}  // namespace
}  // namespace kedge
