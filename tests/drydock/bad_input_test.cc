// Requests about jobs, malformed in every member: the documented error, and nothing has changed.

#include <doctest/doctest.h>

#include "malformed.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

RestTable CreateJobTable() {
  const std::string document = R"({"f":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bucket/key}"})";
  return {
      "CreateJob",
      false,
      "PUT",
      "/jobs/{new}",
      {{"targets", {kThing, "arn:aws:iot:us-east-1:000000000000:thinggroup/g"}},
       {"document", document},
       {"description", "some job"},
       {"targetSelection", "SNAPSHOT"},
       {"presignedUrlConfig", {{"roleArn", "arn:aws:iam::1:role/some"}, {"expiresInSec", 60}}},
       {"jobExecutionsRolloutConfig",
        {{"maximumPerMinute", 5},
         {"exponentialRate",
          {{"baseRatePerMinute", 1},
           {"incrementFactor", 1.5},
           {"rateIncreaseCriteria", {{"numberOfNotifiedThings", 1}}}}}}},
       {"abortConfig",
        {{"criteriaList",
          {{{"failureType", "ALL"},
            {"action", "CANCEL"},
            {"thresholdPercentage", 50.5},
            {"minNumberOfExecutedThings", 1}}}}}},
       {"timeoutConfig", {{"inProgressTimeoutInMinutes", 10080}}},
       {"jobExecutionsRetryConfig",
        {{"criteriaList", {{{"failureType", "FAILED"}, {"numberOfRetries", 10}}}}}},
       {"schedulingConfig",
        {{"startTime", "2026-08-20 00:00"}, {"endTime", "2026-08-20 00:30"}, {"endBehavior", "CANCEL"}}},
       {"tags", {{{"Key", "k"}, {"Value", "v"}}}}},
      {
          {"/targets", nullptr},
          {"/targets", json::array()},
          {"/targets", std::vector<std::string>(101, kThing)},
          {"/targets/0", "pi-1"},
          {"/targets/0", "arn:aws:iot:us-east-1:000000000000:cert/pi-1"},
          {"/targets/0", "arn:aws:iot:us-east-1:000000000000:thing/" + std::string(2048, 'x')},
          {"/targets/0", "arn:aws:iot:us-east-1:000000000000:thing/pi-9", "ResourceNotFoundException"},
          {"/targets/0", "arn:aws:iot:us-east-1:000000000000:thinggroup/h", "ResourceNotFoundException"},
          {"/document", nullptr},
          {"/document", ""},
          {"/document", "{not json"},
          {"/document", "[1]"},
          {"/document", "7"},
          {"/document", std::string(20000, '[')},
          {"/document", "{\"x\":\"" + std::string(32761, 'x') + "\"}"},
          {"/document", R"({"f":"${aws:iot:s3-presigned-url:https://example.com/bucket/key}"})"},
          {"/document", json(std::vector<std::string>(11, "${aws:iot:parameter:a}")).dump()},
          {"/documentSource", "https://s3.amazonaws.com/bucket/key"},  // and a document
          {"/jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:1.0"},
          {"/documentParameters", {{"a", "b"}}},
          {"/description", ""},
          {"/description", "two\nlines"},
          {"/description", std::string(2029, 'd')},
          {"/targetSelection", "snapshot"},
          {"/presignedUrlConfig/roleArn", nullptr},
          {"/presignedUrlConfig/roleArn", "short"},
          {"/presignedUrlConfig/roleArn", std::string(2049, 'r')},
          {"/presignedUrlConfig/expiresInSec", 59},
          {"/presignedUrlConfig/expiresInSec", 3601},
          {"/jobExecutionsRolloutConfig/maximumPerMinute", 0},
          {"/jobExecutionsRolloutConfig/maximumPerMinute", 1001},
          {"/jobExecutionsRolloutConfig/exponentialRate/baseRatePerMinute", nullptr},
          {"/jobExecutionsRolloutConfig/exponentialRate/baseRatePerMinute", 0},
          {"/jobExecutionsRolloutConfig/exponentialRate/baseRatePerMinute", 1001},
          {"/jobExecutionsRolloutConfig/exponentialRate/incrementFactor", nullptr},
          {"/jobExecutionsRolloutConfig/exponentialRate/incrementFactor", 1.09},
          {"/jobExecutionsRolloutConfig/exponentialRate/incrementFactor", 5.1},
          {"/jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria", nullptr},
          {"/jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria", json::object()},
          {"/jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria/numberOfNotifiedThings", 0},
          {"/jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria/numberOfSucceededThings", 1},
          {"/abortConfig", json::object()},
          {"/abortConfig/criteriaList", json::array()},
          {"/abortConfig/criteriaList/0", json::object()},
          {"/abortConfig/criteriaList/0/failureType", nullptr},
          {"/abortConfig/criteriaList/0/failureType", "CANCELED"},
          {"/abortConfig/criteriaList/0/action", nullptr},
          {"/abortConfig/criteriaList/0/action", "STOP"},
          {"/abortConfig/criteriaList/0/thresholdPercentage", nullptr},
          {"/abortConfig/criteriaList/0/thresholdPercentage", 0},
          {"/abortConfig/criteriaList/0/thresholdPercentage", 100.5},
          {"/abortConfig/criteriaList/0/minNumberOfExecutedThings", nullptr},
          {"/abortConfig/criteriaList/0/minNumberOfExecutedThings", 0},
          {"/timeoutConfig/inProgressTimeoutInMinutes", 0},
          {"/timeoutConfig/inProgressTimeoutInMinutes", -1},
          {"/timeoutConfig/inProgressTimeoutInMinutes", 10081},
          {"/timeoutConfig/inProgressTimeoutInMinutes", 18446744073709551615U},
          {"/jobExecutionsRetryConfig", json::object()},
          {"/jobExecutionsRetryConfig/criteriaList", json::array()},
          {"/jobExecutionsRetryConfig/criteriaList/0/failureType", nullptr},
          {"/jobExecutionsRetryConfig/criteriaList/0/failureType", "REJECTED"},
          {"/jobExecutionsRetryConfig/criteriaList/0/numberOfRetries", nullptr},
          {"/jobExecutionsRetryConfig/criteriaList/0/numberOfRetries", -1},
          {"/jobExecutionsRetryConfig/criteriaList/0/numberOfRetries", 11},
          {"/jobExecutionsRetryConfig/criteriaList/-", {{"failureType", "FAILED"}, {"numberOfRetries", 0}}},
          {"/jobExecutionsRetryConfig/criteriaList/-",
           {{"failureType", "TIMED_OUT"}, {"numberOfRetries", 1}}},
          {"/schedulingConfig/startTime", "2026-08-20T00:00"},
          {"/schedulingConfig/startTime", "2026-02-30 00:00"},
          {"/schedulingConfig/startTime", "2026-08-20 24:00"},
          {"/schedulingConfig/startTime", "2026-08-20 00:01"},  // 29 minutes before the end
          {"/schedulingConfig/startTime", "2026-08-17 00:00"},  // in the past
          {"/schedulingConfig/startTime", "2028-08-17 00:00"},
          {"/schedulingConfig/startTime", ""},
          {"/schedulingConfig/startTime", std::string(65, '2')},
          {"/schedulingConfig/endTime", nullptr},  // which endBehavior needs
          {"/schedulingConfig/endTime", "2029-08-20 00:30"},
          {"/schedulingConfig/endBehavior", "STOP"},
          {"/schedulingConfig/maintenanceWindows", json::array()},
          {"/tags/0/Key", nullptr},
          {"/tags/0/Key", ""},
          {"/tags/0/Key", "a*b"},
          {"/tags/0/Key", std::string(129, 'k')},
          {"/tags/0/Value", std::string(257, 'v')},
          {"/tags", std::vector<json>(51, {{"Key", "k"}})},
          {"/namespaceId", "aws-gg-deployment"},
          {"/destinationPackageVersions", json::array()},
      }};
}

RestTable TemplateJobTable() {
  return {
      "CreateJob",
      false,
      "PUT",
      "/jobs/{new}",
      {{"targets", {kThing}},
       {"jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Install-Application:1.0"},
       {"documentParameters", {{"packages", "tree"}, {"runAsUser", "root"}}}},
      {
          {"/jobTemplateArn", ""},
          {"/jobTemplateArn", "AWS-Reboot"},
          {"/jobTemplateArn", "arn:aws:iot:us-east-1:000000000000:jobtemplate/mine"},
          {"/jobTemplateArn", std::string(1601, 'x')},
          {"/jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Dance:1.0",
           "ResourceNotFoundException"},
          {"/jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:2.0",
           "ResourceNotFoundException"},
          {"/jobTemplateArn", "arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:", "ResourceNotFoundException"},
          {"/document", "{}"},
          {"/documentParameters", nullptr},
          {"/documentParameters/packages", nullptr},
          {"/documentParameters/packages", ""},
          {"/documentParameters/packages", "a\tb"},
          {"/documentParameters/packages", std::string(513, 'p')},
          {"/documentParameters/runAsUser", std::string(257, 'u')},
          {"/documentParameters/unknown", "x"},
          {"/documentParameters/a b", "x"},
      }};
}

RestTable UpdateJobTable() {
  return {
      "UpdateJob",
      false,
      "PATCH",
      "/jobs/{queued}",
      {{"description", "other"},
       {"presignedUrlConfig", {{"roleArn", "arn:aws:iam::1:role/some"}, {"expiresInSec", 3600}}},
       {"timeoutConfig", {{"inProgressTimeoutInMinutes", 1}}},
       {"jobExecutionsRolloutConfig",
        {{"maximumPerMinute", 1000},
         {"exponentialRate",
          {{"baseRatePerMinute", 1000},
           {"incrementFactor", 4.5},
           {"rateIncreaseCriteria", {{"numberOfSucceededThings", 1}}}}}}},
       {"abortConfig",
        {{"criteriaList",
          {{{"failureType", "FAILED"},
            {"action", "CANCEL"},
            {"thresholdPercentage", 99.5},
            {"minNumberOfExecutedThings", 7}}}}}},
       {"jobExecutionsRetryConfig", {{"criteriaList", {{{"failureType", "ALL"}, {"numberOfRetries", 0}}}}}}},
      {
          {"/description", std::string(2029, 'd')},
          {"/presignedUrlConfig/expiresInSec", 10},
          {"/timeoutConfig/inProgressTimeoutInMinutes", 0},
          {"/jobExecutionsRolloutConfig/maximumPerMinute", 0},
          {"/jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria/numberOfNotifiedThings", 1},
          {"/abortConfig/criteriaList/0/action", "NONE"},
          {"/jobExecutionsRetryConfig/criteriaList/0/numberOfRetries", 11},
          {"/namespaceId", "n"},
      },
      {"namespaceId=n"}};
}

RestTable AssociateTargetsTable() {
  return {"AssociateTargetsWithJob",
          false,
          "POST",
          "/jobs/{everywhere}/targets",
          {{"targets", {kThing}}, {"comment", "also"}},
          {
              {"/targets", nullptr},
              {"/targets", json::array()},
              {"/targets/0", "pi-1"},
              {"/targets/0", "arn:aws:iot:us-east-1:000000000000:thing/pi-9", "ResourceNotFoundException"},
              {"/comment", ""},
              {"/comment", std::string(2029, 'c')},
          },
          {"namespaceId=n"}};
}

RestTable CancelJobExecutionTable() {
  return {"CancelJobExecution",
          false,
          "PUT",
          "/things/{pi-1}/jobs/{running}/cancel?force=true",
          {{"expectedVersion", 2}, {"statusDetails", Pairs(10)}},
          {
              {"/expectedVersion", -1},
              {"/expectedVersion", 18446744073709551615U},
              {"/expectedVersion", 3, "VersionConflictException"},
              {"/statusDetails", Pairs(11)},
              {"/statusDetails/k0", ""},
              {"/statusDetails/k0", "line\n"},
              {"/statusDetails/k0", "\u200B"},
              {"/statusDetails", {{"", "v"}}},
              {"/statusDetails", {{"a b", "v"}}},
              {"/statusDetails", {{std::string(129, 'k'), "v"}}},
          }};
}

RestTable CancelJobTable() {
  return {"CancelJob",
          false,
          "PUT",
          "/jobs/{running}/cancel?force=false",
          {{"reasonCode", "WHY_1"}, {"comment", "because"}},
          {
              {"/reasonCode", ""},
              {"/reasonCode", "why"},
              {"/reasonCode", std::string(129, 'R')},
              {"/comment", ""},
              {"/comment", "\x07"},
              {"/comment", std::string(2029, 'c')},
          }};
}

RestTable DeleteJobTable() {
  return {"DeleteJob", false, "DELETE", "/jobs/{running}?force=true", {}, {}, {"namespaceId=n", "force=1"}};
}

RestTable DeleteJobExecutionTable() {
  return {"DeleteJobExecution",
          false,
          "DELETE",
          "/things/{pi-1}/jobs/{running}/executionNumber/{1}?force=true",
          {},
          {},
          {"namespaceId=n", "force=1"}};
}

TEST_CASE("create-job malformed in every member is refused, and there is no job") { Check(CreateJobTable()); }

TEST_CASE("create-job from a template or from S3, malformed, is refused") {
  Check(TemplateJobTable());
  // Scenes have no files, so S3 is refused whole.
  const RestTable source{"CreateJob", false, "PUT", "/jobs/new", {}, {}};
  for (const char* url : {"https://s3.amazonaws.com/bucket/key", "", "x"}) {
    CheckRefused(source, "/jobs/new", json({{"targets", {kThing}}, {"documentSource", url}}).dump(),
                 kInvalid);
  }
}

TEST_CASE("update-job and associate-targets-with-job, malformed, change nothing") {
  Check(UpdateJobTable());
  Check(AssociateTargetsTable());
  const RestTable snapshot{"AssociateTargetsWithJob", false, "POST", "", {}, {}};
  CheckRefused(snapshot, "/jobs/queued/targets", json({{"targets", {kThing}}}).dump(), kInvalid);
}

TEST_CASE("cancel and delete, malformed, change nothing") {
  Check(CancelJobExecutionTable());
  Check(CancelJobTable());
  Check(DeleteJobTable());
  Check(DeleteJobExecutionTable());
  const RestTable put{"", false, "PUT", "", {}, {}};
  const RestTable erase{"", false, "DELETE", "", {}, {}};
  for (const char* force : {"maybe", "1", "", "TRUE", "%FF"}) {
    const std::string query = std::string("?force=") + force;
    CheckRefused(put, "/jobs/running/cancel" + query, "{}", kInvalid);
    CheckRefused(put, "/things/pi-1/jobs/running/cancel" + query, "{}", kInvalid);
    CheckRefused(erase, "/jobs/running" + query, "", kInvalid);
    CheckRefused(erase, "/things/pi-1/jobs/running/executionNumber/1" + query, "", kInvalid);
  }
  CheckRefused(put, "/jobs/running/cancel", R"({"force":"true"})", kInvalid);
  CheckRefused(put, "/things/pi-1/jobs/running/cancel", "{}", "InvalidStateTransitionException");
  CheckRefused(put, "/things/pi-1/jobs/ended/cancel?force=true", "{}", "InvalidStateTransitionException");
  CheckRefused(put, "/things/pi-1/jobs/nothing/cancel?force=true", "{}", "ResourceNotFoundException");
  CheckRefused(put, "/things/pi-9/jobs/running/cancel?force=true", "{}", "ResourceNotFoundException");
  CheckRefused(put, "/jobs/nothing/cancel", "{}", "ResourceNotFoundException");
  CheckRefused(erase, "/jobs/nothing", "", "ResourceNotFoundException");
  CheckRefused(erase, "/jobs/running", "", "InvalidStateTransitionException");
  CheckRefused(erase, "/jobs/running?force=true&namespaceId=n", "", kInvalid);
  CheckRefused(erase, "/things/pi-1/jobs/running/executionNumber/1", "", "InvalidStateTransitionException");
  for (const char* number : {"-1", "1.0", "0x1", "99999999999999999999", "one"}) {
    CheckRefused(erase, std::string("/things/pi-1/jobs/running/executionNumber/") + number, "", kInvalid);
  }
  CheckRefused(erase, "/things/pi-1/jobs/running/executionNumber/2", "", "ResourceNotFoundException");
}

}  // namespace

std::vector<RestTable> JobTables() {
  return {CreateJobTable(),          TemplateJobTable(), UpdateJobTable(), AssociateTargetsTable(),
          CancelJobExecutionTable(), CancelJobTable(),   DeleteJobTable(), DeleteJobExecutionTable()};
}

}  // namespace kedge::drydock
