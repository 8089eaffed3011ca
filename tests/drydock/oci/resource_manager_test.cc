// The operations, their errors, pages and filters (reference oci-resource-manager.md, D.2).
#include "oci/resource_manager.h"

#include <doctest/doctest.h>

#include "http_call.h"
#include "oci/scene.h"

namespace kedge::drydock::oci {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string Names(const json& list, const char* member = "displayName") {
  std::string names;
  for (const json& item : list) names += (names.empty() ? "" : " ") + item[member].get<std::string>();
  return names;
}

json JobDetails(const OciScene& scene, const json& more = json::object()) {
  json body = {{"stackId", scene.stack}, {"operation", "APPLY"}};
  body.update(more);
  return body;
}

TEST_CASE("a created job has the members of the model, an etag and a request id") {
  OciScene scene;
  const HttpReply reply = scene.Call(
      "POST", "/jobs",
      {{"stackId", scene.stack},
       {"displayName", "roll out"},
       {"jobOperationDetails", {{"operation", "APPLY"}, {"executionPlanStrategy", "AUTO_APPROVED"}}},
       {"applyJobPlanResolution", {{"isAutoApproved", true}}},
       {"freeformTags", {{"team", "edge"}}},
       {"definedTags", {{"ops", {{"cost", 7}}}}}},
      {{"opc-request-id", "r-1"}});
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("opc-request-id") == "r-1");
  const json job = json::parse(reply.body);
  const std::string id = job["id"];
  CHECK(id.starts_with("ocid1.ormjob.oc1.us-east-1."));
  CHECK(job["stackId"] == scene.stack);
  CHECK(job["compartmentId"] == "ocid1.compartment.oc1..c");
  CHECK(job["displayName"] == "roll out");
  CHECK(job["operation"] == "APPLY");
  CHECK(job["jobOperationDetails"] ==
        json{{"operation", "APPLY"}, {"executionPlanStrategy", "AUTO_APPROVED"}});
  CHECK(job["applyJobPlanResolution"] == json{{"isAutoApproved", true}});
  CHECK(job["timeCreated"] == "2026-11-25T06:19:17.000Z");
  CHECK(job["variables"]["thing"] == "pi-1");
  CHECK(job["freeformTags"]["team"] == "edge");
  CHECK(job["definedTags"]["ops"]["cost"] == 7);

  const HttpReply again = scene.Call("GET", "/jobs/" + id);
  CHECK(again.headers.at("etag") == reply.headers.at("etag"));
  CHECK(again.headers.at("opc-request-id") != "");
  CHECK(json::parse(again.body) == job);
}

