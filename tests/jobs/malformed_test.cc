// Messages that are not what they should be, one a line: each is refused with a sentence that names the
// place. What is tolerated instead has its own tests (tolerance_test.cc, document_test.cc).
#include <doctest/doctest.h>

#include "jobs/replies.h"
#include "samples.h"

namespace kedge::jobs {
namespace {

struct Malformed {
  std::string topic;
  std::string payload;
  std::string says;
};

void CheckRefused(const std::vector<Malformed>& table) {
  for (const Malformed& bad : table) {
    INFO(bad.topic << " " << bad.payload.substr(0, 200));
    Error error = Refused(bad.topic, bad.payload);
    INFO(error.message);
    CHECK(error.kind == ErrorKind::kInvalid);
    CHECK(error.message.starts_with("message on '" + kJobs));
    CHECK(Contains(error.message, bad.says));
    CHECK(error.message.size() < 500);
  }
}

TEST_CASE("a payload that is not a JSON object is refused on every topic") {
  const std::vector<std::pair<std::string, std::string>> payloads = {
      {"", "the payload is empty"},
      {" ", "is not JSON in UTF-8"},
      {"{", "is not JSON in UTF-8"},
      {"}", "is not JSON in UTF-8"},
      {R"({"timestamp":1)", "is not JSON in UTF-8"},
      {R"({"timestamp":1}})", "is not JSON in UTF-8: wrong at byte 16"},
      {R"({"timestamp":1} x)", "is not JSON in UTF-8"},
      {R"({timestamp:1})", "is not JSON in UTF-8"},
      {R"({'timestamp':1})", "is not JSON in UTF-8"},
      {R"({"timestamp":01})", "is not JSON in UTF-8"},
      {R"({"timestamp":1,})", "is not JSON in UTF-8"},
      {R"({"timestamp":NaN})", "is not JSON in UTF-8"},
      {R"({"timestamp":1e999})", "is not JSON in UTF-8"},
      {R"({"timestamp"})", "is not JSON in UTF-8"},
      {"{/* a comment */}", "is not JSON in UTF-8"},
      {"{\"a\":\"\xff\"}", "is not JSON in UTF-8"},
      {"{\"a\":\"\xc0\xaf\"}", "is not JSON in UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\"}", "is not JSON in UTF-8"},
      {R"({"a":"\ud800"})", "is not JSON in UTF-8"},
      {"{\"a\":\"line\nbreak\"}", "is not JSON in UTF-8"},
      {std::string("{}\0", 3), "a NUL at byte 3"},
      {std::string("\0", 1), "a NUL at byte 1"},
      {"\x1f\x8b\x08", "is not JSON in UTF-8"},
      {"<html></html>", "is not JSON in UTF-8"},
      {"null", "the payload is null, expected an object"},
      {"true", "the payload is a boolean, expected an object"},
      {"7", "the payload is a number, expected an object"},
      {R"("{}")", "the payload is a string, expected an object"},
      {"[]", "the payload is an array, expected an object"},
      {"[{}]", "the payload is an array, expected an object"},
      {Nested(10000), "the payload is an array, expected an object"},
      {std::string(60000, '['), "is not JSON in UTF-8"},
      {std::string(60000, '{'), "is not JSON in UTF-8"},
      {R"({"a":")" + std::string(1 << 20, 'x') + R"("})", "bytes, more than the 131072 allowed"},
      {std::string(1 << 20, '['), "bytes, more than the 131072 allowed"},
      {R"({"clientToken":7})", "clientToken: is a number, expected a string"},
      {R"({"clientToken":{"a":"b"}})", "clientToken: is an object, expected a string"},
      {R"({"clientToken":"a","clientToken":"b"})", "clientToken: is there twice"},
  };
  std::vector<Malformed> table;
  for (const auto& [topic, good] : GoodMessages()) {
    for (const auto& [payload, says] : payloads) table.push_back({topic, payload, says});
  }
  CheckRefused(table);
}

TEST_CASE("an execution that is not one is refused wherever one is told") {
  auto execution = [](const std::string& members) { return R"({"execution":{)" + members + "}}"; };
  const std::string id = R"("jobId":"job-1","queuedAt":1,"executionNumber":1,)";
  const std::string rest = R"(,"status":"QUEUED","queuedAt":1,"executionNumber":1)";
  const std::vector<std::pair<std::string, std::string>> payloads = {
      {R"({"execution":[]})", "execution: is an array, expected an object"},
      {R"({"execution":"job-1"})", "execution: is a string, expected an object"},
      {R"({"execution":false})", "execution: is a boolean, expected an object"},
      {R"({"execution":7})", "execution: is a number, expected an object"},
      {R"({"execution":)" + ExecutionWith("") + R"(,"execution":{}})", "execution: is there twice"},
      {R"({"clientToken":7,"execution":)" + ExecutionWith("") + "}", "clientToken: is a number"},
      {execution(R"("status":"QUEUED","queuedAt":1,"executionNumber":1)"), "execution.jobId: is missing"},
      {execution(R"("jobId":null)" + rest), "execution.jobId: is missing"},
      {execution(R"("jobId":7)" + rest), "execution.jobId: is a number, expected a string"},
      {execution(R"("jobId":["job-1"])" + rest), "execution.jobId: is an array, expected a string"},
      {execution(R"("jobId":"")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"$next")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"../../etc/passwd")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"a/b")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"+")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"#")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"a b")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"a\u0000")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"\u00e9")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":")" + std::string(65, 'j') + R"(")" + rest), "execution.jobId: is not a job id"},
      {execution(R"("jobId":"a","jobId":"b")" + rest), "execution.jobId: is there twice"},
      {execution(R"("jobId":"job-1","queuedAt":1,"executionNumber":1)"), "execution.status: is missing"},
      {execution(id + R"("status":"")"), "execution.status: is missing"},
      {execution(id + R"("status":null)"), "execution.status: is missing"},
      {execution(id + R"("status":"queued")"), "execution.status: 'queued' is no status"},
      {execution(id + R"("status":"CANCELLED")"), "execution.status: 'CANCELLED' is no status"},
      {execution(id + R"("status":")" + std::string(90000, 'S') + R"(")"), "is no status of the protocol"},
      {execution(id + R"("status":3)"), "execution.status: is a number, expected a string"},
      {execution(id + R"("status":{})"), "execution.status: is an object, expected a string"},
      {execution(R"("jobId":"job-1","status":"QUEUED","executionNumber":1)"),
       "execution.queuedAt: is missing"},
      {execution(
           R"("jobId":"job-1","status":"QUEUED","executionNumber":1,"queuedAt":"2024-11-04T19:05:14Z")"),
       "execution.queuedAt: is a string, expected a number"},
      {execution(R"("jobId":"job-1","status":"QUEUED","executionNumber":1,"queuedAt":-1)"),
       "execution.queuedAt: is not a time"},
      {execution(R"("jobId":"job-1","status":"QUEUED","executionNumber":1,"queuedAt":1e300)"),
       "execution.queuedAt: is not a time"},
      {execution(R"("jobId":"job-1","status":"QUEUED","executionNumber":1,"queuedAt":18446744073709551615)"),
       "execution.queuedAt: is not a time"},
      {execution(R"("jobId":"job-1","status":"QUEUED","executionNumber":1,"queuedAt":1,"queuedAt":2)"),
       "execution.queuedAt: is there twice"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1)"),
       "execution.executionNumber: is missing"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":"1")"),
       "execution.executionNumber: is a string, expected a number"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":0)"),
       "execution.executionNumber: is not a whole number of at least 1"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":-2)"),
       "execution.executionNumber: is not a whole number of at least 1"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":1.5)"),
       "execution.executionNumber: is not a whole number of at least 1"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":1e19)"),
       "execution.executionNumber: is not a whole number of at least 1"},
      {execution(R"("jobId":"job-1","status":"QUEUED","queuedAt":1,"executionNumber":18446744073709551615)"),
       "execution.executionNumber: is not a whole number of at least 1"},
      {execution(id + R"("status":"QUEUED","versionNumber":"2")"),
       "execution.versionNumber: is a string, expected a number"},
      {execution(id + R"("status":"QUEUED","versionNumber":-1)"),
       "execution.versionNumber: is not a whole number of at least 0"},
      {execution(id + R"("status":"QUEUED","versionNumber":[1])"),
       "execution.versionNumber: is an array, expected a number"},
      {execution(id + R"("status":"QUEUED","thingName":"pi-2")"),
       "execution.thingName: is another thing; this one is 'pi-1'"},
      {execution(id + R"("status":"QUEUED","thingName":7)"),
       "execution.thingName: is a number, expected a string"},
      {execution(id + R"("status":"QUEUED","jobDocument":{"a":1},"jobDocument":{"b":2})"),
       "execution.jobDocument: is there twice"},
      {R"({"execution":)" + Objects(40) + "}", "execution.jobId: is missing"},
  };
  std::vector<Malformed> table;
  for (const char* topic :
       {"notify-next", "$next/get/accepted", "start-next/accepted", "job-1/get/accepted"}) {
    for (const auto& [payload, says] : payloads) table.push_back({topic, payload, says});
  }
  CheckRefused(table);
}

