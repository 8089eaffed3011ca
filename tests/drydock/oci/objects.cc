#include "oci/objects.h"

#include "oci/times.h"

namespace kedge::drydock::oci {

using nlohmann::json;

json JobSummary(const Catalog& catalog, const Job& job) {
  json object = {
      {"id", catalog.Ocid("ormjob", job.id)},
      {"stackId", catalog.Ocid("ormstack", job.stack)},
      {"compartmentId", job.compartment},
      {"displayName", job.display_name},
      {"operation", job.operation},
      {"isThirdPartyProviderExperienceEnabled", false},
      {"isProviderUpgradeRequired", job.operation_details.value("isProviderUpgradeRequired", false)},
      {"jobOperationDetails", job.operation_details},
      {"timeCreated", ToRfc3339(job.created)},
      {"lifecycleState", ToString(job.state)},
      {"freeformTags", job.freeform_tags},
      {"definedTags", job.defined_tags},
      {"systemTags", json::object()}};
  if (!job.plan_resolution.is_null()) object["applyJobPlanResolution"] = job.plan_resolution;
  if (job.operation_details.contains("executionPlanJobId")) {
    object["resolvedPlanJobId"] = job.operation_details["executionPlanJobId"];
  }
  if (job.finished) object["timeFinished"] = ToRfc3339(*job.finished);
  return object;
}

json JobObject(const Catalog& catalog, const Job& job) {
  json object = JobSummary(catalog, job);
  object["variables"] = job.variables;
  object["workingDirectory"] = "";
  object["configSource"] = {{"configSourceRecordType", "ZIP_UPLOAD"}};
  if (const auto failure = job.FailureDetails()) {
    object["failureDetails"] = {{"code", failure->code}, {"message", failure->message}};
  }
  if (job.forced) object["cancellationDetails"] = {{"isForced", *job.forced}};
  return object;
}

json StackSummary(const Catalog& catalog, const Stack& stack) {
  return {{"id", catalog.Ocid("ormstack", stack.id)},
          {"compartmentId", stack.compartment},
          {"displayName", stack.display_name},
          {"description", stack.description},
          {"timeCreated", ToRfc3339(stack.created)},
          {"lifecycleState", stack.State()},
          {"isThirdPartyProviderExperienceEnabled", false},
          {"terraformVersion", stack.terraform_version},
          {"freeformTags", stack.freeform_tags},
          {"definedTags", stack.defined_tags},
          {"systemTags", json::object()}};
}

json StackObject(const Catalog& catalog, const Stack& stack) {
  json object = StackSummary(catalog, stack);
  object["variables"] = stack.variables;
  object["stackDriftStatus"] = "NOT_CHECKED";
  object["configSource"] = {{"configSourceType", stack.config_source_type},
                            {"workingDirectory", stack.working_directory}};
  return object;
}

json LogObject(const LogLine& line) {
  return {{"type", kLogType},
          {"level", ToString(line.level)},
          {"timestamp", ToRfc3339(line.at)},
          {"message", line.text}};
}

std::string LogText(const std::vector<LogLine>& log) {
  std::string text;
  for (const LogLine& line : log) {
    text += ToRfc3339(line.at) + " " + std::string(ToString(line.level)) + " " + line.text + "\n";
  }
  return text;
}

}  // namespace kedge::drydock::oci
