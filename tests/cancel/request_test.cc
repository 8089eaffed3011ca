// Both services' command lines, as they are typed, to one request.
#include "cancel/request.h"

#include <doctest/doctest.h>

#include <map>

#include "cancel/skeleton.h"
#include "jobs/cancel.h"

namespace kedge::cancel {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

std::map<std::string, std::string> files;

Result<std::string> FromFiles(const std::string& path) {
  const auto found = files.find(path);
  if (found == files.end()) return Unexpected{ErrorKind::kNotFound, path + ": No such file or directory"};
  return found->second;
}

CommandLine Parsed(const Words& words) {
  auto line = ParseCommandLine(words, FromFiles);
  REQUIRE_MESSAGE(line.has_value(), line.error().message);
  return *line;
}
std::string Body(const Words& words) { return Parsed(words).request.body.dump(); }
std::string Refusal(const Words& words) {
  const auto line = ParseCommandLine(words, FromFiles);
  REQUIRE_FALSE(line.has_value());
  CHECK(line.error().kind == ErrorKind::kInvalid);
  CHECK(line.error().message.find('\n') == std::string::npos);
  CHECK(line.error().message.find("type: ") != std::string::npos);
  return line.error().message;
}
bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("the shortest cancel names a job, asks, and does not wait") {
  const CommandLine line = Parsed({"fw-42"});
  CHECK(line.request.body == json{{"jobId", "fw-42"}});
  CHECK(line.request.job == "fw-42");
  CHECK(line.request.ask);
  CHECK(line.request.wait_for.empty());
  CHECK(line.request.max_wait_seconds == 1200);
  CHECK(line.request.wait_interval_seconds == 30);
  CHECK_FALSE(line.json);
  CHECK(line.show == Show::kNothing);
}

TEST_CASE("a job may be named in every service's way, with its execution number too") {
  for (const Words& words : {Words{"a#2"}, Words{"--job-id", "a#2"}, Words{"--execution=a#2"},
                             Words{"a#2", "--job-id", "a#2"}, Words{"--", "a#2"}}) {
    CHECK(Body(words) == R"({"executionNumber":2,"jobId":"a"})");
  }
  CHECK(Has(Refusal({"a", "--job-id", "b"}), "\"a\" or \"b\"? Name one"));
  CHECK(Has(Refusal({"a", "b"}), "one job at a time"));
  CHECK(Has(Refusal({}), "which job?"));
  for (const char* bad : {"a#", "a#0", "a#x", "a#-1", "a#1#2"}) CHECK(Has(Refusal({bad}), "is no execution"));
  CHECK(Has(Refusal({"a b"}), "\"a b\" is no job id: "));
}

TEST_CASE("aws iot cancel-job-execution, as it is typed there") {
  const CommandLine line =
      Parsed({"--job-id", "fw-42", "--thing-name", "pi-1", "--force", "--expected-version", "3",
              "--status-details", "reason=maintenance,ticket=42"});
  CHECK(line.request.body == json{{"jobId", "fw-42"},
                                  {"thingName", "pi-1"},
                                  {"force", true},
                                  {"expectedVersion", 3},
                                  {"statusDetails", {{"reason", "maintenance"}, {"ticket", "42"}}}});
  CHECK_FALSE(line.request.ask);
  CHECK(Parsed({"a", "--no-force"}).request.body["force"] == false);
  CHECK(Parsed({"a", "--no-force"}).request.ask);
}

TEST_CASE("oci resource-manager job cancel, as it is typed there") {
  const CommandLine line = Parsed({"--job-id", "fw-42", "--is-forced", "true", "--if-match", "1:3",
                                   "--wait-for-state", "canceled", "--wait-for-state", "FAILED",
                                   "--max-wait-seconds", "60", "--wait-interval-seconds", "5", "--force"});
  CHECK(line.request.body == json{{"jobId", "fw-42"}, {"force", true}, {"ifMatch", "1:3"}});
  CHECK(line.request.wait_for == std::vector<Awaited>{Awaited::kCanceled, Awaited::kFailed});
  CHECK(line.request.max_wait_seconds == 60);
  CHECK(line.request.wait_interval_seconds == 5);
  CHECK_FALSE(line.request.ask);
}

TEST_CASE("beside --is-forced, --force only says that nobody has to be asked") {
  struct Case {
    Words words;
    bool force;
    bool ask;
  };
  for (const Case& one :
       std::initializer_list<Case>{{{"a"}, false, true},
                                   {{"a", "--yes"}, false, false},
                                   {{"a", "-y"}, false, false},
                                   {{"a", "--force"}, true, false},
                                   {{"a", "--is-forced", "true"}, true, true},
                                   {{"a", "--is-forced", "false"}, false, true},
                                   {{"a", "--is-forced", "false", "--force"}, false, false},
                                   {{"a", "--is-forced=True", "--force"}, true, false},
                                   {{"a", "--no-force", "--is-forced", "false"}, false, true}}) {
    CAPTURE(one.words.back());
    const Request request = Parsed(one.words).request;
    CHECK(request.body.value("force", false) == one.force);
    CHECK(request.ask == one.ask);
  }
  CHECK(Has(Refusal({"a", "--no-force", "--is-forced", "true"}), "--no-force or --is-forced true?"));
  CHECK(Has(Refusal({"a", "--is-forced", "yes"}), "--is-forced is true or false"));
}

TEST_CASE("states of both services are taken in any case, others are refused with the list") {
  for (const char* word :
       {"CANCELED", "canceled", "Cancelled", "IN_PROGRESS", "timed_out", "ACCEPTED", "canceling"}) {
    CHECK(Parsed({"a", "--wait-for-state", word}).request.wait_for.size() == 1);
  }
  const std::string refusal = Refusal({"a", "--wait-for-state", "DONE"});
  CHECK(Has(refusal, "there is no state \"DONE\""));
  for (const char* word : {"QUEUED", "ACCEPTED", "IN_PROGRESS", "CANCELING", "SUCCEEDED", "FAILED",
                           "CANCELED", "TIMED_OUT", "REJECTED", "REMOVED"}) {
    CHECK(Has(refusal, word));
  }
}

TEST_CASE("a request from a file, and what an option says goes before it") {
  files = {{"aws.json",
            R"({"jobId":"a","force":true,"expectedVersion":3,"statusDetails":{"k":"v"},"reason":null})"},
           {"aws.yaml", "jobId: a\nforce: true\nexpectedVersion: 3\nstatusDetails:\n  k: 'v'\n"},
           {"wait.json", R"({"jobId":"a","waitForState":["FAILED","CANCELED"],"maxWaitSeconds":5})"},
           {"oci.json", R"({"jobId":"a","isForced":false,"force":true,"waitForState":"CANCELED"})"}};
  const std::string whole = R"({"expectedVersion":3,"force":true,"jobId":"a","statusDetails":{"k":"v"}})";
  CHECK(Body({"--cli-input-json", "aws.json"}) == whole);
  CHECK(Body({"--cli-input-json", "file://aws.json"}) == whole);
  CHECK(Body({"--cli-input-json", files["aws.json"]}) == whole);
  CHECK(Body({"--cli-input-yaml", "file://aws.yaml"}) == whole);
  CHECK_FALSE(Parsed({"--cli-input-json", "aws.json"}).request.ask);
  CHECK(Body({"b", "--cli-input-json", "aws.json", "--expected-version", "4", "--is-forced", "false"}) ==
        R"({"expectedVersion":4,"force":false,"jobId":"b","statusDetails":{"k":"v"}})");

  const Request waits = Parsed({"--cli-input-json", "wait.json"}).request;
  CHECK(waits.wait_for == std::vector<Awaited>{Awaited::kFailed, Awaited::kCanceled});
  CHECK(waits.max_wait_seconds == 5);
  CHECK(waits.ask);
  CHECK(Parsed({"--cli-input-json", "wait.json", "--wait-for-state", "REMOVED"}).request.wait_for ==
        std::vector<Awaited>{Awaited::kRemoved});

  // In OCI's documents `force` is no more than --yes.
  const Request oci = Parsed({"--from-json", "file://oci.json"}).request;
  CHECK(oci.body.dump() == R"({"isForced":false,"jobId":"a"})");
  CHECK_FALSE(oci.ask);
  CHECK(oci.wait_for == std::vector<Awaited>{Awaited::kCanceled});
}

TEST_CASE("a document that is not understood is refused with what is wrong, and never guessed at") {
  files = {{"typo", R"({"jobID":"a"})"},
           {"list", "[]"},
           {"broken", "{"},
           {"twice", R"({"jobId":"a","jobId":"b"})"},
           {"kind", R"({"jobId":7})"},
           {"deep", R"({"jobId":[[[[[[[[[[1]]]]]]]]]]})"},
           {"wait", R"({"jobId":"a","waitForState":7})"},
           {"seconds", R"({"jobId":"a","maxWaitSeconds":"5"})"},
           {"yaml", "jobId: a\njobId: b\n"},
           {"anchor", "jobId: &x a\n"},
           {"force", R"({"jobId":"a","force":"yes"})"}};
  CHECK(Has(Refusal({"--cli-input-json", "typo"}), "unknown member \"jobID\"; known are jobId,"));
  CHECK(Has(Refusal({"--cli-input-json", "list"}), "is no object"));
  CHECK(Has(Refusal({"--cli-input-json", "broken"}), "is no JSON"));
  CHECK(Has(Refusal({"--cli-input-json", "twice"}), "has the member \"jobId\" twice"));
  CHECK(Has(Refusal({"--cli-input-json", "kind"}), "jobId: is a number"));
  CHECK(Has(Refusal({"--cli-input-json", "deep"}), "nested deeper"));
  CHECK(Has(Refusal({"--cli-input-json", "wait"}), "neither a state nor a list"));
  CHECK(Has(Refusal({"--cli-input-json", "seconds"}), "--max-wait-seconds is a number of seconds"));
  CHECK(Has(Refusal({"--cli-input-yaml", "yaml"}), "\"jobId\" is there twice"));
  CHECK(Has(Refusal({"--cli-input-yaml", "anchor"}), "anchors"));
  CHECK(Has(Refusal({"--cli-input-json", "force"}), "force: is a string"));
  CHECK(Has(Refusal({"--from-json", "force"}), "force is neither true nor false"));
  CHECK(Has(Refusal({"--cli-input-json", "missing"}), "missing: No such file"));
}

TEST_CASE("numbers out of range, unknown options and options without values are one line each") {
  CHECK(Has(Refusal({"a", "--expected-version", "0"}), "--expected-version is a number from 1"));
  CHECK(Has(Refusal({"a", "--expected-version", "3x"}), "--expected-version is a number from 1"));
  CHECK(Has(Refusal({"a", "--max-wait-seconds", "-1"}), "from 0 to 1000000"));
  CHECK(Has(Refusal({"a", "--wait-interval-seconds", "0"}), "from 1 to 1000000"));
  CHECK(Has(Refusal({"a", "--if-match", "3"}), "--if-match is no etag"));
  CHECK(
      Has(Refusal({"a", "--if-match", "1:3", "--expected-version", "4"}), "--if-match says something else"));
  CHECK(Has(Refusal({"a", "--status-details"}), "--status-details needs a value"));
  CHECK(Has(Refusal({"a", "--frobnicate"}), "cancel does not know \"--frobnicate\""));
  CHECK(Has(Refusal({"a", "--yes=no"}), "--yes takes no value"));
  CHECK(Has(Refusal({"a", "--config", ""}), "--config needs a file"));
  CHECK(Has(Refusal({"a", "--reason", "\xff"}), "is not UTF-8"));
  CHECK(Parsed({"a", "--max-wait-seconds", "0"}).request.max_wait_seconds == 0);
  CHECK(Parsed({"a", "--config", "x.yaml", "--json"}).config == "x.yaml");
  CHECK(Parsed({"a", "--config", "x.yaml", "--json"}).json);
}

TEST_CASE("skeletons are asked for with or without their kind, and are taken when they are filled in") {
  CHECK(Parsed({"--generate-cli-skeleton"}).show == Show::kInputSkeleton);
  CHECK(Parsed({"--generate-cli-skeleton", "input"}).show == Show::kInputSkeleton);
  CHECK(Parsed({"--generate-cli-skeleton=yaml-input"}).show == Show::kYamlSkeleton);
  CHECK(Parsed({"--generate-cli-skeleton", "output", "a"}).show == Show::kOutputSkeleton);
  CHECK(Parsed({"--generate-cli-skeleton", "a"}).show == Show::kInputSkeleton);
  CHECK(Parsed({"--generate-full-command-json-input"}).show == Show::kFullInput);
  CHECK(Parsed({"a", "--help"}).show == Show::kHelp);
  CHECK(Has(Refusal({"--generate-cli-skeleton=xml"}), "is for input, yaml-input or output"));

  const auto filled = [](json skeleton) {
    skeleton.erase("force");
    skeleton.update(json{{"jobId", "a"},
                         {"thingName", "pi-1"},
                         {"executionNumber", 2},
                         {"expectedVersion", 5},
                         {"ifMatch", "2:5"},
                         {"clientToken", "t"},
                         {"waitForState", {"CANCELED"}},
                         {"maxWaitSeconds", 7},
                         {"waitIntervalSeconds", 1},
                         {"statusDetails", {{"KeyName", "v"}}}});
    return skeleton.dump();
  };
  for (const Show show : {Show::kInputSkeleton, Show::kFullInput}) {
    const Request request = Parsed({"--from-json", filled(json::parse(TextFor(show)))}).request;
    CHECK(request.body["expectedVersion"] == 5);
    CHECK(request.max_wait_seconds == 7);
  }
  std::string yaml = TextFor(Show::kYamlSkeleton);
  for (const auto& [from, to] : {std::pair{"jobId: ''", "jobId: a"},
                                 {"executionNumber: 0", "executionNumber: 2"},
                                 {"expectedVersion: 0", "expectedVersion: 5"},
                                 {"KeyName: ''", "KeyName: v"},
                                 {"- ''", "- CANCELED"}}) {
    const size_t at = yaml.find(from);
    REQUIRE(at != std::string::npos);
    yaml.replace(at, std::string(from).size(), to);
  }
  CHECK(Parsed({"--cli-input-yaml", yaml}).request.body["expectedVersion"] == 5);
  // The answer's skeleton has the members of an answer.
  const json output = json::parse(TextFor(Show::kOutputSkeleton));
  const json answer = json::parse(jobs::CancelAnswerText(
      "t", Answer{1, false, "no", RejectedCode::kVersionMismatch, ExecutionId{JobId{"a"}, 1, 0},
                  ExecutionState{JobStatus::kInProgress, 3, {}}}));
  for (const auto& [name, value] : answer.items()) CHECK(output.contains(name));
}

TEST_CASE("the help has every option, and fits a terminal of 80 columns") {
  const std::string help(Help());
  for (const char* option : {"--job-id",
                             "--execution",
                             "--thing-name",
                             "--expected-version",
                             "--if-match",
                             "--force",
                             "--no-force",
                             "--is-forced",
                             "--yes",
                             "--reason",
                             "--status-details",
                             "--client-token",
                             "--wait-for-state",
                             "--max-wait-seconds",
                             "--wait-interval-seconds",
                             "--cli-input-json",
                             "--cli-input-yaml",
                             "--from-json",
                             "--generate-cli-skeleton",
                             "--generate-full-command-json-input",
                             "--json",
                             "--config",
                             "--help"}) {
    CHECK_MESSAGE(Has(help, option), option);
  }
  for (size_t from = 0, to; (to = help.find('\n', from)) != std::string::npos; from = to + 1)
    CHECK(to - from <= 80);
}

}  // namespace
}  // namespace kedge::cancel