TEST_CASE("a job is an execution on its stack's thing, with the document of its operation") {
  OciScene scene;
  const auto document_of = [&](const std::string& stack, const std::string& operation) {
    const HttpReply reply = scene.Call("POST", "/jobs", {{"stackId", stack}, {"operation", operation}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const std::string job = json::parse(reply.body)["id"];
    const auto made = scene.service.control().DescribeJob(OciScene::ExecutionId(job));
    REQUIRE(made);
    CHECK(scene.service.control().DescribeExecution("pi-1", (*made)->id, std::nullopt));
    const std::string document = (*made)->document;
    scene.Cancel(job, false);
    scene.Pass(1ms);
    return document;
  };
  CHECK(document_of(scene.stack, "APPLY") == R"({"steps":[1]})");
  const std::string other = scene.CreateStack(
      {{"freeformTags", {{"thing", "pi-1"}}}, {"variables", {{"document_destroy", R"({"steps":[2]})"}}}});
  CHECK(document_of(other, "DESTROY") == R"({"steps":[2]})");
  CHECK(json::parse(document_of(other, "PLAN"))["steps"][0]["action"]["input"]["command"] == "true");
}

TEST_CASE("each wrong CreateJob has its own error, and creates nothing") {
  OciScene scene;
  struct Row {
    json body;
    std::string outcome;
  };
  const std::string long_text(256, 'x');
  const json unknown_stack = {{"stackId", "ocid1.ormstack.oc1.us-east-1.nothere"}};
  const Row rows[] = {
      {json::object(), "400 MissingParameter"},
      {{{"stackId", scene.stack}}, "400 MissingParameter"},
      {JobDetails(scene, {{"stackId", 7}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"stackId", nullptr}}), "400 MissingParameter"},
      {JobDetails(scene, {{"operation", "BUILD"}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"operation", 1}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"jobOperationDetails", "APPLY"}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"jobOperationDetails", {{"operation", "PLAN"}}}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"jobOperationDetails", {{"executionPlanStrategy", "GUESS"}}}}),
       "400 InvalidParameter"},
      {JobDetails(scene, {{"jobOperationDetails", {{"executionPlanStrategy", "FROM_PLAN_JOB_ID"}}}}),
       "400 MissingParameter"},
      {JobDetails(scene, {{"applyJobPlanResolution", {{"isAutoApproved", "yes"}}}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"displayName", long_text}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"freeformTags", {{"a", 1}}}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"freeformTags", json::array()}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"definedTags", {{"a", "b"}}}}), "400 InvalidParameter"},
      {JobDetails(scene, {{"definedTags", {{"a", {{"b", json::array()}}}}}}), "400 InvalidParameter"},
      {JobDetails(scene, unknown_stack), "404 NotAuthorizedOrNotFound"},
      {JobDetails(scene, {{"stackId", "nonsense"}}), "404 NotAuthorizedOrNotFound"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body.dump());
    CHECK(scene.Outcome(scene.Call("POST", "/jobs", row.body)) == row.outcome);
  }
  const auto raw = [&](const std::string& body) {
    return scene.Outcome(
        scene.manager->Answer({.method = "POST", .target = "/20180917/jobs", .body = body}, scene.now));
  };
  CHECK(raw("{") == "400 CannotParseRequest");
  CHECK(raw("[]") == "400 CannotParseRequest");
  CHECK(raw("{\"stackId\":\"\xff\"}") == "400 CannotParseRequest");
  CHECK(raw(R"({"definedTags":)" + std::string(1U << 20U, '[')) == "400 CannotParseRequest");
  CHECK(scene.Get("/jobs").empty());
  CHECK(scene.service.control().ListJobs().empty());
}

TEST_CASE("what is not there, and what cannot be done with it") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  const std::string nowhere = "/jobs/ocid1.ormjob.oc1.us-east-1.nothere";
  const auto outcome = [&](const std::string& method, const std::string& path) {
    return scene.Outcome(scene.Call(method, path));
  };
  for (const char* path : {"", "/logs", "/logs/content", "/detailedLogContent"}) {
    CHECK(outcome("GET", nowhere + path) == "404 NotAuthorizedOrNotFound");
    CHECK(outcome("GET", "/jobs/" + job + path) == "200");
  }
  CHECK(outcome("DELETE", nowhere) == "404 NotAuthorizedOrNotFound");
  CHECK(outcome("PUT", nowhere) == "404 NotAuthorizedOrNotFound");
  // Another kind, another region: not that job.
  CHECK(outcome("GET", "/jobs/ocid1.ormstack.oc1.us-east-1." + job.substr(job.rfind('.') + 1)) ==
        "404 NotAuthorizedOrNotFound");
  CHECK(outcome("GET", "/jobs/" + job + "/tfState") == "404 NotAuthorizedOrNotFound");
  CHECK(outcome("GET", "/templates") == "404 NotAuthorizedOrNotFound");
  CHECK(outcome("GET", "/") == "404 NotAuthorizedOrNotFound");
  CHECK(outcome("GET", "/stacks/" + scene.stack + "/tfState") == "404 NotAuthorizedOrNotFound");
  CHECK(outcome("PATCH", "/jobs") == "405 MethodNotAllowed");
  CHECK(outcome("POST", "/jobs/" + job) == "405 MethodNotAllowed");
  CHECK(outcome("POST", "/jobs/" + job + "/logs") == "405 MethodNotAllowed");
  CHECK(outcome("PATCH", "/stacks") == "405 MethodNotAllowed");
  CHECK(outcome("POST", "/stacks/" + scene.stack) == "405 MethodNotAllowed");
  CHECK(outcome("DELETE", "/jobs/" + job + "?isForced=maybe") == "400 InvalidParameter");
  CHECK(scene.State(job) == "ACCEPTED");
}

