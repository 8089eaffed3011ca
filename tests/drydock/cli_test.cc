// Debian's aws command line, the real one, runs every operation of both planes against drydock: what it
// prints and how it exits is what it does with AWS.

#include <doctest/doctest.h>

#include "cli_bench.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

const std::string kArn = "arn:aws:iot:us-east-1:000000000000:";
const std::string kThing = kArn + "thing/pi-1";

std::string Pairs(int count) {
  std::string pairs;
  for (int i = 0; i < count; ++i) pairs += (i == 0 ? "k" : ",k") + std::to_string(i) + "=v";
  return pairs;
}

std::string CreateJob(const std::string& id, const std::string& more = "") {
  return "iot create-job --job-id " + id + " --targets " + kThing + " --document '{\"job\":\"" + id +
         "\"}' " + more;
}

TEST_CASE("things and groups: created, described, listed, joined, left and deleted") {
  const CliBench bench;
  const auto made = bench.AwsAll({
      "iot create-thing --thing-name pi-1 --attribute-payload attributes={kind=gateway}",
      "iot create-thing --thing-name pi-2",
      "iot create-thing-group --thing-group-name g --thing-group-properties thingGroupDescription=all",
      "iot create-thing-group --thing-group-name 'a b'",
  });
  CHECK(made[0].Said()["thingArn"] == kThing);
  CHECK(made[0].Said()["thingId"].is_string());
  CHECK(made[1].Said()["thingName"] == "pi-2");
  CHECK(made[2].Said()["thingGroupArn"] == kArn + "thinggroup/g");
  CHECK(made[3].Refused("InvalidRequestException"));

  const auto joined = bench.AwsAll({
      "iot add-thing-to-thing-group --thing-group-name g --thing-name pi-1",
      "iot add-thing-to-thing-group --thing-group-name g --thing-name pi-9",
      "iot create-thing --thing-name pi-1",
      "iot describe-thing --thing-name pi-1",
      "iot describe-thing --thing-name pi-9",
      "iot list-things --attribute-name kind --attribute-value gateway",
  });
  CHECK(joined[0].Silent());
  CHECK(joined[1].Refused("ResourceNotFoundException"));
  CHECK(joined[2].Refused("ResourceAlreadyExistsException"));
  CHECK(joined[3].Said()["attributes"]["kind"] == "gateway");
  CHECK(joined[3].Said()["version"] == 1);
  CHECK(joined[4].Refused("ResourceNotFoundException"));
  CHECK(joined[4].Says("when calling the DescribeThing operation"));
  CHECK(joined[5].Said()["things"].size() == 1);

  const auto seen = bench.AwsAll({
      "iot list-things-in-thing-group --thing-group-name g",
      "iot list-thing-groups-for-thing --thing-name pi-1",
      "iot describe-thing-group --thing-group-name g",
      "iot list-thing-groups",
  });
  CHECK(seen[0].Said()["things"] == json::array({"pi-1"}));
  CHECK(seen[1].Said()["thingGroups"][0]["groupName"] == "g");
  CHECK(seen[2].Said()["thingGroupProperties"]["thingGroupDescription"] == "all");
  CHECK(seen[3].Said()["thingGroups"][0]["groupArn"] == kArn + "thinggroup/g");

  CHECK(bench.Aws("iot remove-thing-from-thing-group --thing-group-name g --thing-name pi-1").Silent());
  const auto gone =
      bench.AwsAll({"iot delete-thing-group --thing-group-name g", "iot delete-thing --thing-name pi-2"});
  CHECK(gone[0].Silent());
  CHECK(gone[1].Silent());
  const auto after = bench.AwsAll({"iot list-thing-groups", "iot list-things"});
  CHECK(after[0].Said()["thingGroups"].empty());
  CHECK(after[1].Said()["things"].size() == 1);
}