TEST_CASE("a description of another job than its topic names is refused") {
  CheckRefused(
      {{"job-2/get/accepted", OfferWith(""), "execution.jobId: is 'job-1', but the topic names 'job-2'"}});
}

TEST_CASE("a list that is not one is refused") {
  const std::string good = R"({"jobId":"a","queuedAt":1,"executionNumber":1})";
  CheckRefused({
      {"notify", R"({"jobs":[]})", "jobs: is an array, expected an object"},
      {"notify", R"({"jobs":"none"})", "jobs: is a string, expected an object"},
      {"notify", R"({"jobs":0})", "jobs: is a number, expected an object"},
      {"notify", R"({"jobs":{},"jobs":{}})", "jobs: is there twice"},
      {"notify", R"({"jobs":{"QUEUED":{}}})", "jobs.QUEUED: is an object, expected an array"},
      {"notify", R"({"jobs":{"QUEUED":"a"}})", "jobs.QUEUED: is a string, expected an array"},
      {"notify", R"({"jobs":{"IN_PROGRESS":1}})", "jobs.IN_PROGRESS: is a number, expected an array"},
      {"notify", R"({"jobs":{"QUEUED":[],"QUEUED":[]}})", "jobs.QUEUED: is there twice"},
      {"notify", R"({"jobs":{"QUEUED":["a"]}})", "jobs.QUEUED[0]: is a string, expected an object"},
      {"notify", R"({"jobs":{"QUEUED":[null]}})", "jobs.QUEUED[0]: is null, expected an object"},
      {"notify", R"({"jobs":{"QUEUED":[)" + good + ",[]]}}",
       "jobs.QUEUED[1]: is an array, expected an object"},
      {"notify", R"({"jobs":{"QUEUED":[{}]}})", "jobs.QUEUED[0].jobId: is missing"},
      {"notify", R"({"jobs":{"IN_PROGRESS":[)" + good + R"(,{"jobId":7}]}})", "jobs.IN_PROGRESS[1]."},
      {"notify", R"({"jobs":{"QUEUED":[{"jobId":"a/b","queuedAt":1,"executionNumber":1}]}})",
       "jobs.QUEUED[0].jobId: is not a job id"},
      {"notify", R"({"jobs":{"QUEUED":[{"jobId":"a","executionNumber":1}]}})",
       "jobs.QUEUED[0].queuedAt: is missing"},
      {"notify", R"({"jobs":{"QUEUED":[{"jobId":"a","queuedAt":1}]}})",
       "jobs.QUEUED[0].executionNumber: is missing"},
      {"notify",
       R"({"jobs":{"QUEUED":[{"jobId":"a","queuedAt":1,"executionNumber":1,"versionNumber":"x"}]}})",
       "jobs.QUEUED[0].versionNumber: is a string, expected a number"},
      {"notify", R"({"jobs":{"QUEUED":[{"jobId":"a","queuedAt":1,"executionNumber":1,"thingName":"pi-2"}]}})",
       "jobs.QUEUED[0].thingName: is another thing"},
      {"notify", R"({"jobs":{"QUEUED":)" + Nested(10000) + "}}", "jobs.QUEUED[0]: is an array"},
      {"get/accepted", R"({"queuedJobs":{}})", "queuedJobs: is an object, expected an array"},
      {"get/accepted", R"({"inProgressJobs":7})", "inProgressJobs: is a number, expected an array"},
      {"get/accepted", R"({"inProgressJobs":[7]})", "inProgressJobs[0]: is a number, expected an object"},
      {"get/accepted", R"({"inProgressJobs":[{"queuedAt":1}],"queuedJobs":[]})",
       "inProgressJobs[0].jobId: is missing"},
  });
}

