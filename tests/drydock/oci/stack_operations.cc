#include "oci/listing.h"
#include "oci/new_job.h"
#include "oci/objects.h"
#include "oci/operations.h"
#include "payloads.h"

namespace kedge::drydock::oci {

using nlohmann::json;

namespace {

constexpr std::size_t kMaxVariables = 250;
constexpr std::size_t kMaxVariableBytes = 8192;

Good Shown(const Desk& desk, const Stack& stack) {
  return {.body = Dump(StackObject(desk.catalog, stack)), .etag = stack.Etag()};
}

// The members that CreateStack and UpdateStack share; what is absent stays.
void ReadCommon(Body& body, Stack& stack) {
  stack.display_name = body.Text("displayName").value_or(stack.display_name);
  stack.description = body.Text("description").value_or(stack.description);
  stack.terraform_version = body.Text("terraformVersion").value_or(stack.terraform_version);
  const json variables = body.Texts("variables", kMaxVariables, kMaxVariableBytes);
  const json freeform = body.Texts("freeformTags", kMaxTags, kMaxTagBytes);
  const json defined = body.DefinedTags();
  if (body.Has("variables")) stack.variables = variables;
  if (body.Has("freeformTags")) stack.freeform_tags = freeform;
  if (body.Has("definedTags")) stack.defined_tags = defined;
  if (body.problem()) return;
  if (const std::string wrong = stack.Problem(); !wrong.empty()) body.Refuse(InvalidParameter(wrong));
}

void ReadConfigSource(Body& body, Stack& stack) {
  Body source = body.Object("configSource");
  // What is inside is not looked at: the device has no use for a Terraform configuration.
  stack.config_source_type = source.Choice("configSourceType", {"ZIP_UPLOAD"});
  stack.working_directory = source.Text("workingDirectory").value_or("");
  if (source.problem()) body.Refuse(*source.problem());
}

Reply CreateStack(const Desk& desk, const Call& call) {
  if (const Stack* made = desk.catalog.StackByToken(call.retry_token, call.now)) {
    if (made->deleted) return InvalidatedRetryToken("the stack that this retry token made is deleted");
    return Shown(desk, *made);
  }
  Body body(call.body);
  Stack stack;
  stack.id = desk.catalog.FreshId(call.now);
  stack.created = call.now;
  stack.retry_token = call.retry_token;
  stack.display_name = "stack" + stack.id;
  stack.terraform_version = "1.5.x";
  stack.compartment = body.Needed("compartmentId");
  ReadConfigSource(body, stack);
  if (stack.config_source_type.empty()) body.Refuse(MissingParameter("configSource.configSourceType"));
  ReadCommon(body, stack);
  if (body.problem()) return *body.problem();
  return Shown(desk, desk.catalog.Add(std::move(stack)));
}

Reply ListStacks(const Desk& desk, const Call& call) {
  Query query(call);
  const Order order = ReadOrder(query);
  const Paging paging = query.Pages();
  const std::string state =
      query.Choice("lifecycleState", {"ACTIVE", "DELETED", "CREATING", "DELETING", "FAILED"}, "ACTIVE");
  if (query.problem()) return *query.problem();
  const auto same = [&](const char* name, const std::string& value) {
    return query.Text(name).value_or(value) == value;
  };
  const auto wanted = [&](const Stack& stack) {
    return state == stack.State() && same("compartmentId", stack.compartment) &&
           same("displayName", stack.display_name) && same("id", desk.catalog.Ocid("ormstack", stack.id));
  };
  auto stacks = desk.catalog.Stacks();
  order.Sort(stacks);
  const auto page = PageOf(stacks, paging, wanted, [](const Stack& stack) { return stack.id; });
  if (!page) return NoSuchPage(paging.page);
  json list = json::array();
  for (const Stack* stack : page->items) list.push_back(StackSummary(desk.catalog, *stack));
  return Good{.body = Dump(list), .next_page = page->next};
}

Reply UpdateStack(const Desk& desk, const Call& call, Stack& stack) {
  if (stack.deleted) return NotFound("stack " + call.path[1]);
  if (auto problem = CheckMatch(call, stack.Etag())) return *problem;
  Body body(call.body);
  Stack changed = stack;
  if (body.Has("configSource")) ReadConfigSource(body, changed);
  ReadCommon(body, changed);
  if (body.problem()) return *body.problem();
  stack = std::move(changed);
  ++stack.version;
  desk.catalog.Changed(stack);
  return Shown(desk, stack);
}

Reply DeleteStack(const Desk& desk, const Call& call, Stack& stack) {
  if (stack.deleted) return NotFound("stack " + call.path[1]);
  if (auto problem = CheckMatch(call, stack.Etag())) return *problem;
  if (const Job* active = desk.catalog.ActiveJobOf(stack.id)) {
    return IncorrectState("the stack has a job that is not over: " + desk.catalog.Ocid("ormjob", active->id));
  }
  desk.catalog.Delete(stack);
  return Good{.status = 204};
}

}  // namespace

Reply AnswerStacks(const Desk& desk, const Call& call) {
  const auto& path = call.path;
  if (path.size() > 2) return NoSuchPath(call);
  if (path.size() == 1) {
    if (call.method == "POST") return CreateStack(desk, call);
    if (call.method == "GET") return ListStacks(desk, call);
    return MethodNotAllowed(call);
  }
  Stack* stack = desk.catalog.FindStack(path[1]);
  if (stack == nullptr) return NotFound("stack " + path[1]);
  if (call.method == "GET") return Shown(desk, *stack);
  if (call.method == "PUT") return UpdateStack(desk, call, *stack);
  if (call.method == "DELETE") return DeleteStack(desk, call, *stack);
  return MethodNotAllowed(call);
}

}  // namespace kedge::drydock::oci