TEST_CASE("the same retry token gives the same job, for a day") {
  OciScene scene;
  const auto create = [&](const std::string& token) {
    return scene.Call("POST", "/jobs", JobDetails(scene), {{"opc-retry-token", token}});
  };
  const std::string first = json::parse(create("t-1").body)["id"];
  const HttpReply again = create("t-1");
  CHECK(json::parse(again.body)["id"] == first);
  CHECK(again.headers.at("etag") == scene.Etag(first));
  CHECK(scene.Get("/jobs").size() == 1);
  scene.Restart();
  CHECK(json::parse(create("t-1").body)["id"] == first);

  SUBCASE("one job at a time for a stack, until it is over") {
    CHECK(scene.Outcome(create("t-2")) == "409 IncorrectState");
    scene.Cancel(first, false);
    CHECK(scene.Outcome(create("t-2")) == "200");
  }
  SUBCASE("after a day the token is forgotten") {
    scene.Cancel(first, false);
    scene.Pass(24h);
    CHECK(json::parse(create("t-1").body)["id"] != first);
  }
  SUBCASE("the token of a job that is gone is of no use") {
    CHECK(scene.Outcome(scene.Call("DELETE", "/stacks/" + scene.stack)) == "409 IncorrectState");
    scene.Cancel(first, false);
    CHECK(scene.Outcome(scene.Call("DELETE", "/stacks/" + scene.stack)) == "204");
    CHECK(scene.Outcome(scene.Call("GET", "/jobs/" + first)) == "404 NotAuthorizedOrNotFound");
    CHECK(scene.Get("/jobs").empty());
    scene.Restart();
    CHECK(scene.Outcome(create("t-1")) == "409 InvalidatedRetryToken");
  }
}

TEST_CASE("if-match lets only those change a job who have seen it as it is") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  const std::string path = "/jobs/" + job;
  const std::string etag = scene.Etag(job);
  const auto with = [&](const std::string& method, const std::string& match, const json& body) {
    return scene.Call(method, path, body, {{"if-match", match}});
  };
  CHECK(scene.Outcome(with("PUT", "old", {{"displayName", "x"}})) == "412 NoEtagMatch");
  CHECK(scene.Outcome(with("DELETE", "old", {})) == "412 NoEtagMatch");
  CHECK(scene.Etag(job) == etag);
  const HttpReply renamed = with("PUT", etag, {{"displayName", "new"}, {"freeformTags", {{"a", "b"}}}});
  CHECK(renamed.status == 200);
  CHECK(json::parse(renamed.body)["displayName"] == "new");
  CHECK(renamed.headers.at("etag") != etag);
  CHECK(scene.Outcome(with("DELETE", etag, {})) == "412 NoEtagMatch");
  CHECK(scene.Outcome(with("PUT", "*", {{"displayName", 7}})) == "400 InvalidParameter");
  CHECK(scene.Outcome(with("DELETE", renamed.headers.at("etag"), {})) == "204");
  CHECK(scene.State(job) == "CANCELED");
  // 412 comes before 409, and 404 before both.
  CHECK(scene.Outcome(with("DELETE", etag, {})) == "412 NoEtagMatch");
}