TEST_CASE("jobs: every operation of the control plane prints what AWS prints") {
  const CliBench bench;
  bench.AwsAll({"iot create-thing --thing-name pi-1", "iot create-thing --thing-name pi-2"});
  const auto made = bench.AwsAll({
      CreateJob("j1",
                "--description 'a job' --timeout-config inProgressTimeoutInMinutes=10 "
                "--job-executions-rollout-config maximumPerMinute=5 --tags Key=a,Value=b "
                "--abort-config 'criteriaList=[{failureType=FAILED,action=CANCEL,thresholdPercentage=50.5,"
                "minNumberOfExecutedThings=5}]'"),
      CreateJob("c1", "--target-selection CONTINUOUS"),
      CreateJob("bad", "--description \"$(printf 'two\\nlines')\""),
      "iot create-job --job-id bad --targets " + kArn + "thing/pi-9 --document '{}'",
  });
  CHECK(made[0].Said() == json{{"jobArn", kArn + "job/j1"}, {"jobId", "j1"}, {"description", "a job"}});
  CHECK(made[1].Said()["jobId"] == "c1");
  CHECK(made[2].Refused("InvalidRequestException"));
  CHECK(made[3].Refused("ResourceNotFoundException"));

  const auto changed = bench.AwsAll({
      CreateJob("j1"),
      "iot associate-targets-with-job --job-id j1 --targets " + kArn + "thing/pi-2",
      "iot associate-targets-with-job --job-id c1 --comment more --targets " + kArn + "thing/pi-2",
      "iot update-job --job-id j1 --description other --timeout-config inProgressTimeoutInMinutes=20",
  });
  CHECK(changed[0].Refused("ResourceAlreadyExistsException"));
  CHECK(changed[1].Refused("InvalidRequestException"));
  CHECK(changed[2].Said()["jobArn"] == kArn + "job/c1");
  CHECK(changed[3].Silent());

  const auto seen = bench.AwsAll({
      "iot describe-job --job-id j1",
      "iot describe-job --job-id c1",
      "iot get-job-document --job-id j1",
      "iot list-jobs --status IN_PROGRESS --target-selection CONTINUOUS",
      "iot list-job-executions-for-job --job-id c1 --status QUEUED",
      "iot list-job-executions-for-thing --thing-name pi-1 --job-id j1",
      "iot describe-job-execution --job-id j1 --thing-name pi-1 --execution-number 1",
      "iot describe-endpoint --endpoint-type iot:Jobs",
  });
  const json job = seen[0].Said()["job"];
  CHECK(job["description"] == "other");
  CHECK(job["timeoutConfig"]["inProgressTimeoutInMinutes"] == 20);
  CHECK(job["abortConfig"]["criteriaList"][0]["thresholdPercentage"] == 50.5);
  CHECK(job["jobProcessDetails"]["numberOfQueuedThings"] == 1);
  CHECK(job["createdAt"].get<std::string>().starts_with("20"));
  CHECK(job["createdAt"].get<std::string>().find('T') == 10);
  CHECK(seen[1].Said()["job"]["targets"].size() == 2);
  CHECK(seen[1].Said()["job"]["comment"] == "more");
  CHECK(seen[2].Said()["document"] == R"({"job":"j1"})");
  CHECK(seen[3].Said()["jobs"].size() == 1);
  CHECK(seen[4].Said()["executionSummaries"].size() == 2);
  CHECK(seen[5].Said()["executionSummaries"][0]["jobExecutionSummary"]["executionNumber"] == 1);
  CHECK(seen[6].Said()["execution"]["thingArn"] == kThing);
  CHECK("http://" + seen[7].Said()["endpointAddress"].get<std::string>() == bench.http());

  const auto ended = bench.AwsAll({
      "iot cancel-job --job-id j1 --reason-code WHY --comment because",
      "iot delete-job --job-id c1",
      "iot delete-job-execution --job-id c1 --thing-name pi-2 --execution-number 1",
      "iot delete-job-execution --job-id c1 --thing-name pi-2 --execution-number 7",
  });
  CHECK(ended[0].Said()["description"] == "other");
  CHECK(ended[1].Refused("InvalidStateTransitionException"));
  CHECK(ended[2].Silent());
  CHECK(ended[3].Refused("ResourceNotFoundException"));
  const auto gone = bench.AwsAll({"iot cancel-job --job-id j1", "iot delete-job --job-id c1 --force"});
  CHECK(gone[0].Refused("InvalidRequestException"));
  CHECK(gone[0].Says("is in status CANCELED"));
  CHECK(gone[1].Silent());
  CHECK(bench.Aws("iot describe-job --job-id c1").Refused("ResourceNotFoundException"));
}

