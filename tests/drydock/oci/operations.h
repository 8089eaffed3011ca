// The operations of the API, each from a call to a reply.
#pragma once

#include "oci/call.h"
#include "oci/catalog.h"
#include "oci/follower.h"
#include "oci/settings.h"

namespace kedge::drydock::oci {

// What operations work on; all of it outlives the call.
struct Desk {
  Catalog& catalog;
  Follower& follower;
  const Settings& settings;
};

Reply AnswerJobs(const Desk& desk, const Call& call);    // /jobs…
Reply AnswerStacks(const Desk& desk, const Call& call);  // /stacks…

Reply MethodNotAllowed(const Call& call);
Reply NoSuchPath(const Call& call);

}  // namespace kedge::drydock::oci
