#include "jobs/cancel.h"

#include <doctest/doctest.h>

#include "samples.h"

namespace kedge::jobs {
namespace {

CancelRequested Asked(const std::string& payload) {
  CancelMessage message = DecodeCancel("pi-1", payload, "test");
  INFO(payload << (message.request ? "" : message.request.error().message));
  REQUIRE(message.request.has_value());
  return *message.request;
}

TEST_CASE("an empty request calls off, gracefully, whatever is current") {
  for (const char* payload : {"{}", R"({"jobId":null,"force":null,"reason":null,"clientToken":null})"}) {
    CancelRequested request = Asked(payload);
    CHECK(request.request == 0);
    CHECK_FALSE(request.job.has_value());
    CHECK_FALSE(request.force);
    CHECK(request.reason.empty());
    CHECK_FALSE(request.number.has_value());
    CHECK_FALSE(request.expected_version.has_value());
    CHECK(request.details.empty());
    CHECK(request.origin == "test");
    CHECK(DecodeCancel("pi-1", payload, "test").token.empty());
  }
}

TEST_CASE("a request names the job, force, reason and token") {
  const char* payload = R"({"jobId":"job-1","force":true,"reason":"wrong file","clientToken":"op-1","x":1})";
  CancelRequested request = Asked(payload);
  CHECK(request.job == JobId{"job-1"});
  CHECK(request.force);
  CHECK(request.reason == "wrong file");
  CHECK(DecodeCancel("pi-1", payload, "test").token == "op-1");
}

TEST_CASE("a reason is made safe to show") {
  CHECK(Asked(R"({"reason":"a\u001b[2Jb\nc"})").reason.find_first_of("\x1b\n") == std::string::npos);
  CHECK(Asked(R"({"reason":")" + std::string(5000, 'x') + R"("})").reason.size() == 1024);
}

TEST_CASE("a request that is not understood is refused and never guessed at") {
  struct Case {
    const char* payload;
    const char* says;
  };
  for (const Case& bad : std::initializer_list<Case>{
           {"", "is empty"},
           {" ", "is not JSON"},
           {"now", "is not JSON"},
           {"null", "is null, expected an object"},
           {"true", "is a boolean, expected an object"},
           {"[]", "is an array, expected an object"},
           {R"("job-1")", "is a string, expected an object"},
           {R"({"jobId":7})", "jobId: is a number, expected a string"},
           {R"({"jobId":""})", "jobId: is not a job id"},
           {R"({"jobId":"$next"})", "jobId: is not a job id"},
           {R"({"jobId":{"a":1}})", "jobId: is an object, expected a string"},
           {R"({"force":"true"})", "force: is a string, expected true or false"},
           {R"({"force":1})", "force: is a number, expected true or false"},
           {R"({"force":true,"force":false})", "force: is there twice"},
           {R"({"jobId":"a","jobId":"b"})", "jobId: is there twice"},
           {R"({"reason":[]})", "reason: is an array, expected a string"},
           {R"({"clientToken":7})", "clientToken: is a number, expected a string"},
           {R"({"clientToken":"a b"})", "clientToken: is not 1 to 64 characters"},
           {R"({"clientToken":"a","thingName":"pi-2"})", "thingName: is another than this one, pi-1"},
           {R"({"executionNumber":1})", "jobId: is missing"},
           {R"({"expectedVersion":3})", "jobId: is missing"},
           {R"({"ifMatch":"1:3"})", "jobId: is missing"},
           {R"({"jobId":"a","executionNumber":0})", "executionNumber: is not a whole number of at least 1"},
           {R"({"jobId":"a","expectedVersion":"3"})", "expectedVersion: is a string, expected a number"},
           {R"({"jobId":"a","ifMatch":""})", "ifMatch: is no etag"},
           {R"({"jobId":"a","ifMatch":"3"})", "ifMatch: is no etag"},
           {R"({"jobId":"a","ifMatch":"1:0"})", "ifMatch: is no etag"},
           {R"({"jobId":"a","ifMatch":"1:3","expectedVersion":4})", "ifMatch: says something else"},
           {R"({"jobId":"a","ifMatch":"1:3","executionNumber":2})", "ifMatch: says something else"},
           {R"({"force":true,"isForced":false})", "isForced: says something else than force"},
           {R"({"statusDetails":"a=b"})", "statusDetails: is a string, expected an object"},
           {R"({"statusDetails":{"a":1}})", "statusDetails.a: is a number, expected a string"},
           {R"({"statusDetails":{"a":{"b":"c"}}})", "statusDetails.a: is an object, expected a string"},
           {R"({"statusDetails":{"a":"1","a":"2"}})", "statusDetails.a: is there twice"},
           {R"({"statusDetails":{"a b":"1"}})", "statusDetails: has a key, 'a_b' or alike"},
           {R"({"statusDetails":{"a":" "}})", "statusDetails.a: is empty"},
           {"{}\xff", "is not JSON"},
       }) {
    INFO(bad.payload);
    CancelMessage message = DecodeCancel("pi-1", bad.payload, "test");
    REQUIRE_FALSE(message.request.has_value());
    CHECK(message.request.error().kind == ErrorKind::kInvalid);
    INFO(message.request.error().message);
    CHECK(Contains(message.request.error().message, bad.says));
    CHECK((message.token.empty() || message.token == "a"));
  }
  CHECK_FALSE(DecodeCancel("pi-1", std::string(1 << 20, ' '), "test").request.has_value());
  CHECK_FALSE(DecodeCancel("pi-1", std::string("{}\0", 3), "test").request.has_value());
  CHECK_FALSE(DecodeCancel("pi-1", R"({"reason":)" + Nested(10000) + "}", "test").request.has_value());
}

TEST_CASE("the refusal of a request that could be read goes back with its token") {
  CHECK(DecodeCancel("pi-1", R"({"force":1,"clientToken":"op-1"})", "test").token == "op-1");
}

TEST_CASE("a request may be of one execution, in one version, by both numbers or by their etag") {
  const CancelRequested numbers = Asked(R"({"jobId":"a","executionNumber":2,"expectedVersion":5})");
  CHECK(numbers.number == 2);
  CHECK(numbers.expected_version == 5);
  for (const char* tag : {R"("2:5")", R"("\"2:5\"")"}) {
    const CancelRequested tagged = Asked(R"({"jobId":"a","ifMatch":)" + std::string(tag) + "}");
    CHECK(tagged.number == 2);
    CHECK(tagged.expected_version == 5);
  }
  CHECK(Asked(R"({"jobId":"a","ifMatch":"2:5","executionNumber":2,"expectedVersion":5})").number == 2);
  CHECK(ExecutionTagFrom(ToString(ExecutionTag{2, 5})) == ExecutionTag{2, 5});
}

TEST_CASE("force is said in AWS's word or in OCI's") {
  CHECK(Asked(R"({"isForced":true})").force);
  CHECK(Asked(R"({"isForced":true,"force":true})").force);
  CHECK_FALSE(Asked(R"({"isForced":false})").force);
}

TEST_CASE("the operator's details are within the service's rules, and safe to show") {
  CHECK(Asked(R"({"statusDetails":{"ticket":"42","by:x_-":"a\u001b[2Jb\nc"}})").details ==
        DetailsMap{{"ticket", "42"}, {"by:x_-", "ab c"}});
  std::string eleven;
  for (char c = 'a'; c <= 'k'; ++c) eleven += std::string(c == 'a' ? "" : ",") + "\"" + c + "\":\"1\"";
  const CancelMessage many = DecodeCancel("pi-1", R"({"statusDetails":{)" + eleven + "}}", "test");
  REQUIRE_FALSE(many.request.has_value());
  CHECK(Contains(many.request.error().message, "has 11 pairs"));
  const std::string full(1024, 'x');
  CHECK(Asked(R"({"statusDetails":{"a":")" + full + R"("}})").details.at("a") == full);
  CHECK_FALSE(
      DecodeCancel("pi-1", R"({"statusDetails":{"a":")" + full + R"(x"}})", "test").request.has_value());
}

TEST_CASE("a retained request is of an unknown day and refused, whatever it says") {
  CancelGuard guard;
  for (const char* payload : {"{}", R"({"jobId":"a","clientToken":"t"})", "not JSON"}) {
    const auto refusal = guard.Refusal(DecodeCancel("pi-1", payload, "test"), true);
    REQUIRE(refusal.has_value());
    CHECK(Contains(*refusal, "retained"));
  }
  CHECK_FALSE(guard.Refusal(DecodeCancel("pi-1", R"({"clientToken":"t"})", "test"), false).has_value());
}

TEST_CASE(
    "a request for whatever runs counts once, by its token, and one that names its job may come again") {
  CancelGuard guard;
  const auto refuses = [&guard](const std::string& payload) {
    return guard.Refusal(DecodeCancel("pi-1", payload, "test"), false).has_value();
  };
  CHECK_FALSE(refuses(R"({"clientToken":"t-0"})"));
  CHECK(refuses(R"({"clientToken":"t-0"})"));
  CHECK_FALSE(refuses(R"({"clientToken":"t-0","jobId":"a"})"));
  CHECK_FALSE(refuses(R"({"clientToken":"t-0","jobId":"a"})"));
  CHECK_FALSE(refuses("{}"));
  CHECK_FALSE(refuses("{}"));
  for (int i = 1; i <= 31; ++i) CHECK_FALSE(refuses(R"({"clientToken":"t-)" + std::to_string(i) + R"("})"));
  CHECK(refuses(R"({"clientToken":"t-0"})"));
  CHECK_FALSE(refuses(R"({"clientToken":"t-32"})"));
  CHECK_FALSE(refuses(R"({"clientToken":"t-0"})"));  // the 33rd has taken its place
}

TEST_CASE("an answer goes to accepted or rejected with the token it was asked with, the code and the state") {
  const ExecutionId id{JobId{"job-1"}, 2, 0};
  CHECK(Encode(PiTopics(), "op-1",
               Answer{7, true, "calling off job-1", {}, id, ExecutionState{JobStatus::kInProgress, 3, {}}}) ==
        Message{
            "kedge/things/pi-1/cancel/accepted",
            R"({"accepted":true,"clientToken":"op-1","executionNumber":2,"executionState":)"
            R"({"status":"IN_PROGRESS","versionNumber":3},"jobId":"job-1","message":"calling off job-1"})"});
  CHECK(Encode(PiTopics(), "", Answer{7, false, "nothing runs", RejectedCode::kResourceNotFound}) ==
        Message{"kedge/things/pi-1/cancel/rejected",
                R"({"accepted":false,"code":"ResourceNotFound","message":"nothing runs"})"});
  CHECK(Encode(PiTopics(), "",
               Answer{7, false, "it is over", RejectedCode::kInvalidStateTransition, id,
                      ExecutionState{JobStatus::kFailed, 0, {}}}) ==
        Message{"kedge/things/pi-1/cancel/rejected",
                R"({"accepted":false,"code":"InvalidStateTransition","executionNumber":2,"executionState":)"
                R"({"status":"FAILED"},"jobId":"job-1","message":"it is over"})"});
  CHECK(
      Contains(Encode(PiTopics(), "", Answer{7, false, "no journal"}).payload, R"("code":"InternalError")"));
  CHECK(Contains(Encode(PiTopics(), "t", InvalidCancel("why")).payload, R"("code":"InvalidRequest")"));
}

}  // namespace
}  // namespace kedge::jobs