TEST_CASE("cancel-job-execution, with and without force, right and wrong, on every kind of execution") {
  const CliBench bench;
  bench.Good("iot create-thing --thing-name pi-1");
  bench.AwsAll({CreateJob("running"), CreateJob("ended")});
  const auto started = bench.AwsAll(
      {"iot-jobs-data update-job-execution --job-id running --thing-name pi-1 --status IN_PROGRESS",
       "iot-jobs-data update-job-execution --job-id ended --thing-name pi-1 --status SUCCEEDED",
       CreateJob("queued"), CreateJob("queued-too")});
  for (const Ran& ran : started) REQUIRE_MESSAGE(ran.status == 0, ran.said);

  const auto cancel = [](const std::string& job, const std::string& more, const std::string& thing = "pi-1") {
    return "iot cancel-job-execution --thing-name " + thing + " --job-id " + job + " " + more;
  };
  const std::vector<std::pair<std::string, std::string>> refused = {
      {cancel("queued", "--expected-version 2"), "VersionConflictException"},
      {cancel("queued", "--status-details " + Pairs(11)), "InvalidRequestException"},
      {cancel("running", ""), "InvalidStateTransitionException"},
      {cancel("running", "--no-force"), "InvalidStateTransitionException"},
      {cancel("running", "--expected-version 2"), "InvalidStateTransitionException"},
      {cancel("running", "--force --expected-version 1"), "VersionConflictException"},
      {cancel("running", "--force --status-details " + Pairs(11)), "InvalidRequestException"},
      {cancel("ended", ""), "InvalidStateTransitionException"},
      {cancel("ended", "--force"), "InvalidStateTransitionException"},
      {cancel("ended", "--force --expected-version 2"), "InvalidStateTransitionException"},
      {cancel("ended", "--force --expected-version 9"), "InvalidStateTransitionException"},
      {cancel("nothing", "--force"), "ResourceNotFoundException"},
      {cancel("running", "--force", "pi-9"), "ResourceNotFoundException"},
      {cancel("'a b'", "--force"), "InvalidRequestException"},
  };
  std::vector<std::string> commands;
  commands.reserve(refused.size());
  for (const auto& [command, exception] : refused) commands.push_back(command);
  const auto answers = bench.AwsAll(commands);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    CAPTURE(commands[i]);
    CAPTURE(answers[i].said);
    CHECK(answers[i].Refused(refused[i].second));
    CHECK(answers[i].Says("when calling the CancelJobExecution operation"));
  }

  const auto done = bench.AwsAll({
      cancel("queued", "--expected-version 1 --status-details " + Pairs(10)),
      cancel("queued-too", "--force"),
      cancel("running", "--force --expected-version 2 --status-details by=operator"),
  });
  for (const Ran& ran : done) CHECK_MESSAGE(ran.Silent(), ran.said);
  const auto after = bench.AwsAll({
      "iot describe-job-execution --thing-name pi-1 --job-id queued",
      "iot describe-job-execution --thing-name pi-1 --job-id queued-too",
      "iot describe-job-execution --thing-name pi-1 --job-id running",
      "iot describe-job-execution --thing-name pi-1 --job-id ended",
  });
  std::vector<json> executions;
  for (const Ran& ran : after) executions.push_back(ran.Said()["execution"]);
  CHECK(executions[0]["status"] == "CANCELED");
  CHECK(executions[0]["forceCanceled"] == false);
  CHECK(executions[0]["statusDetails"]["detailsMap"].size() == 10);
  CHECK(executions[1]["status"] == "CANCELED");
  CHECK(executions[1]["forceCanceled"] == true);
  CHECK(executions[2]["status"] == "CANCELED");
  CHECK(executions[2]["statusDetails"]["detailsMap"] == R"({"by":"operator"})"_json);
  CHECK(executions[3]["status"] == "SUCCEEDED");
}

