#include "cancel/skeleton.h"

#include <nlohmann/json.hpp>

namespace kedge::cancel {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHelp[] = R"(Call a job off on this device: what it did is undone.

Usage: kedge cancel JOB [OPTIONS]

After the running step, or with --force at once. The options of
`aws iot cancel-job-execution` and of `oci resource-manager job cancel` are
taken as they are. Who sits at a terminal is asked first.

Which:
  JOB, JOB#N                 a job, or its execution number N
  --job-id, --execution      the same, as options
  --thing-name NAME          only if this device is that thing
  --expected-version N       only if the execution has this version
  --if-match TAG             only if it has this etag, NUMBER:VERSION, as
                             `kedge status --json` prints it

How:
  -f, --force, --no-force    stop the running step at once, and do not ask
  --is-forced true|false     at once or not; then --force only means --yes
  -y, --yes                  do not ask

Said with it, for the history, the service and the state topic:
  --reason TEXT
  --status-details DETAILS   k=v,k2=v2, a JSON object, or file://FILE;
                             at most 10 pairs
  --client-token TOKEN       comes back with the answer of --json

Waiting:
  --wait-for-state STATE     for any, if given several times: QUEUED, ACCEPTED,
                             IN_PROGRESS, CANCELING, SUCCEEDED, FAILED,
                             CANCELED, TIMED_OUT, REJECTED, REMOVED. What is
                             called off here the service has as FAILED; it is
                             CANCELED as well
  --max-wait-seconds N       no longer than this (1200)
  --wait-interval-seconds N  look at least this often (30)

From a document; what an option says goes before it:
  --cli-input-json FILE      as --generate-cli-skeleton prints it; also
                             file://FILE, or the JSON itself
  --cli-input-yaml FILE      as --generate-cli-skeleton yaml-input prints it
  --from-json FILE           as --generate-full-command-json-input prints it:
                             `isForced` says how, `force` is no more than --yes
  --generate-cli-skeleton [input|yaml-input|output]
  --generate-full-command-json-input

Options:
  --json                     print the answer as JSON
  --config FILE              read this configuration
                             (default: /etc/kedge/kedge.yaml)
  -h, --help                 print this

Examples:
  sudo kedge cancel firmware-42 --reason 'wrong version'
  sudo kedge cancel firmware-42 --force --wait-for-state CANCELED
  sudo kedge cancel --job-id firmware-42 --is-forced true --if-match 1:3 --yes
  sudo kedge cancel firmware-42 --yes --status-details ticket=4711,by=ann

Exit status: 0 called off, and a state that was waited for is reached; 1 refused
or failed; 2 wrong use, or --max-wait-seconds are over; 3 it ended in another
state, so that none that was waited for can come any more.
)";

// As AWS's command fills in what has to be filled in.
Json Skeleton() {
  return {{"jobId", ""},
          {"thingName", ""},
          {"executionNumber", 0},
          {"force", true},
          {"expectedVersion", 0},
          {"statusDetails", {{"KeyName", ""}}},
          {"reason", ""},
          {"clientToken", ""},
          {"waitForState", Json::array({""})},
          {"maxWaitSeconds", 1200},
          {"waitIntervalSeconds", 30}};
}

constexpr char kYaml[] = R"(jobId: ''  # [REQUIRED] The job to call off.
thingName: ''  # Only if this device is that thing.
executionNumber: 0  # Only this execution of the job, from 1.
force: true  # At once; otherwise after the running step.
expectedVersion: 0  # Only if the execution has this version, from 1.
statusDetails:  # At most 10 pairs, for the history and the service.
  KeyName: ''
reason: ''
clientToken: ''  # Comes back with the answer.
waitForState:  # Any of them; see kedge cancel --help.
- ''
maxWaitSeconds: 1200
waitIntervalSeconds: 30
)";

Json Output() {
  return {{"accepted", true},
          {"message", "message"},
          {"text", "message"},
          {"code", "code"},
          {"clientToken", "clientToken"},
          {"jobId", "jobId"},
          {"executionNumber", 0},
          {"executionState", {{"status", "status"}, {"versionNumber", 0}}},
          {"wait",
           {{"reached", true},
            {"state", "state"},
            {"status", "status"},
            {"verdict", "verdict"},
            {"text", "text"}}}};
}

Json FullInput() {
  return {{"clientToken", "string"},
          {"executionNumber", 0},
          {"expectedVersion", 0},
          {"force", true},
          {"ifMatch", "string"},
          {"isForced", true},
          {"jobId", "string"},
          {"maxWaitSeconds", 0},
          {"reason", "string"},
          {"statusDetails", {{"string1", "string"}, {"string2", "string"}}},
          {"thingName", "string"},
          {"waitForState", Json::array({"ACCEPTED|IN_PROGRESS|FAILED|SUCCEEDED|CANCELING|CANCELED"})},
          {"waitIntervalSeconds", 0}};
}

}  // namespace

std::string_view Help() { return kHelp; }

std::string TextFor(Show show) {
  switch (show) {
    case Show::kHelp:
      return kHelp;
    case Show::kInputSkeleton:
      return Skeleton().dump(4) + "\n";
    case Show::kYamlSkeleton:
      return kYaml;
    case Show::kOutputSkeleton:
      return Output().dump(4) + "\n";
    case Show::kFullInput:
      return FullInput().dump(2) + "\n";
    case Show::kNothing:
      break;
  }
  return "";
}

}  // namespace kedge::cancel
