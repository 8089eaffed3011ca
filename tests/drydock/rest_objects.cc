#include "rest_objects.h"

#include <array>
#include <cstdio>

#include "fingerprint.h"
#include "payloads.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

// Shaped like a UUID, and the same for the same name: the core has no randomness.
std::string Uuid(const std::string& of) {
  const uint64_t hash = Fingerprint(of);
  std::array<char, 40> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%08x-%04x-4000-8000-%012x", static_cast<unsigned>(hash >> 32U),
                    static_cast<unsigned>(hash & 0xFFFFU), static_cast<unsigned>(hash & 0xFFFFFFFFU));
  return {text.data(), static_cast<std::size_t>(length)};
}

json Attributes(const Thing& thing) {
  const json::json_pointer place("/attributePayload/attributes");
  return thing.settings.is_object() ? thing.settings.value(place, json::object()) : json::object();
}

json ProcessDetails(const Job& job) {
  // Rollout is over at once: there is no target that is still being processed.
  return {{"processingTargets", json::array()},
          {"numberOfCanceledThings", job.CountThings(Status::kCanceled)},
          {"numberOfSucceededThings", job.CountThings(Status::kSucceeded)},
          {"numberOfFailedThings", job.CountThings(Status::kFailed)},
          {"numberOfRejectedThings", job.CountThings(Status::kRejected)},
          {"numberOfQueuedThings", job.CountThings(Status::kQueued)},
          {"numberOfInProgressThings", job.CountThings(Status::kInProgress)},
          {"numberOfRemovedThings", job.CountThings(Status::kRemoved)},
          {"numberOfTimedOutThings", job.CountThings(Status::kTimedOut)}};
}

}  // namespace

json ThingObject(const Thing& thing, const Account& account) {
  return {{"thingName", thing.name},
          {"thingArn", account.Arn("thing", thing.name)},
          {"thingId", Uuid(thing.name)}};
}

json ThingSummary(const Thing& thing, const Account& account) {
  return {{"thingName", thing.name},
          {"thingArn", account.Arn("thing", thing.name)},
          {"attributes", Attributes(thing)},
          {"version", kVersion}};
}

json ThingDescription(const Thing& thing, const Account& account) {
  json object = ThingObject(thing, account);
  object["defaultClientId"] = thing.name;
  object["attributes"] = Attributes(thing);
  object["version"] = kVersion;
  return object;
}

std::string GroupId(const std::string& name) { return Uuid("thinggroup/" + name); }

json GroupObject(const Group& group, const Account& account) {
  return {{"thingGroupName", group.name},
          {"thingGroupArn", account.Arn("thinggroup", group.name)},
          {"thingGroupId", GroupId(group.name)}};
}

json GroupDescription(const Group& group, const Account& account) {
  json object = GroupObject(group, account);
  object["version"] = kVersion;
  object["thingGroupProperties"] = group.settings;
  object["thingGroupMetadata"] = json::object();
  return object;
}

json JobSummary(const Job& job, const Account& account) {
  json object = {{"jobArn", account.Arn("job", job.id)},
                 {"jobId", job.id},
                 {"targetSelection", job.continuous ? "CONTINUOUS" : "SNAPSHOT"},
                 {"status", ToString(job.status)},
                 {"createdAt", FractionalSeconds(job.created_at)},
                 {"lastUpdatedAt", FractionalSeconds(job.last_updated_at)},
                 {"isConcurrent", false}};
  if (job.completed_at) object["completedAt"] = FractionalSeconds(*job.completed_at);
  return object;
}

json JobObject(const Job& job, const Account& account) {
  json object = JobSummary(job, account);
  object["targets"] = job.targets;
  object["presignedUrlConfig"] = json::object();
  object["jobExecutionsRolloutConfig"] = json::object();
  object["timeoutConfig"] = json::object();
  object.update(job.settings);
  object.erase("documentSource");  // stands beside the job
  object["jobProcessDetails"] = ProcessDetails(job);
  if (job.force_canceled) object["forceCanceled"] = true;
  if (!job.comment.empty()) object["comment"] = job.comment;
  if (!job.reason_code.empty()) object["reasonCode"] = job.reason_code;
  return object;
}

json ExecutionSummary(const Execution& execution) {
  json object = {{"status", ToString(execution.status)},
                 {"queuedAt", FractionalSeconds(execution.queued_at)},
                 {"lastUpdatedAt", FractionalSeconds(execution.last_updated_at)},
                 {"executionNumber", execution.number},
                 {"retryAttempt", execution.retry_attempt}};
  if (execution.started_at) object["startedAt"] = FractionalSeconds(*execution.started_at);
  return object;
}

json ControlExecution(const Execution& execution, const Account& account, Instant now) {
  json object = ExecutionSummary(execution);
  object.erase("retryAttempt");
  object["jobId"] = execution.job_id;
  object["thingArn"] = account.Arn("thing", execution.thing);
  object["versionNumber"] = execution.version;
  object["forceCanceled"] = execution.force_canceled;
  object["statusDetails"] = {{"detailsMap", execution.details.value_or(StatusDetails())}};
  const json timer = ExecutionObject(execution, now);
  if (timer.contains("approximateSecondsBeforeTimedOut")) {
    object["approximateSecondsBeforeTimedOut"] = timer["approximateSecondsBeforeTimedOut"];
  }
  return object;
}

}  // namespace kedge::drydock