TEST_CASE("jobs are listed with every filter, in both orders, page by page") {
  OciScene scene;
  const std::string other = scene.CreateStack({{"compartmentId", "ocid1.compartment.oc1..d"}});
  for (const std::string name : {"b", "c", "a"}) {
    scene.Pass(1s);
    REQUIRE(scene.Call("POST", "/jobs", JobDetails(scene, {{"displayName", name}})).status == 200);
    for (const json& job : scene.Get("/jobs?lifecycleState=accepted")) scene.Cancel(job["id"], false);
  }
  scene.Pass(1s);
  const std::string last = scene.CreateJob(other);
  scene.Call("PUT", "/jobs/" + last, {{"displayName", "d"}});
  const auto listed = [&](const std::string& query) { return Names(scene.Get("/jobs" + query)); };

  CHECK(listed("") == "d a c b");
  CHECK(listed("?sortOrder=ASC") == "b c a d");
  CHECK(listed("?sortBy=DISPLAYNAME") == "a b c d");
  CHECK(listed("?sortBy=displayname&sortOrder=desc") == "d c b a");
  CHECK(listed("?stackId=" + other) == "d");
  CHECK(listed("?compartmentId=ocid1.compartment.oc1..c") == "a c b");
  CHECK(listed("?id=" + last) == "d");
  CHECK(listed("?lifecycleState=Canceled") == "a c b");
  CHECK(listed("?sortBy=DISPLAYNAME&displayName=c") == "c");
  CHECK(listed("?unknown=1") == "d a c b");
  const json summary = scene.Get("/jobs?sortBy=DISPLAYNAME&displayName=c")[0];
  CHECK(summary["lifecycleState"] == "CANCELED");
  for (const char* absent : {"failureDetails", "cancellationDetails", "variables"}) {
    CHECK_FALSE(summary.contains(absent));
  }

  std::string paged;
  std::string page;
  do {
    const HttpReply reply = scene.Call("GET", "/jobs?lifecycleState=CANCELED&limit=2" + page);
    paged += Names(json::parse(reply.body)) + "|";
    page = reply.headers.contains("opc-next-page") ? "&page=" + reply.headers.at("opc-next-page") : "";
  } while (!page.empty());
  CHECK(paged == "a c|b|");

  for (const char* wrong : {"?limit=0", "?limit=1001", "?limit=x", "?limit=", "?page=nothere", "?sortBy=SIZE",
                            "?sortOrder=UP", "?lifecycleState=HAPPY", "?displayName=c"}) {
    CAPTURE(wrong);
    CHECK(scene.Outcome(scene.Call("GET", std::string("/jobs") + wrong)) == "400 InvalidParameter");
  }
}

TEST_CASE("a job's log is filtered, paged, and told as text") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Pass(10s);
  scene.Update(job, "IN_PROGRESS", {{"step", "1/2 stop"}});
  scene.Pass(10s);
  scene.Update(job, "IN_PROGRESS", {{"step", "2/2 start"}});
  scene.Update(job, "FAILED", {{"reason", "exit status 3"}});
  const std::string path = "/jobs/" + job + "/logs";
  const auto logged = [&](const std::string& query) { return Names(scene.Get(path + query), "message"); };

  const std::string id = OciScene::ExecutionId(job);
  CHECK(scene.Log(job) ==
        "INFO the job is ACCEPTED: APPLY on pi-1\n"
        "INFO queued on pi-1 as " +
            id +
            "\n"
            "INFO pi-1 has started the job\n"
            "INFO pi-1 reports step: 1/2 stop\n"
            "INFO pi-1 reports step: 2/2 start\n"
            "INFO pi-1 reports reason: exit status 3\n"
            "ERROR the job is FAILED: pi-1 reported FAILED: exit status 3\n");
  const json first = scene.Get(path)[0];
  CHECK(first["type"] == "TERRAFORM_CONSOLE");
  CHECK(first["timestamp"] == "2026-11-25T06:19:17.000Z");

  CHECK(logged("?levelGreaterThanOrEqualTo=warn") ==
        "the job is FAILED: pi-1 reported FAILED: exit status 3");
  CHECK(logged("?type=TERRAFORM_CONSOLE&type=terraform_console&sortOrder=DESC&limit=1") ==
        "the job is FAILED: pi-1 reported FAILED: exit status 3");
  CHECK(scene.Get(path + "?timestampGreaterThanOrEqualTo=2026-11-25T06:19:27Z").size() == 5);
  CHECK(scene.Get(path + "?timestampLessThanOrEqualTo=2026-11-25T07:19:27.000%2B01:00").size() == 4);
  CHECK(logged("?timestampGreaterThanOrEqualTo=2026-11-25T06:19:20Z"
               "&timestampLessThanOrEqualTo=2026-11-25T06:19:30Z") ==
        "pi-1 has started the job pi-1 reports step: 1/2 stop");

  const HttpReply page = scene.Call("GET", path + "?limit=3");
  CHECK(json::parse(page.body).size() == 3);
  CHECK(logged("?limit=1&page=" + page.headers.at("opc-next-page")) == "pi-1 reports step: 1/2 stop");
  CHECK(logged("?limit=1&sortOrder=DESC&page=" + page.headers.at("opc-next-page")) ==
        "queued on pi-1 as " + id);

  for (const char* wrong :
       {"?type=OTHER", "?type=", "?levelGreaterThanOrEqualTo=LOUD", "?sortOrder=UP", "?limit=-1", "?page=99",
        "?timestampLessThanOrEqualTo=yesterday", "?timestampGreaterThanOrEqualTo=2026-13-01T00:00:00Z"}) {
    CAPTURE(wrong);
    CHECK(scene.Outcome(scene.Call("GET", path + wrong)) == "400 InvalidParameter");
  }
  const HttpReply text = scene.Call("GET", path + "/content");
  CHECK(text.content_type.starts_with("text/plain"));
  CHECK(text.body.starts_with("2026-11-25T06:19:17.000Z INFO the job is ACCEPTED: APPLY on pi-1\n"));
  CHECK(scene.Call("GET", "/jobs/" + job + "/detailedLogContent").body == text.body);
}

