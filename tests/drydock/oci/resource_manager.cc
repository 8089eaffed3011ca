#include "oci/resource_manager.h"

#include "oci/operations.h"
#include "oci/signature.h"
#include "payloads.h"
#include "rest_api.h"

namespace kedge::drydock::oci {
namespace {

std::string PathText(const Call& call) {
  std::string text = call.method + " ";
  for (const std::string& segment : call.path) text += "/" + segment;
  return text;
}

}  // namespace

Reply MethodNotAllowed(const Call& call) {
  return Problem{405, "MethodNotAllowed", "drydock does not know " + PathText(call)};
}

Reply NoSuchPath(const Call& call) { return NotFound("drydock does not know " + PathText(call)); }

ResourceManager::ResourceManager(Service& service, Settings settings)
    : service_(service), settings_(std::move(settings)), catalog_(service.control().account().region) {}

HttpReply ResourceManager::Answer(const HttpRequest& request, Instant now) {
  service_.Tick(now);
  Observe(now);
  return Sent(Handle(request, now), request, now);
}

HttpReply ResourceManager::Refuse(const Problem& problem, const HttpRequest& request, Instant now) {
  return Sent(problem, request, now);
}

std::string ResourceManager::ThingOf(const HttpRequest& request) {
  const auto path = ParseTarget(request.target).path;  // 20180917, jobs or stacks, the OCID
  const bool named = path.size() > 2;
  if (named && path[1] == "jobs") {
    const Job* job = catalog_.FindJob(path[2]);
    return job == nullptr ? "" : job->thing;
  }
  const std::string id = named ? path[2] : Body(request.body).Text("stackId").value_or("");
  const Stack* stack = catalog_.FindStack(id);
  return stack == nullptr ? "" : stack->Thing();
}

Reply ResourceManager::Handle(const HttpRequest& request, Instant now) {
  if (settings_.verify) {
    if (auto wrong = SignatureProblem(request, settings_.keys, now)) return NotAuthenticated(*wrong);
  }
  Target target = ParseTarget(request.target);
  target.path.erase(target.path.begin());
  const Call call{.method = request.method,
                  .path = std::move(target.path),
                  .query = std::move(target.query),
                  .body = request.body,
                  .if_match = request.Header("if-match"),
                  .retry_token = request.Header("opc-retry-token"),
                  .now = now};
  const Desk desk{catalog_, follower_, settings_};
  if (!call.path.empty() && call.path[0] == "jobs") return AnswerJobs(desk, call);
  if (!call.path.empty() && call.path[0] == "stacks") return AnswerStacks(desk, call);
  return NoSuchPath(call);
}

HttpReply ResourceManager::Sent(const Reply& reply, const HttpRequest& request, Instant now) {
  HttpReply sent;
  if (const auto* problem = std::get_if<Problem>(&reply)) {
    sent.status = problem->status;
    sent.body = Dump({{"code", problem->code}, {"message", problem->message}});
  } else {
    const Good& good = std::get<Good>(reply);
    sent.status = good.status;
    sent.body = good.body;
    sent.content_type = good.content_type;
    if (!good.etag.empty()) sent.headers["etag"] = good.etag;
    if (!good.next_page.empty()) sent.headers["opc-next-page"] = good.next_page;
  }
  const std::string given = request.Header("opc-request-id");
  sent.headers["opc-request-id"] =
      given.empty()
          ? "drydock-" + std::to_string(now.time_since_epoch().count()) + "-" + std::to_string(++requests_)
          : given;
  return sent;
}

void ResourceManager::Observe(Instant now) {
  for (Job* job : catalog_.ActiveJobs()) {
    follower_.Follow(*job, now);
    catalog_.Changed(*job);
  }
}

void ResourceManager::OnMessage(const std::string& topic, const std::string& payload, Instant now) {
  const auto word = ReadDeviceWord(topic, payload);
  if (!word) return;
  Observe(now);
  if (const auto* reply = std::get_if<CancelReply>(&*word)) {
    // A token is the execution's id and the number of the request.
    const auto dash = reply->client_token.rfind('-');
    Job* job = catalog_.FindExecution(reply->client_token.substr(0, dash));
    if (job == nullptr || job->thing != reply->thing || job->requests == 0) return;
    follower_.OnReply(*job, *reply, now);
    catalog_.Changed(*job);
    return;
  }
  const auto& report = std::get<DeviceReport>(*word);
  for (const std::string& id : {report.last, report.quarantined_by}) {
    Job* job = catalog_.FindExecution(id);
    if (job == nullptr || job->thing != report.thing) continue;
    follower_.OnReport(*job, report, now);
    catalog_.Changed(*job);
    if (report.last == report.quarantined_by) break;
  }
}

std::optional<Instant> ResourceManager::NextWake() {
  std::optional<Instant> wake;
  for (const Job* job : catalog_.ActiveJobs()) {
    const auto due = Follower::NextWake(*job);
    if (due && (!wake || *due < *wake)) wake = due;
  }
  return wake;
}

}  // namespace kedge::drydock::oci
