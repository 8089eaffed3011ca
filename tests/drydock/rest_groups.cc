// Thing groups, static and flat: `aws iot create-thing-group` and its like.

#include "read_configs.h"
#include "rest_control.h"
#include "rest_objects.h"
#include "rules.h"

namespace kedge::drydock::rest {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxArn = 2048;

json NameAndArn(const Group& group, const Account& account) {
  return {{"groupName", group.name}, {"groupArn", account.Arn("thinggroup", group.name)}};
}

// A thing or a group is named, or its ARN is given, or both: then they must agree.
std::string Named(Members& body, const char* name_member, const char* arn_member, bool group) {
  const auto name = body.Word(name_member, IsThingName, kThingNameRule);
  const auto arn = body.Text(arn_member, 1, kMaxArn);
  if (body.problem()) return "";
  if (!name && !arn) {
    body.Refuse(std::string(name_member) + " or " + arn_member + " must be there");
    return "";
  }
  if (!arn) return *name;
  const auto target = TargetIn(*arn);
  if (!target || target->is_group != group) {
    body.Refuse(std::string(arn_member) + " must be the ARN of a " + (group ? "thing group" : "thing"));
    return "";
  }
  if (name && *name != target->name) {
    body.Refuse(std::string(name_member) + " and " + arn_member + " name two different ones");
  }
  return target->name;
}

struct Membership {
  std::string group;
  std::string thing;
};

Outcome<Membership> ReadMembership(const Control& control) {
  Membership membership{.group = Named(control.body, "thingGroupName", "thingGroupArn", true),
                        .thing = Named(control.body, "thingName", "thingArn", false)};
  control.body.Flag("overrideDynamicGroups", false);
  if (const auto problem = control.Problem()) return *problem;
  return membership;
}

}  // namespace

RestAnswer CreateGroup(const Control& control) {
  if (control.body.Has("parentGroupName")) {
    control.body.Refuse("parentGroupName is something drydock does not do: its groups are flat");
  }
  CheckTags(control.body);
  json settings = json::object();
  control.body.Object("thingGroupProperties", [&](Members& properties) {
    const auto description = properties.Text("thingGroupDescription");
    if (description && !description->empty()) properties.Plain("thingGroupDescription", kMaxText);
    CheckAttributes(properties);
    settings = properties.object();
  });
  if (const auto problem = control.Problem()) return *problem;
  const auto group = control.plane.CreateGroup(control.Segment(1), settings);
  if (!group) return group.refusal();
  return GroupObject(**group, control.account());
}

RestAnswer DescribeGroup(const Control& control) {
  const auto group = control.plane.DescribeGroup(control.Segment(1));
  if (!group) return group.refusal();
  return GroupDescription(**group, control.account());
}

RestAnswer DeleteGroup(const Control& control) {
  const auto wrong = WrongVersion(control);
  if (wrong && control.plane.DescribeGroup(control.Segment(1))) return *wrong;
  if (const auto problem = control.Problem()) return *problem;
  return Nothing(control.plane.DeleteGroup(control.Segment(1), control.call.now));
}

RestAnswer ListGroups(const Control& control) {
  const auto prefix = control.query.Word("namePrefixFilter", IsThingName, kThingNameRule).value_or("");
  const auto parent = control.query.Word("parentGroup", IsThingName, kThingNameRule);
  control.query.Flag("recursive", false);
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  std::vector<Entry> entries;
  if (parent) {  // groups are flat: none has children
    if (const auto group = control.plane.DescribeGroup(*parent); !group) return group.refusal();
    return Page(*page, "thingGroups", std::move(entries));
  }
  for (const Group* group : control.plane.Groups()) {
    if (group->name.starts_with(prefix))
      entries.push_back({group->name, NameAndArn(*group, control.account())});
  }
  return Page(*page, "thingGroups", std::move(entries));
}

RestAnswer AddToGroup(const Control& control) {
  const auto membership = ReadMembership(control);
  if (!membership) return membership.refusal();
  return Nothing(control.plane.AddToGroup(membership->group, membership->thing, control.call.now));
}

RestAnswer RemoveFromGroup(const Control& control) {
  const auto membership = ReadMembership(control);
  if (!membership) return membership.refusal();
  return Nothing(control.plane.RemoveFromGroup(membership->group, membership->thing, control.call.now));
}

RestAnswer ListThingsInGroup(const Control& control) {
  control.query.Flag("recursive", false);
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  const auto group = control.plane.DescribeGroup(control.Segment(1));
  if (!group) return group.refusal();
  std::vector<Entry> entries;
  for (const std::string& thing : (*group)->things) entries.push_back({thing, thing});
  return Page(*page, "things", std::move(entries));
}

RestAnswer ListGroupsOfThing(const Control& control) {
  const auto page = control.AskedPage();
  if (!page) return page.refusal();
  const auto thing = control.plane.DescribeThing(control.Segment(1));
  if (!thing) return thing.refusal();
  std::vector<Entry> entries;
  for (const Group* group : control.plane.Groups()) {
    if (group->things.contains((*thing)->name)) {
      entries.push_back({group->name, NameAndArn(*group, control.account())});
    }
  }
  return Page(*page, "thingGroups", std::move(entries));
}

}  // namespace kedge::drydock::rest