TEST_CASE("a log that grows without end keeps its first line and the newest") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  for (int i = 0; i < 2500; ++i) scene.Update(job, "IN_PROGRESS", {{"n", std::to_string(i)}});
  const std::string text = scene.Call("GET", "/jobs/" + job + "/logs/content").body;
  CHECK(std::count(text.begin(), text.end(), '\n') == Job::kMaxLog);
  CHECK(text.find("the job is ACCEPTED") != std::string::npos);
  CHECK(text.ends_with("pi-1 reports n: 2499\n"));
}

TEST_CASE("stacks are made, shown, changed, listed and deleted") {
  OciScene scene;
  const json made = scene.Get("/stacks/" + scene.stack);
  CHECK(made["id"] == scene.stack);
  CHECK(made["lifecycleState"] == "ACTIVE");
  CHECK(made["configSource"]["configSourceType"] == "ZIP_UPLOAD");
  CHECK(made["variables"]["thing"] == "pi-1");
  const std::string path = "/stacks/" + scene.stack;
  const std::string etag = scene.Call("GET", path).headers.at("etag");

  CHECK(scene.Outcome(scene.Call("PUT", path, {{"displayName", "x"}}, {{"if-match", "old"}})) ==
        "412 NoEtagMatch");
  const HttpReply changed = scene.Call("PUT", path, {{"displayName", "x"}}, {{"if-match", etag}});
  CHECK(json::parse(changed.body)["displayName"] == "x");
  CHECK(json::parse(changed.body)["variables"]["thing"] == "pi-1");
  CHECK(changed.headers.at("etag") != etag);
  CHECK(scene.Outcome(scene.Call("PUT", path, {{"variables", json::object()}})) == "400 InvalidParameter");
  CHECK(scene.Get(path)["variables"]["thing"] == "pi-1");

  scene.Restart();
  CHECK(scene.Get(path)["displayName"] == "x");
  CHECK(Names(scene.Get("/stacks")) == "x");
  CHECK(scene.Outcome(scene.Call("DELETE", path, {}, {{"if-match", etag}})) == "412 NoEtagMatch");
  CHECK(scene.Outcome(scene.Call("DELETE", path)) == "204");
  CHECK(scene.Get(path)["lifecycleState"] == "DELETED");
  CHECK(scene.Get("/stacks").empty());
  CHECK(Names(scene.Get("/stacks?lifecycleState=deleted")) == "x");
  CHECK(scene.Outcome(scene.Call("DELETE", path)) == "404 NotAuthorizedOrNotFound");
  CHECK(scene.Outcome(scene.Call("PUT", path, {{"displayName", "y"}})) == "404 NotAuthorizedOrNotFound");
  CHECK(scene.Outcome(scene.Call("POST", "/jobs", JobDetails(scene))) == "404 NotAuthorizedOrNotFound");
}

