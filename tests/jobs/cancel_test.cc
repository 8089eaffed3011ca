#include "jobs/cancel.h"

#include <doctest/doctest.h>

#include "samples.h"

namespace kedge::jobs {
namespace {

CancelRequested Asked(const std::string& payload) {
  CancelMessage message = DecodeCancel(PiTopics(), payload);
  INFO(payload << (message.request ? "" : message.request.error().message));
  REQUIRE(message.request.has_value());
  return *message.request;
}

TEST_CASE("an empty request calls off, gracefully, whatever is current") {
  for (const char* payload : {"", "{}", R"({"jobId":null,"force":null,"reason":null,"clientToken":null})"}) {
    CancelRequested request = Asked(payload);
    CHECK(request.request == 0);
    CHECK_FALSE(request.job.has_value());
    CHECK_FALSE(request.force);
    CHECK(request.reason.empty());
    CHECK(request.origin == "topic kedge/things/pi-1/cancel");
    CHECK(DecodeCancel(PiTopics(), payload).token.empty());
  }
}

TEST_CASE("a request names the job, force, reason and token") {
  const char* payload = R"({"jobId":"job-1","force":true,"reason":"wrong file","clientToken":"op-1","x":1})";
  CancelRequested request = Asked(payload);
  CHECK(request.job == JobId{"job-1"});
  CHECK(request.force);
  CHECK(request.reason == "wrong file");
  CHECK(DecodeCancel(PiTopics(), payload).token == "op-1");
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
           {"{}\xff", "is not JSON"},
       }) {
    INFO(bad.payload);
    CancelMessage message = DecodeCancel(PiTopics(), bad.payload);
    REQUIRE_FALSE(message.request.has_value());
    CHECK(message.request.error().kind == ErrorKind::kInvalid);
    INFO(message.request.error().message);
    CHECK(Contains(message.request.error().message, bad.says));
    CHECK(message.token.empty());
  }
  CHECK_FALSE(DecodeCancel(PiTopics(), std::string(1 << 20, ' ')).request.has_value());
  CHECK_FALSE(DecodeCancel(PiTopics(), std::string("{}\0", 3)).request.has_value());
  CHECK_FALSE(DecodeCancel(PiTopics(), R"({"reason":)" + Nested(10000) + "}").request.has_value());
}

TEST_CASE("the refusal of a request that could be read goes back with its token") {
  CHECK(DecodeCancel(PiTopics(), R"({"force":1,"clientToken":"op-1"})").token == "op-1");
}

TEST_CASE("an answer goes to accepted or rejected with the token it was asked with") {
  CHECK(Encode(PiTopics(), CancelAnswer{"op-1", true, "calling off job-1"}) ==
        Message{"kedge/things/pi-1/cancel/accepted",
                R"({"clientToken":"op-1","message":"calling off job-1"})"});
  CHECK(Encode(PiTopics(), CancelAnswer{"", false, "nothing runs"}) ==
        Message{"kedge/things/pi-1/cancel/rejected", R"({"message":"nothing runs"})"});
}

}  // namespace
}  // namespace kedge::jobs
