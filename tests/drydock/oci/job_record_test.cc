#include <doctest/doctest.h>

#include "oci/job.h"
#include "oci/stack.h"

namespace kedge::drydock::oci {
namespace {

using nlohmann::json;

// Something in every member, so that none equals its default.
Job FullJob() {
  const Instant t{std::chrono::milliseconds(1795587557123)};
  const json texts = {{"a", "b"}};
  Job job;
  job.id = "j";
  job.stack = "s";
  job.compartment = "c";
  job.thing = "pi-1";
  job.document = "{}";
  job.operation = "APPLY";
  job.operation_details = job.plan_resolution = job.variables = texts;
  job.freeform_tags = job.defined_tags = texts;
  job.retry_token = "t";
  job.created = t;
  job.display_name = "n";
  job.state = JobState::kCanceled;
  job.version = 7;
  job.finished = job.queue_at = job.cancel_at = job.confirm_by = t;
  job.forced = true;
  job.failed = Failure{"JOB_TIMEOUT", "m"};
  job.doubts = {"d"};
  job.differences = {"e"};
  job.log = {{9, t, Level::kWarn, "l"}};
  job.lines = 9;
  job.gone = job.started = job.unconfirmed = true;
  job.details = {{"k", "v"}};
  job.requests = 2;
  job.answer = CancelAnswer::kRejected;
  return job;
}

TEST_CASE("every member of a job comes back from the store") {
  const json kept = Keep(FullJob());
  const json plain = Keep(Job{});
  for (const auto& [name, value] : kept.items()) {
    CAPTURE(name);
    CHECK((!plain.contains(name) || plain[name] != value));  // else the next check would say nothing about it
  }
  CHECK(Keep(KeptJob("j", json::parse(kept.dump()))) == kept);
  CHECK(Keep(KeptJob("", plain)) == plain);
}

TEST_CASE("every member of a stack comes back from the store") {
  Stack stack;
  stack.id = "s";
  stack.compartment = stack.display_name = stack.description = stack.config_source_type = "x";
  stack.working_directory = stack.terraform_version = stack.retry_token = "y";
  stack.variables = stack.freeform_tags = stack.defined_tags = {{"a", "b"}};
  stack.created = Instant{std::chrono::milliseconds(5)};
  stack.version = 3;
  stack.deleted = true;
  const json kept = Keep(stack);
  const json plain = Keep(Stack{});
  for (const auto& [name, value] : kept.items()) {
    CAPTURE(name);
    CHECK(plain[name] != value);
  }
  CHECK(Keep(KeptStack("s", json::parse(kept.dump()))) == kept);
}

}  // namespace
}  // namespace kedge::drydock::oci