TEST_CASE("each wrong CreateStack has its own error") {
  OciScene scene;
  json right = {{"compartmentId", "c"},
                {"configSource", {{"configSourceType", "ZIP_UPLOAD"}}},
                {"variables", {{"thing", "pi-1"}}}};
  struct Row {
    json change;
    std::string outcome;
  };
  json many = json::object();
  for (int i = 0; i < 251; ++i) many["v" + std::to_string(i)] = "";
  const Row rows[] = {
      {{{"compartmentId", nullptr}}, "400 MissingParameter"},
      {{{"configSource", nullptr}}, "400 MissingParameter"},
      {{{"configSource", "zip"}}, "400 InvalidParameter"},
      {{{"configSource", {{"configSourceType", "GIT"}}}}, "400 InvalidParameter"},
      {{{"variables", json::object()}}, "400 InvalidParameter"},
      {{{"variables", {{"thing", "a b"}}}}, "400 InvalidParameter"},
      {{{"variables", {{"thing", 1}}}}, "400 InvalidParameter"},
      {{{"variables", {{"thing", "pi-1"}, {"document", "{"}}}}, "400 InvalidParameter"},
      {{{"variables", {{"thing", "pi-1"}, {"document", "[]"}}}}, "400 InvalidParameter"},
      {{{"variables", {{"thing", "pi-1"}, {"x", std::string(8193, 'x')}}}}, "400 InvalidParameter"},
      {{{"variables", many}}, "400 InvalidParameter"},
      {{{"description", 1}}, "400 InvalidParameter"},
      {json::object(), "200"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.change.dump());
    json body = right;
    body.update(row.change);
    CHECK(scene.Outcome(scene.Call("POST", "/stacks", body)) == row.outcome);
  }
  CHECK(scene.Get("/stacks").size() == 2);
  const HttpReply token = scene.Call("POST", "/stacks", right, {{"opc-retry-token", "t"}});
  CHECK(scene.Call("POST", "/stacks", right, {{"opc-retry-token", "t"}}).body == token.body);
}

TEST_CASE("a stack whose thing is not there has no jobs, and says what to do") {
  OciScene scene;
  const std::string stack = scene.CreateStack({{"variables", {{"thing", "pi-9"}}}});
  const HttpReply reply = scene.Call("POST", "/jobs", {{"stackId", stack}, {"operation", "APPLY"}});
  CHECK(scene.Outcome(reply) == "404 NotAuthorizedOrNotFound");
  CHECK(reply.body.find("pi-9") != std::string::npos);
  CHECK(reply.body.find("create-thing") != std::string::npos);
}

// "CancelJob of pi-1"
std::string About(OciScene& scene, const std::string& method, const std::string& path,
                  const json& body = json::object()) {
  const HttpRequest request{.method = method, .target = "/20180917" + path, .body = body.dump()};
  const HttpCall call = CallIn(request);
  CHECK(call.plane == Plane::kOci);
  return call.operation + " of " + scene.manager->ThingOf(request);
}

TEST_CASE("for faults and the history: the operation by OCI's name, and the thing of the job or the stack") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  CHECK(About(scene, "POST", "/jobs", {{"stackId", scene.stack}}) == "CreateJob of pi-1");
  CHECK(About(scene, "POST", "/jobs", {{"stackId", 7}}) == "CreateJob of ");
  CHECK(About(scene, "GET", "/jobs?stackId=" + scene.stack) == "ListJobs of ");
  CHECK(About(scene, "GET", "/jobs/" + job) == "GetJob of pi-1");
  CHECK(About(scene, "GET", "/jobs/nowhere") == "GetJob of ");
  CHECK(About(scene, "DELETE", "/jobs/" + job + "?isForced=true") == "CancelJob of pi-1");
  CHECK(About(scene, "GET", "/jobs/" + job + "/logs/content") == "GetJobLogsContent of pi-1");
  CHECK(About(scene, "PUT", "/stacks/" + scene.stack) == "UpdateStack of pi-1");
  CHECK(About(scene, "PATCH", "/jobs/" + job) == " of pi-1");
  for (const char* other : {"/jobs", "/20180917", "/20180918/jobs"}) {
    CHECK(CallIn({.method = "GET", .target = other}).plane == Plane::kControl);
  }
}

}  // namespace
}  // namespace kedge::drydock::oci
