#include "read_job.h"

#include <array>

#include "requests.h"
#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::array<const char*, 8> kNotDone = {
    "documentSource", "jobTemplateArn",   "documentParameters", "presignedUrlConfig",
    "abortConfig",    "schedulingConfig", "namespaceId",        "destinationPackageVersions"};

// Given back by DescribeJob as they came. Rollout happens at once, whatever the rate.
constexpr std::array<const char*, 4> kEchoed = {"description", "timeoutConfig", "jobExecutionsRolloutConfig",
                                                "jobExecutionsRetryConfig"};

void ReadTargets(Members& members, Job& job) {
  const json* targets = members.Array("targets");
  if (targets == nullptr) return members.Refuse("targets is missing: the ARNs of 1 to 100 things");
  for (const json& target : *targets) {
    if (!target.is_string()) return members.Refuse("targets must be an array of strings");
    job.targets.push_back(target.get<std::string>());
  }
}

void ReadDocument(Members& members, Job& job) {
  const auto document = members.Text("document");
  if (!document || document->empty()) return members.Refuse("document is missing");
  if (document->size() > kMaxDocumentBytes) {
    return members.Refuse("document has " + std::to_string(document->size()) + " bytes, at most " +
                          std::to_string(kMaxDocumentBytes) + " are allowed");
  }
  const json parsed = json::parse(*document, nullptr, false);
  if (!parsed.is_object()) return members.Refuse("document must be the text of a JSON object");
  job.document = *document;
}

void ReadTimeout(Members& members, Job& job) {
  const json* config = members.Object("timeoutConfig");
  if (config == nullptr) return;
  Members inner(*config);
  const auto minutes = inner.Integer("inProgressTimeoutInMinutes", 1, kMaxTimeoutMinutes);
  if (inner.problem()) return members.Refuse("timeoutConfig." + inner.problem()->message);
  if (minutes) job.timeout = std::chrono::minutes(*minutes);
}

void ReadRetries(Members& members, Job& job) {
  const json* config = members.Object("jobExecutionsRetryConfig");
  if (config == nullptr) return;
  const json* criteria = Members(*config).Array("criteriaList");
  if (criteria == nullptr || criteria->empty() || criteria->size() > 2) {
    return members.Refuse("jobExecutionsRetryConfig.criteriaList must have 1 or 2 entries");
  }
  int64_t total = 0;
  for (const json& entry : *criteria) {
    if (!entry.is_object()) return members.Refuse("jobExecutionsRetryConfig.criteriaList must hold objects");
    Members inner(entry);
    const auto type = inner.Text("failureType").value_or("");
    const auto retries = inner.Integer("numberOfRetries", 0, 10);
    if (inner.problem()) return members.Refuse("jobExecutionsRetryConfig: " + inner.problem()->message);
    if ((type != "FAILED" && type != "TIMED_OUT" && type != "ALL") || !retries) {
      return members.Refuse(
          "each entry of jobExecutionsRetryConfig needs failureType (FAILED, TIMED_OUT, ALL) and "
          "numberOfRetries");
    }
    total += *retries;
    job.retries.push_back({type != "TIMED_OUT", type != "FAILED", *retries});
  }
  if (total > 10) members.Refuse("jobExecutionsRetryConfig allows at most 10 retries in all");
}

void ReadSettings(Members& members, const json& body, Job& job) {
  const auto description = members.Text("description");
  if (description && !IsPlainText(*description, kMaxText)) {
    members.Refuse("description must have 1 to 2028 characters, no control characters");
  }
  const auto selection = members.Text("targetSelection").value_or("SNAPSHOT");
  if (selection != "SNAPSHOT" && selection != "CONTINUOUS") {
    members.Refuse("targetSelection must be SNAPSHOT or CONTINUOUS");
  }
  job.continuous = selection == "CONTINUOUS";
  members.Object("jobExecutionsRolloutConfig");
  for (const char* name : kEchoed) {
    if (body.contains(name)) job.settings[name] = body.at(name);
  }
}

}  // namespace

Outcome<Job> ReadJob(const std::string& id, const json& body) {
  for (const char* name : kNotDone) {
    if (body.contains(name)) return InvalidRequest(std::string("drydock does not do ") + name);
  }
  Job job;
  job.id = id;
  Members members(body);
  ReadTargets(members, job);
  ReadDocument(members, job);
  ReadTimeout(members, job);
  ReadRetries(members, job);
  ReadSettings(members, body, job);
  if (members.problem()) return *members.problem();
  return job;
}

}  // namespace kedge::drydock