TEST_CASE("a rejection that is not one is refused") {
  for (const char* topic : {"job-1/update/rejected", "job-1/get/rejected", "$next/get/rejected",
                            "start-next/rejected", "get/rejected"}) {
    CheckRefused({
        {topic, R"({"code":409})", "code: is a number, expected a string"},
        {topic, R"({"code":["InternalError"]})", "code: is an array, expected a string"},
        {topic, R"({"code":"VersionMismatch","code":"InternalError"})", "code: is there twice"},
        {topic, R"({"code":"InternalError","message":{"a":1}})", "message: is an object, expected a string"},
        {topic, R"({"code":"InternalError","executionState":{},"executionState":{}})",
         "executionState: is there twice"},
    });
  }
}

TEST_CASE("a message on a topic that is not ours is refused whatever it says") {
  for (const auto& [topic, payload] : GoodMessages()) {
    Result<Incoming> decoded = Decode(PiTopics(), "$aws/things/pi-2/jobs/" + topic, payload);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().kind == ErrorKind::kInvalid);
  }
  Result<Incoming> decoded = Decode(PiTopics(), "\x1b[2J" + std::string(65000, 'x'), "{}");
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().message.size() < 500);
  CHECK_FALSE(Contains(decoded.error().message, "\x1b"));
}

}  // namespace
}  // namespace kedge::jobs