TEST_CASE("the data plane: all four operations, and each of its errors") {
  const CliBench bench;
  bench.Good("iot create-thing --thing-name pi-1");
  bench.Good(CreateJob("j1", "--timeout-config inProgressTimeoutInMinutes=10"));
  const auto before = bench.AwsAll({
      "iot-jobs-data get-pending-job-executions --thing-name pi-1",
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id '$next' --no-include-job-document",
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id nothing",
      "iot-jobs-data get-pending-job-executions --thing-name pi-9",
  });
  CHECK(before[0].Said()["queuedJobs"][0]["jobId"] == "j1");
  CHECK(before[0].Said()["inProgressJobs"].empty());
  CHECK(before[1].Said()["execution"]["status"] == "QUEUED");
  CHECK_FALSE(before[1].Said()["execution"].contains("jobDocument"));
  CHECK(before[2].Refused("ResourceNotFoundException"));
  CHECK(before[3].Refused("ResourceNotFoundException"));

  const json started =
      bench.Good("iot-jobs-data start-next-pending-job-execution --thing-name pi-1 --status-details step=1")
          ["execution"];
  CHECK(started["status"] == "IN_PROGRESS");
  CHECK(started["statusDetails"] == R"({"step":"1"})"_json);
  CHECK(started["jobDocument"] == R"({"job":"j1"})");
  CHECK(started["thingName"] == "pi-1");
  CHECK(started["approximateSecondsBeforeTimedOut"] <= 600);
  CHECK(started["queuedAt"].is_number_integer());

  const std::string update = "iot-jobs-data update-job-execution --thing-name pi-1 --job-id j1 ";
  const auto refused = bench.AwsAll({
      update + "--status CANCELED",
      update + "--status SUCCEEDED --expected-version 9",
      update + "--status SUCCEEDED --status-details " + Pairs(11),
      update + "--status SUCCEEDED --step-timeout-in-minutes 0",
  });
  CHECK(refused[0].Refused("InvalidRequestException"));
  CHECK(refused[1].Refused("InvalidStateTransitionException"));
  CHECK(refused[2].Refused("InvalidRequestException"));
  CHECK(refused[3].Refused("InvalidRequestException"));
  const json updated = bench.Good(update +
                                  "--status SUCCEEDED --expected-version 2 --execution-number 1 "
                                  "--include-job-execution-state --include-job-document --status-details " +
                                  Pairs(10));
  CHECK(updated["executionState"]["status"] == "SUCCEEDED");
  CHECK(updated["executionState"]["versionNumber"] == 3);
  CHECK(updated["jobDocument"] == R"({"job":"j1"})");
  const auto after = bench.AwsAll({
      update + "--status SUCCEEDED",
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id j1",
      "iot-jobs-data start-next-pending-job-execution --thing-name pi-1",
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id '$next'",
  });
  CHECK(after[0].Refused("InvalidStateTransitionException"));
  CHECK(after[1].Refused("TerminalStateException"));
  CHECK(after[2].Silent());  // an answer with no member prints nothing
  CHECK(after[3].Silent());
}

TEST_CASE("lists: page by page, and item by item") {
  const CliBench bench;
  bench.Good("iot create-thing --thing-name pi-1");
  bench.AwsAll({CreateJob("j1"), CreateJob("j2"), CreateJob("j3")});
  const auto seen = bench.AwsAll({
      "iot list-jobs --page-size 2 --query 'length(jobs)'",
      "iot list-job-executions-for-thing --thing-name pi-1 --page-size 1 --query "
      "'executionSummaries[].jobId'",
      "iot list-jobs --max-items 2",
      "iot list-jobs --max-results 300",
      "iot list-jobs --next-token 2",
  });
  CHECK(seen[0].Said() == 3);
  CHECK(seen[1].Said().size() == 3);
  CHECK(seen[2].Said()["jobs"].size() == 2);
  CHECK(seen[3].Refused("InvalidRequestException"));
  CHECK(seen[4].Refused("InvalidRequestException"));
  const std::string token = seen[2].Said()["NextToken"];
  const json rest = bench.Good("iot list-jobs --starting-token " + token);
  CHECK(rest["jobs"].size() == 1);
  CHECK_FALSE(rest.contains("NextToken"));
}

TEST_CASE("managed templates are listed, described and made into jobs") {
  const CliBench bench;
  const std::string arn = "arn:aws:iot:us-east-1::jobtemplate/AWS-Install-Application:1.0";
  bench.Good("iot create-thing --thing-name pi-1");
  const std::string create = "iot create-job --targets " + kThing + " --job-template-arn " + arn + " ";
  const auto made = bench.AwsAll({
      "iot list-managed-job-templates --query 'managedJobTemplates[].templateName'",
      "iot describe-managed-job-template --template-name AWS-Install-Application --template-version 1.0",
      "iot describe-managed-job-template --template-name AWS-Dance",
      create + "--job-id good --document-parameters 'packages=tree jq,runAsUser=root'",
      create + "--job-id bad",
      "iot list-job-templates",
  });
  CHECK(made[0].Said().size() == 8);
  CHECK(made[1].Said()["templateArn"] == arn);
  CHECK(made[1].Said()["documentParameters"][0]["key"] == "packages");
  CHECK(made[2].Refused("ResourceNotFoundException"));
  CHECK_MESSAGE(made[3].status == 0, made[3].said);
  CHECK(made[4].Refused("InvalidRequestException"));
  CHECK(made[4].Says("packages"));
  CHECK(made[5].Refused("InvalidRequestException"));
  const auto seen = bench.AwsAll({
      "iot describe-job --job-id good",
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id good --include-job-document",
  });
  CHECK(seen[0].Said()["job"]["jobTemplateArn"] == arn);
  CHECK(seen[0].Said()["job"]["documentParameters"]["packages"] == "tree jq");
  const json document = json::parse(seen[1].Said()["execution"]["jobDocument"].get<std::string>());
  CHECK(document["steps"][0]["action"]["input"]["args"] == json::array({"tree jq"}));
}

