// Jobs: `aws iot create-job` and its like.

#include <algorithm>

#include "read_configs.h"
#include "read_job.h"
#include "rest_control.h"
#include "rest_objects.h"
#include "rules.h"

namespace kedge::drydock::rest {

using nlohmann::json;

namespace {

RestAnswer Named(const Control& control, const Outcome<const Job*>& job) {
  if (!job) return job.refusal();
  json named = {{"jobArn", control.account().Arn("job", (*job)->id)}, {"jobId", (*job)->id}};
  if ((*job)->settings.contains("description")) named["description"] = (*job)->settings["description"];
  return named;
}

// The group that list-jobs is asked for, by name or id; empty: for any.
Outcome<std::string> GroupAsked(const Control& control, const std::optional<std::string>& name,
                                const std::optional<std::string>& id) {
  if (name) {
    if (const auto group = control.plane.DescribeGroup(*name); !group) return group.refusal();
    if (id && GroupId(*name) != *id) return InvalidRequest("thingGroupName and thingGroupId name two groups");
    return *name;
  }
  if (!id) return std::string();
  for (const Group* group : control.plane.Groups()) {
    if (GroupId(group->name) == *id) return group->name;
  }
  return NotFound("there is no thing group with the id " + *id);
}

bool Targets(const Job& job, const std::string& group_name) {
  return std::any_of(job.targets.begin(), job.targets.end(), [&](const std::string& arn) {
    const auto target = TargetIn(arn);
    return target && target->is_group && target->name == group_name;
  });
}

}  // namespace

RestAnswer CreateJob(const Control& control) {
  auto job = ReadJob(control.Segment(1), control.call.body, control.endpoints.files, control.call.now);
  if (!job) return job.refusal();
  return Named(control, control.plane.CreateJob(*job, control.call.now));
}

RestAnswer DescribeJob(const Control& control) {
  control.query.Flag("beforeSubstitution", false);  // of the document, which is not shown here
  if (const auto problem = control.Problem()) return *problem;
  const auto job = control.plane.DescribeJob(control.Segment(1));
  if (!job) return job.refusal();
  json described = {{"job", JobObject(**job, control.account())}};
  if ((*job)->settings.contains("documentSource")) {
    described["documentSource"] = (*job)->settings["documentSource"];
  }
  return described;
}

RestAnswer GetJobDocument(const Control& control) {
  const bool before = control.query.Flag("beforeSubstitution", false);
  if (const auto problem = control.Problem()) return *problem;
  const auto found = control.plane.DescribeJob(control.Segment(1));
  if (!found) return found.refusal();
  const Job& job = **found;
  return json{{"document", before && !job.source_document.empty() ? job.source_document : job.document}};
}

RestAnswer ListJobs(const Control& control) {
  control.CheckNamespace();
  const auto status = control.query.OneOf(
      "status", {"IN_PROGRESS", "CANCELED", "COMPLETED", "DELETION_IN_PROGRESS", "SCHEDULED"});
  const auto selection = control.query.OneOf("targetSelection", {"CONTINUOUS", "SNAPSHOT"});
  const auto name = control.query.Word("thingGroupName", IsThingName, kThingNameRule);
  const auto id = control.query.Word("thingGroupId", IsGroupId, "[a-zA-Z0-9-]{1,128}");
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  const auto group = GroupAsked(control, name, id);
  if (!group) return group.refusal();
  std::vector<Entry> entries;
  for (const Job* job : control.plane.ListJobs()) {
    if (!group->empty() && !Targets(*job, *group)) continue;
    json summary = JobSummary(*job, control.account());
    if (status && summary["status"] != *status) continue;
    if (selection && summary["targetSelection"] != *selection) continue;
    if (!group->empty()) summary["thingGroupId"] = GroupId(*group);
    const auto created = static_cast<uint64_t>(job->created_at.time_since_epoch().count());
    entries.push_back({Descending(created) + job->id, std::move(summary)});
  }
  return Page(*page, "jobs", std::move(entries));
}

RestAnswer UpdateJob(const Control& control) {
  control.CheckNamespace();
  if (const auto problem = control.Problem()) return *problem;
  const auto update = ReadJobUpdate(control.call.body);
  if (!update) return update.refusal();
  return Nothing(control.plane.UpdateJob(control.Segment(1), *update, control.call.now));
}

RestAnswer CancelJob(const Control& control) {
  CancelJobRequest request;
  request.force = control.Force();
  request.comment = control.body.Plain("comment", kMaxText).value_or("");
  request.reason_code = control.body.Word("reasonCode", IsReasonCode, kReasonCodeRule).value_or("");
  if (const auto problem = control.Problem()) return *problem;
  return Named(control, control.plane.CancelJob(control.Segment(1), request, control.call.now));
}

RestAnswer DeleteJob(const Control& control) {
  control.CheckNamespace();
  const bool force = control.Force();
  if (const auto problem = control.Problem()) return *problem;
  return Nothing(control.plane.DeleteJob(control.Segment(1), force, control.call.now));
}

RestAnswer AssociateTargets(const Control& control) {
  control.CheckNamespace();
  const auto targets = ReadTargets(control.body);
  const auto comment = control.body.Plain("comment", kMaxText).value_or("");
  if (const auto problem = control.Problem()) return *problem;
  return Named(control,
               control.plane.AssociateTargets(control.Segment(1), targets, comment, control.call.now));
}

}  // namespace kedge::drydock::rest
