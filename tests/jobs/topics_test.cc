#include "jobs/topics.h"

#include <doctest/doctest.h>

#include "samples.h"

namespace kedge::jobs {
namespace {

IncomingTopic Parsed(const std::string& below) {
  Result<IncomingTopic> topic = PiTopics().Parse(kJobs + below);
  INFO(below);
  REQUIRE(topic.has_value());
  return *topic;
}

TEST_CASE("a thing name has 1 to 128 of the allowed characters") {
  for (const char* good : {"a", "pi-1", "Pi_1:b", "0"}) CHECK(Topics::For(good).has_value());
  CHECK(Topics::For(std::string(128, 'x')).has_value());
  for (const char* bad : {"", "a/b", "+", "#", "a b", "$aws", "a.b", "caf\xc3\xa9", "a\n"}) {
    INFO(bad);
    Result<Topics> topics = Topics::For(bad);
    REQUIRE_FALSE(topics.has_value());
    CHECK(topics.error().kind == ErrorKind::kInvalid);
    CHECK(Contains(topics.error().message, "is not a thing name: 1 to 128 characters"));
  }
  CHECK_FALSE(Topics::For(std::string(129, 'x')).has_value());
  CHECK_FALSE(Topics::For(std::string("a\0b", 3)).has_value());
}

TEST_CASE("job ids and client tokens have 1 to 64 of the allowed characters") {
  for (auto* legal : {&IsJobId, &IsClientToken}) {
    CHECK(legal("a"));
    CHECK(legal("Job_1-2"));
    CHECK(legal(std::string(64, 'x')));
    for (const char* bad : {"", "a:b", "$next", "+", "#", "a/b", "a b", "\xc3\xa9"}) CHECK_FALSE(legal(bad));
    CHECK_FALSE(legal(std::string(65, 'x')));
  }
}

TEST_CASE("the filters are both notifications and the replies to what the agent sends") {
  CHECK(PiTopics().Filters() ==
        std::vector<std::string>{"$aws/things/pi-1/jobs/notify", "$aws/things/pi-1/jobs/notify-next",
                                 "$aws/things/pi-1/jobs/+/get/+", "$aws/things/pi-1/jobs/+/update/+"});
}

TEST_CASE("every topic that is published to, or belongs to Kedge, is spelled here") {
  Topics topics = PiTopics();
  CHECK(topics.thing() == "pi-1");
  CHECK(topics.GetPending() == "$aws/things/pi-1/jobs/get");
  CHECK(topics.StartNext() == "$aws/things/pi-1/jobs/start-next");
  CHECK(topics.DescribeNext() == "$aws/things/pi-1/jobs/$next/get");
  CHECK(topics.Describe(JobId{"j"}) == "$aws/things/pi-1/jobs/j/get");
  CHECK(topics.Update(JobId{"j"}) == "$aws/things/pi-1/jobs/j/update");
  CHECK(topics.CancelTopic() == "kedge/things/pi-1/cancel");
  CHECK(topics.CancelAnswerTopic(Reply::kAccepted) == "kedge/things/pi-1/cancel/accepted");
  CHECK(topics.CancelAnswerTopic(Reply::kRejected) == "kedge/things/pi-1/cancel/rejected");
  CHECK(topics.StateTopic() == "kedge/things/pi-1/state");
}

TEST_CASE("every topic that the service publishes to is understood") {
  CHECK(Parsed("notify") == IncomingTopic(NotifyTopic{}));
  CHECK(Parsed("notify-next") == IncomingTopic(NotifyNextTopic{}));
  for (auto [word, reply] : {std::pair{"accepted", Reply::kAccepted}, {"rejected", Reply::kRejected}}) {
    std::string end = word;
    CHECK(Parsed("get/" + end) == IncomingTopic(PendingReplyTopic{reply}));
    CHECK(Parsed("start-next/" + end) == IncomingTopic(StartNextReplyTopic{reply}));
    CHECK(Parsed("$next/get/" + end) == IncomingTopic(NextReplyTopic{reply}));
    CHECK(Parsed("j-1/get/" + end) == IncomingTopic(DescribeReplyTopic{JobId{"j-1"}, reply}));
    CHECK(Parsed("j-1/update/" + end) == IncomingTopic(UpdateReplyTopic{JobId{"j-1"}, reply}));
  }
}

TEST_CASE("a job that is called like a fixed word is still a job") {
  for (const char* word : {"get", "update", "notify", "notify-next", "start-next", "accepted", "rejected"}) {
    JobId job{word};
    CHECK(Parsed(job.value + "/get/accepted") == IncomingTopic(DescribeReplyTopic{job, Reply::kAccepted}));
    CHECK(Parsed(job.value + "/update/rejected") == IncomingTopic(UpdateReplyTopic{job, Reply::kRejected}));
  }
}

TEST_CASE("what is no notification and no reply to this thing is refused") {
  for (const char* topic : {"",
                            "/",
                            "$",
                            "$aws",
                            "$aws/things",
                            "$aws/things/pi-1",
                            "$aws/things/pi-1/jobs",
                            "$aws/things/pi-1/jobs/",
                            "aws/things/pi-1/jobs/notify",
                            "/$aws/things/pi-1/jobs/notify",
                            "$aws/things//jobs/notify",
                            "$aws/things/pi-2/jobs/notify",
                            "$aws/things/pi-10/jobs/notify",
                            "$aws/things/PI-1/jobs/notify",
                            "$aws/things/pi-1/shadow/update/accepted",
                            "$aws/things/pi-1/jobs/notify/",
                            "$aws/things/pi-1/jobs/notify/accepted",
                            "$aws/things/pi-1/jobs/notified",
                            "$aws/things/pi-1/jobs/get",
                            "$aws/things/pi-1/jobs/start-next",
                            "$aws/things/pi-1/jobs/j/get",
                            "$aws/things/pi-1/jobs/j/update",
                            "$aws/things/pi-1/jobs/$next/get",
                            "$aws/things/pi-1/jobs/$next/update/accepted",
                            "$aws/things/pi-1/jobs/$next/accepted",
                            "$aws/things/pi-1/jobs/j/accepted",
                            "$aws/things/pi-1/jobs/j/get/Accepted",
                            "$aws/things/pi-1/jobs/j/get/accepted/",
                            "$aws/things/pi-1/jobs/j/get/accepted/x",
                            "$aws/things/pi-1/jobs/j/get/x/accepted",
                            "$aws/things/pi-1/jobs//get/accepted",
                            "$aws/things/pi-1/jobs/j//accepted",
                            "$aws/things/pi-1/jobs/j.k/get/accepted",
                            "$aws/things/pi-1/jobs/+/get/accepted",
                            "$aws/things/pi-1/jobs/$prev/get/accepted",
                            "$aws/things/pi-1/jobs/j/namespace-aws-gg-deployment/get/accepted",
                            "$aws/things/pi-1/jobs/notify-namespace-aws-gg-deployment",
                            "$aws/things/pi-1/jobs/notify-next-namespace-aws-gg-deployment",
                            "$aws/events/job/j/canceled",
                            "kedge/things/pi-1/cancel",
                            "kedge/things/pi-1/state"}) {
    INFO(topic);
    Result<IncomingTopic> parsed = PiTopics().Parse(topic);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::kInvalid);
  }
  CHECK_FALSE(PiTopics().Parse(kJobs + std::string(65, 'j') + "/get/accepted").has_value());
  CHECK_FALSE(PiTopics().Parse(std::string(65536, '/')).has_value());
  CHECK_FALSE(PiTopics().Parse(kJobs + std::string(65536, '/')).has_value());
}

TEST_CASE("another thing's topic is refused by the name of this one") {
  Result<IncomingTopic> parsed = PiTopics().Parse("$aws/things/pi-2/jobs/notify");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(Contains(parsed.error().message, "'pi-1'"));
}

}  // namespace
}  // namespace kedge::jobs
