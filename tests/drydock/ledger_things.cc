// The ledger's things and groups, and what a thing gets and loses by joining and leaving.

#include <algorithm>

#include "ledger.h"
#include "rules.h"

namespace kedge::drydock {

// The account and region are not looked at: documents and scripts carry those of real accounts.
std::optional<TargetName> TargetIn(const std::string& arn) {
  const auto slash = arn.find('/');
  if (!arn.starts_with("arn:aws:iot:") || arn.size() > 2048 || slash == std::string::npos)
    return std::nullopt;
  const auto colon = arn.find_last_of(':', slash);
  const std::string kind = arn.substr(colon + 1, slash - colon - 1);
  std::string name = arn.substr(slash + 1);
  if ((kind != "thing" && kind != "thinggroup") || !IsThingName(name)) return std::nullopt;
  return TargetName{kind == "thinggroup", std::move(name)};
}

Thing& Ledger::AddThing(std::string name, nlohmann::json settings) {
  changed_things_.insert(name);
  Thing& thing = things_[name];
  thing.name = std::move(name);
  thing.settings = std::move(settings);
  return thing;
}

void Ledger::EraseThing(const std::string& name, Instant now) {
  Thing& thing = things_.at(name);
  for (auto& [group_name, group] : groups_) {
    if (group.things.erase(name) > 0) changed_groups_.insert(group_name);
  }
  for (const std::string& id : std::set<std::string>(thing.jobs)) {
    Job& job = jobs_.at(id);
    while (Execution* execution = job.Latest(name)) EraseExecution(*execution, now);
  }
  things_.erase(name);
  changed_things_.insert(name);
}

Group& Ledger::AddGroup(std::string name, nlohmann::json settings) {
  changed_groups_.insert(name);
  Group& group = groups_[name];
  group.name = std::move(name);
  group.settings = std::move(settings);
  return group;
}

void Ledger::EraseGroup(const std::string& name, Instant now) {
  Group& group = groups_.at(name);
  for (const std::string& thing : std::set<std::string>(group.things)) Leave(group, things_.at(thing), now);
  groups_.erase(name);
  changed_groups_.insert(name);
}

void Ledger::Join(Group& group, Thing& thing, Instant now) {
  std::vector<Job*> fresh;  // jobs that have not had this thing among their targets so far
  for (auto& [id, job] : jobs_) {
    if (job.continuous && job.Rolling() && !IsTarget(job, thing.name)) fresh.push_back(&job);
  }
  if (!group.things.insert(thing.name).second) return;
  changed_groups_.insert(group.name);
  for (Job* job : fresh) {
    if (!IsTarget(*job, thing.name)) continue;
    Change(thing, now, [&] { Queue(*job, thing, nullptr, now); });
    Touch(*job);
  }
}

void Ledger::Leave(Group& group, Thing& thing, Instant now) {
  if (group.things.erase(thing.name) == 0) return;
  changed_groups_.insert(group.name);
  for (auto& [id, job] : jobs_) {
    Execution* execution = job.Latest(thing.name);
    const bool runs =
        job.continuous && job.status == JobStatus::kInProgress && execution != nullptr && execution->Open();
    if (!runs || IsTarget(job, thing.name)) continue;
    Change(thing, now, [&] { End(*execution, Status::kRemoved, now); });
  }
}

bool Ledger::IsTarget(const Job& job, const std::string& thing) const {
  return std::any_of(job.targets.begin(), job.targets.end(), [&](const std::string& arn) {
    const auto target = TargetIn(arn);
    if (!target) return false;
    if (!target->is_group) return target->name == thing;
    const auto group = groups_.find(target->name);
    return group != groups_.end() && group->second.things.contains(thing);
  });
}

}  // namespace kedge::drydock
