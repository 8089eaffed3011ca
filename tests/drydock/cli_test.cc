// Debian's aws command line, the real one, against drydock: what it prints and how it exits is what it does
// with AWS.

#include <doctest/doctest.h>

#include "cli_bench.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

const std::string kArn = "arn:aws:iot:us-east-1:000000000000:";
const std::string kThing = kArn + "thing/pi-1";

// Many commands in one process (cli/transcript.py): every operation, with all that the command line prints.
// What they are complete by is AWS's own model.
TEST_CASE("every operation of both planes prints and exits as its transcript has it, and none is forgotten") {
  const CliBench bench;
  bench.PutFile("bucket", "documents/job.json", R"({"job":"fetched"})");
  const std::string folder = DRYDOCK_TRANSCRIPTS;
  std::string command = "/usr/bin/python3 " + folder + "/transcript.py " + bench.http();
  for (const char* name : {"things", "jobs", "executions", "device"}) {
    command += " " + folder + "/" + name + ".txt";
  }
  const Ran ran = bench.Script(command);
  CHECK_MESSAGE(ran.status == 0, ran.said);
  CHECK(ran.Says("operations done"));
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

// Each request with a mebibyte, half a JSON value, no object, and wrong types; then MQTT messages above what
// AWS IoT takes and above what the broker does. Says what each was answered with.
constexpr const char* kNonsense = R"(
head -c 1048576 /dev/zero | tr '\0' x > mebibyte
head -c 131073 mebibyte > above-128k
call() {
  for body in @mebibyte '{' '[]' '{"status":7,"targets":7,"description":7,"statusDetails":7}'; do
    curl -s -o answer -w '%{http_code} ' -X "$2" -H 'Content-Type: application/json' --data-binary "$body" \
      -H "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/$1/aws4_request" "$url$3"
  done
}
call iot PUT /jobs/new
call iot PATCH /jobs/j1
call iot PUT /things/pi-1/jobs/j1/cancel
call iot-jobs-data PUT '/things/pi-1/jobs/$next'
call iot-jobs-data POST /things/pi-1/jobs/j1
update='$aws/things/pi-1/jobs/j1/update'
mosquitto_pub -p "$broker" -q 1 -t "$update" -f above-128k; printf '%s ' $?
mosquitto_pub -p "$broker" -q 1 -t "$update" -f mebibyte > refused 2>&1; printf '%s' $?
)";

TEST_CASE("a mebibyte and nonsense over real connections change nothing, and drydock answers on") {
  const CliBench bench;
  bench.Good("iot create-thing --thing-name pi-1");
  bench.Good("iot create-job --job-id j1 --document '{}' --targets " + kThing);
  const auto state = [&] {
    json told = json::parse(bench.Script("curl -s " + bench.http() + "/drydock/state").said);
    told.erase("now");
    return told;
  };
  const json before = state();
  CHECK(before["jobs"].size() == 1);
  const Ran ran = bench.Script("cd \"$HOME\"; url=" + bench.http() +
                               " broker=" + std::to_string(bench.broker_port()) + "\n" + kNonsense);
  std::string refusals;
  for (int i = 0; i < 20; ++i) refusals += "400 ";
  // The broker takes the first message and drydock rejects it; it cuts off who sends the second (7).
  CHECK(ran.said == refusals + "0 7");
  CHECK(state() == before);
  const json history =
      json::parse(bench.Script("curl -s " + bench.http() + "/drydock/history | grep '\"mqtt-in\"'").said);
  CHECK(history["decided"] == "rejected");
  CHECK(history["code"] == "InvalidRequest");
}

}  // namespace
}  // namespace kedge::drydock
