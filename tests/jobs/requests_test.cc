#include "jobs/requests.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "samples.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

const ExecutionId kExecution{JobId{"job-1"}, 3, 1730747114000};

TEST_CASE("an update of a no-op job carries what is needed and nothing else") {
  Message message = Encode(PiTopics(), SendUpdate{"s-1", kExecution, JobStatus::kInProgress, {}, 2});
  CHECK(message.topic == "$aws/things/pi-1/jobs/job-1/update");
  CHECK(message.payload ==
        R"({"clientToken":"s-1","executionNumber":3,"expectedVersion":2,"status":"IN_PROGRESS"})");
}

TEST_CASE("an update carries details and version when it has them, as a map of strings and a number") {
  Message message =
      Encode(PiTopics(), SendUpdate{"s-1", kExecution, JobStatus::kFailed, {{"reason", "a \"b\""}}, 0});
  json body = json::parse(message.payload);
  CHECK(body == json({{"clientToken", "s-1"},
                      {"executionNumber", 3},
                      {"expectedVersion", 0},
                      {"status", "FAILED"},
                      {"statusDetails", {{"reason", "a \"b\""}}}}));
  CHECK(body["expectedVersion"].is_number_integer());
  body = json::parse(Encode(PiTopics(), SendUpdate{"s-1", kExecution, JobStatus::kFailed, {}, {}}).payload);
  CHECK_FALSE(body.contains("expectedVersion"));
  CHECK_FALSE(body.contains("statusDetails"));
}

TEST_CASE("an update carries the lease as whole minutes") {
  SendUpdate update{"s-1", kExecution, JobStatus::kInProgress, {}, 2};
  update.step_timeout_minutes = 76;
  CHECK(json::parse(Encode(PiTopics(), update).payload)["stepTimeoutInMinutes"] == 76);
}

TEST_CASE("an update says each status that a device may send with the wire's word") {
  for (auto [status, word] : {std::pair{JobStatus::kInProgress, "IN_PROGRESS"},
                              {JobStatus::kSucceeded, "SUCCEEDED"},
                              {JobStatus::kFailed, "FAILED"},
                              {JobStatus::kRejected, "REJECTED"}}) {
    Message message = Encode(PiTopics(), SendUpdate{"t", kExecution, status, {}, 1});
    CHECK(json::parse(message.payload)["status"] == word);
  }
}

TEST_CASE("asking for the next job is its token alone, so that the document comes by default") {
  CHECK(Encode(PiTopics(), AskNext{"s-2"}) ==
        Message{"$aws/things/pi-1/jobs/$next/get", R"({"clientToken":"s-2"})"});
}

TEST_CASE("a describe names the execution and does without the document") {
  CHECK(Encode(PiTopics(), Describe{"s-3", kExecution}) ==
        Message{"$aws/things/pi-1/jobs/job-1/get",
                R"({"clientToken":"s-3","executionNumber":3,"includeJobDocument":false})"});
}

TEST_CASE("get and start-next are spoken too") {
  CHECK(Encode(PiTopics(), GetPending{"s-4"}) ==
        Message{"$aws/things/pi-1/jobs/get", R"({"clientToken":"s-4"})"});
  CHECK(Encode(PiTopics(), StartNext{"s-5", {}}) ==
        Message{"$aws/things/pi-1/jobs/start-next", R"({"clientToken":"s-5"})"});
  CHECK(Encode(PiTopics(), StartNext{"s-5", {{"by", "kedge"}}}).payload ==
        R"({"clientToken":"s-5","statusDetails":{"by":"kedge"}})");
}

TEST_CASE("a request without a token is an empty object, not an empty token") {
  CHECK(Encode(PiTopics(), AskNext{}).payload == "{}");
  CHECK(Encode(PiTopics(), GetPending{}).payload == "{}");
}

TEST_CASE("text that is not UTF-8 is repaired rather than thrown at the caller") {
  Message message = Encode(PiTopics(), SendUpdate{"t",
                                                  kExecution,
                                                  JobStatus::kFailed,
                                                  {{"out",
                                                    "a\xff"
                                                    "b"}},
                                                  1});
  CHECK(json::parse(message.payload)["statusDetails"]["out"] ==
        "a\xef\xbf\xbd"
        "b");
}

TEST_CASE("the replies to a request are heard on the filters and name what was asked") {
  Topics topics = PiTopics();
  auto reply = [&](const std::string& request) { return topics.Parse(request + "/accepted"); };
  CHECK(*reply(Encode(topics, AskNext{"t"}).topic) == IncomingTopic(NextReplyTopic{Reply::kAccepted}));
  CHECK(*reply(Encode(topics, Describe{"t", kExecution}).topic) ==
        IncomingTopic(DescribeReplyTopic{JobId{"job-1"}, Reply::kAccepted}));
  CHECK(*reply(Encode(topics, SendUpdate{"t", kExecution, JobStatus::kFailed, {}, 1}).topic) ==
        IncomingTopic(UpdateReplyTopic{JobId{"job-1"}, Reply::kAccepted}));
  CHECK(*reply(Encode(topics, GetPending{"t"}).topic) == IncomingTopic(PendingReplyTopic{Reply::kAccepted}));
  CHECK(*reply(Encode(topics, StartNext{"t", {}}).topic) ==
        IncomingTopic(StartNextReplyTopic{Reply::kAccepted}));
}

}  // namespace
}  // namespace kedge::jobs