TEST_CASE("a document from S3 is delivered with a presigned URL, and curl gets the file behind it") {
  const CliBench bench;
  bench.PutFile(
      "bucket", "documents/fetch.json",
      R"({"url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/bucket/some/file}"})");
  bench.PutFile("bucket", "some/file", "the bytes of the file");
  bench.Good("iot create-thing --thing-name pi-1");
  bench.Good("iot create-job --job-id j1 --targets " + kThing +
             " --document-source https://s3.amazonaws.com/bucket/documents/fetch.json "
             "--presigned-url-config roleArn=arn:aws:iam::000000000000:role/s3,expiresInSec=600");
  const std::string describe =
      "iot-jobs-data describe-job-execution --thing-name pi-1 --job-id j1 --include-job-document";
  const auto seen = bench.AwsAll({describe, describe, "iot describe-job --job-id j1",
                                  "iot create-job --job-id j2 --targets " + kThing +
                                      " --document-source https://s3.amazonaws.com/bucket/nothing.json"});
  const auto url = [](const Ran& ran) {
    return json::parse(ran.Said()["execution"]["jobDocument"].get<std::string>())["url"].get<std::string>();
  };
  CHECK(url(seen[0]) != url(seen[1]));
  CHECK(seen[2].Said()["documentSource"] == "https://s3.amazonaws.com/bucket/documents/fetch.json");
  CHECK(seen[3].Refused("InvalidRequestException"));
  const auto curl = [&](const std::string& words) { return bench.Script("curl -sS " + words).said; };
  CHECK(curl("'" + url(seen[0]) + "'") == "the bytes of the file");
  CHECK(curl("-r 4-8 -w ' %{http_code}' '" + url(seen[1]) + "'") == "bytes 206");
  CHECK(curl("'" + url(seen[1]) + "0'").find("SignatureDoesNotMatch") != std::string::npos);
}

TEST_CASE("the worked command set of the reference, as it stands there") {
  const CliBench bench;
  const Ran ran = bench.Script(R"(set -e
aws iot create-thing --thing-name pi-1
aws iot create-job --job-id j1 --targets arn:aws:iot:us-east-1:000000000000:thing/pi-1 \
    --document '{"version":"1.0","steps":[]}' --timeout-config inProgressTimeoutInMinutes=10
aws iot list-job-executions-for-thing --thing-name pi-1 --status QUEUED
aws iot describe-job-execution --job-id j1 --thing-name pi-1
aws iot-jobs-data start-next-pending-job-execution --thing-name pi-1
aws iot-jobs-data describe-job-execution --job-id '$next' --thing-name pi-1 --include-job-document
aws iot cancel-job-execution --job-id j1 --thing-name pi-1 --force --expected-version 2 --status-details by=operator
set +e
aws iot-jobs-data update-job-execution --job-id j1 --thing-name pi-1 --status SUCCEEDED --include-job-execution-state
echo "update $?"
aws iot cancel-job --job-id j1 --force --reason-code OPERATOR --comment "stop"
echo "cancel-job $?"
set -e
aws iot delete-job-execution --job-id j1 --thing-name pi-1 --execution-number 1 --force
aws iot delete-job --job-id j1 --force
echo done
)");
  CHECK_MESSAGE(ran.status == 0, ran.said);
  CHECK(ran.Says("done\n"));
  CHECK(ran.Says("(InvalidStateTransitionException)"));
  CHECK(ran.Says("update 254"));
  CHECK(ran.Says("cancel-job 254"));  // its only execution has ended, so the job is COMPLETED
}

TEST_CASE("exit statuses: 252 for a command that is wrong, 254 for a refusal, 255 for no service") {
  const CliBench bench;
  const auto ran = bench.AwsAll({
      "iot describe-job --job-id ''",
      "iot describe-job",
      "iot describe-job --job-id nothing",
      "iot create-role-alias --role-alias a --role-arn arn:aws:iam::1:role/some-role-name",
  });
  CHECK(ran[0].status == 252);
  CHECK(ran[1].status == 252);
  CHECK(ran[2].status == 254);
  CHECK(ran[3].Refused("UnknownOperationException"));
  const std::string nobody = "http://127.0.0.1:" + std::to_string(FreePort());
  const Ran none = bench.Script("/usr/bin/aws --endpoint-url " + nobody + " iot list-jobs");
  CHECK(none.status == 255);
  CHECK(none.Says("Could not connect"));
}

}  // namespace
}  // namespace kedge::drydock
