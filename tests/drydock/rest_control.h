// The operations of the control plane (`aws iot …`), one function each, for the table of routes in
// rest_control.cc (reference aws-iot-jobs.md, 6.1). Each finds the path's names in `call.target`.
#pragma once

#include <functional>
#include <vector>

#include "control_plane.h"
#include "members.h"
#include "page.h"
#include "rest_api.h"

namespace kedge::drydock::rest {

// What an operation works on.
struct Control {
  ControlPlane& plane;
  const Readings& readings;
  const Endpoints& endpoints;
  const RestCall& call;
  Members& body;
  Members& query;

  const std::string& Segment(std::size_t at) const { return call.Segment(at); }
  const Account& account() const { return plane.account(); }
  // What is wrong with the members that were read so far.
  std::optional<Refusal> Problem() const;
  // AWS's documents show `force` in the body, its model and its clients have it in the query: both are heard.
  bool Force() const;
  // The same of `namespaceId`, which is refused.
  void CheckNamespace() const;
  // The page that a list is asked for, or what is wrong with this and with the members that were read so far.
  Outcome<PageAsked> AskedPage() const;
};

// An operation that has nothing to tell.
RestAnswer Nothing(const Outcome<Done>& done);

// rest_things.cc
RestAnswer CreateThing(const Control& control);
RestAnswer DescribeThing(const Control& control);
RestAnswer DeleteThing(const Control& control);
RestAnswer ListThings(const Control& control);
// AttributePayload of things and groups; read when there is one.
void CheckAttributes(Members& members);
// Things and groups never change here, so their version is 1.
std::optional<Refusal> WrongVersion(const Control& control);

// rest_groups.cc
RestAnswer CreateGroup(const Control& control);
RestAnswer DescribeGroup(const Control& control);
RestAnswer DeleteGroup(const Control& control);
RestAnswer ListGroups(const Control& control);
RestAnswer AddToGroup(const Control& control);
RestAnswer RemoveFromGroup(const Control& control);
RestAnswer ListThingsInGroup(const Control& control);
RestAnswer ListGroupsOfThing(const Control& control);

// rest_jobs.cc
RestAnswer CreateJob(const Control& control);
RestAnswer DescribeJob(const Control& control);
RestAnswer GetJobDocument(const Control& control);
RestAnswer ListJobs(const Control& control);
RestAnswer UpdateJob(const Control& control);
RestAnswer CancelJob(const Control& control);
RestAnswer DeleteJob(const Control& control);
RestAnswer AssociateTargets(const Control& control);

// rest_executions.cc
RestAnswer DescribeExecution(const Control& control);
RestAnswer ListExecutionsOfJob(const Control& control);
RestAnswer ListExecutionsOfThing(const Control& control);
RestAnswer CancelExecution(const Control& control);
RestAnswer DeleteExecution(const Control& control);

// rest_templates.cc
RestAnswer DescribeTemplate(const Control& control);
RestAnswer ListTemplates(const Control& control);

}  // namespace kedge::drydock::rest
