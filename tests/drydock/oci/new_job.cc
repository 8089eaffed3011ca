#include "oci/new_job.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

const std::vector<std::string> kOperations = {"PLAN",          "APPLY",         "DESTROY", "IMPORT_TF_STATE",
                                              "PLAN_ROLLBACK", "APPLY_ROLLBACK"};

// `operation` is deprecated there, in favour of the one inside jobOperationDetails.
std::string ReadOperation(Body& body, Body& details) {
  const std::string outer = body.Choice("operation", kOperations);
  const std::string inner = details.Choice("operation", kOperations);
  if (!outer.empty() && !inner.empty() && outer != inner) {
    body.Refuse(InvalidParameter("operation and jobOperationDetails.operation must be the same"));
  }
  if (outer.empty() && inner.empty()) body.Refuse(MissingParameter("jobOperationDetails.operation"));
  return inner.empty() ? outer : inner;
}

json ReadDetails(Body& body, Body& details, const std::string& operation) {
  json read = {{"operation", operation}};
  if (const auto upgrade = details.Flag("isProviderUpgradeRequired")) {
    read["isProviderUpgradeRequired"] = *upgrade;
  }
  const bool applies = operation == "APPLY" || operation == "APPLY_ROLLBACK" || operation == "DESTROY";
  std::string strategy =
      details.Choice("executionPlanStrategy", {"AUTO_APPROVED", "FROM_PLAN_JOB_ID", "FROM_LATEST_PLAN_JOB"});
  const auto plan = details.Text("executionPlanJobId");
  if (strategy == "FROM_PLAN_JOB_ID" && !plan) {
    body.Refuse(MissingParameter("jobOperationDetails.executionPlanJobId"));
  }
  if (plan) read["executionPlanJobId"] = *plan;
  if (strategy.empty() && applies) strategy = "AUTO_APPROVED";
  if (!strategy.empty()) read["executionPlanStrategy"] = strategy;
  if (const auto target = details.Text("targetRollbackJobId")) read["targetRollbackJobId"] = *target;
  return read;
}

json ReadPlanResolution(Body& body) {
  if (!body.Has("applyJobPlanResolution")) return json();
  Body given = body.Object("applyJobPlanResolution");
  json read = json::object();
  if (const auto plan = given.Text("planJobId")) read["planJobId"] = *plan;
  if (const auto latest = given.Flag("isUseLatestJobId")) read["isUseLatestJobId"] = *latest;
  if (const auto approved = given.Flag("isAutoApproved")) read["isAutoApproved"] = *approved;
  if (given.problem()) body.Refuse(*given.problem());
  return read;
}

}  // namespace

std::variant<Job, Problem> NewJob(const std::string& id, const Stack& stack, Body& body, Instant now) {
  Body details = body.Object("jobOperationDetails");
  Job job;
  job.id = id;
  job.stack = stack.id;
  job.compartment = stack.compartment;
  job.thing = stack.Thing();
  job.operation = ReadOperation(body, details);
  job.operation_details = ReadDetails(body, details, job.operation);
  job.plan_resolution = ReadPlanResolution(body);
  job.document = stack.Document(job.operation);
  job.variables = stack.variables;
  job.created = now;
  job.display_name = body.Text("displayName").value_or("job" + id);
  job.freeform_tags = body.Texts("freeformTags", kMaxTags, kMaxTagBytes);
  job.defined_tags = body.DefinedTags();
  if (details.problem()) body.Refuse(*details.problem());
  if (body.problem()) return *body.problem();
  return job;
}

}  // namespace kedge::drydock::oci
