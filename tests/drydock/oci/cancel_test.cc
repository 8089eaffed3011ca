// A job and its cancel, row by row of the reference's state machine (oci-resource-manager.md, D.3).
#include <doctest/doctest.h>

#include "oci/scene.h"

namespace kedge::drydock::oci {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json Forced(bool forced) { return {{"isForced", forced}}; }

TEST_CASE("a job is ACCEPTED until its thing has started it, and then ends like its execution") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  CHECK(scene.State(job) == "ACCEPTED");
  CHECK(scene.Update(job, "IN_PROGRESS", {{"step", "1/2 stop"}}));
  CHECK(scene.State(job) == "IN_PROGRESS");
  CHECK_FALSE(scene.Get("/jobs/" + job).contains("timeFinished"));
  scene.Pass(1500ms);

  SUBCASE("SUCCEEDED") {
    scene.Update(job, "SUCCEEDED");
    const json shown = scene.Get("/jobs/" + job);
    CHECK(shown["lifecycleState"] == "SUCCEEDED");
    CHECK(shown["timeFinished"] == "2026-11-25T06:19:18.500Z");
    CHECK_FALSE(shown.contains("failureDetails"));
  }
  SUBCASE("FAILED, with the device's reason") {
    scene.Update(job, "FAILED", {{"reason", "step 2/2 'start': exit status 3"}, {"verdict", "safe"}});
    const json shown = scene.Get("/jobs/" + job);
    CHECK(shown["lifecycleState"] == "FAILED");
    CHECK(shown["failureDetails"]["code"] == "TERRAFORM_EXECUTION_ERROR");
    CHECK(shown["failureDetails"]["message"] == "pi-1 reported FAILED: step 2/2 'start': exit status 3");
    CHECK(Has(scene.Log(job), "INFO pi-1 is as it was before (verdict safe)"));
  }
  SUBCASE("TIMED_OUT is a job that took too long") {
    scene.Update(job, "IN_PROGRESS");
    const auto request = ParseRequest("$aws/things/pi-1/jobs/" + OciScene::ExecutionId(job) + "/update",
                                      R"({"status":"IN_PROGRESS","stepTimeoutInMinutes":1})");
    drydock::Answer(scene.service, *request, scene.now);
    scene.Pass(61s);
    CHECK(scene.Get("/jobs/" + job)["failureDetails"]["code"] == "JOB_TIMEOUT");
  }
  CHECK_FALSE(scene.Get("/jobs/" + job).contains("cancellationDetails"));
}

TEST_CASE("a job that the device rejects is FAILED and was never started") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Update(job, "REJECTED", {{"reason", "steps: is empty"}});
  CHECK(scene.Get("/jobs/" + job)["failureDetails"]["message"] == "pi-1 rejected the job: steps: is empty");
  CHECK_FALSE(Has(scene.Log(job), "started"));
}

TEST_CASE("a cancel of a job that is not started yet is CANCELED at once, and its execution too") {
  for (const bool forced : {false, true}) {
    OciScene scene;
    const std::string job = scene.CreateJob();
    CHECK(scene.Cancel(job, forced) == "204");
    const json shown = scene.Get("/jobs/" + job);
    CHECK(shown["lifecycleState"] == "CANCELED");
    CHECK(shown["cancellationDetails"] == Forced(forced));
    CHECK(shown.contains("timeFinished"));
    CHECK(scene.Requests().empty());
    CHECK_FALSE(scene.Update(job, "IN_PROGRESS"));
  }
}

TEST_CASE("a graceful cancel of a running job asks the device, and is CANCELING until it has stopped") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Update(job, "IN_PROGRESS");
  CHECK(scene.Cancel(job, false) == "204");
  const auto requests = scene.Requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["jobId"] == OciScene::ExecutionId(job));
  CHECK(requests[0]["force"] == false);
  CHECK(requests[0]["reason"].get<std::string>() != "");
  CHECK(scene.State(job) == "CANCELING");
  scene.Pass(24h);
  CHECK(scene.State(job) == "CANCELING");  // the device decides, however long it takes

  SUBCASE("FAILED means that it has stopped: CANCELED") {
    scene.Say("cancel/accepted",
              {{"clientToken", requests[0]["clientToken"]}, {"message", "after step 1/3"}});
    scene.Update(job, "FAILED", {{"reason", "cancelled on the device"}, {"verdict", "safe"}});
    const json shown = scene.Get("/jobs/" + job);
    CHECK(shown["lifecycleState"] == "CANCELED");
    CHECK(shown["cancellationDetails"] == Forced(false));
    CHECK_FALSE(shown.contains("failureDetails"));
    CHECK(Has(scene.Log(job), "INFO pi-1 will stop: after step 1/3"));
  }
  SUBCASE("SUCCEEDED means that it had finished first") {
    scene.Update(job, "SUCCEEDED");
    CHECK(scene.State(job) == "SUCCEEDED");
    CHECK(scene.Get("/jobs/" + job)["cancellationDetails"] == Forced(false));
  }
  SUBCASE("a device that refuses to stop says so in the log, and its failure is its own") {
    scene.Say("cancel/rejected", {{"clientToken", requests[0]["clientToken"]}, {"message", "too late"}});
    CHECK(scene.State(job) == "CANCELING");
    CHECK(Has(scene.Log(job), "WARN pi-1 refuses to stop: too late"));
    scene.Update(job, "FAILED", {{"reason", "exit status 1"}});
    CHECK(scene.State(job) == "FAILED");
  }
  SUBCASE("asked again, it sends the request again as long as nobody has answered") {
    const std::string etag = scene.Etag(job);
    CHECK(scene.Cancel(job, false) == "204");
    CHECK(scene.Requests().size() == 1);
    CHECK(scene.Etag(job) == etag);
    scene.Say("cancel/accepted", {{"clientToken", requests[0]["clientToken"]}});
    CHECK(scene.Cancel(job, false) == "204");
    CHECK(scene.Requests().empty());
  }
  SUBCASE("answers to other tokens, of other things and without sense are nobody's") {
    const std::string log = scene.Log(job);
    scene.Say("cancel/accepted", {{"clientToken", "op-1"}, {"message", "x"}});
    scene.Say("cancel/accepted", {{"message", "x"}});
    scene.Say("cancel/rejected", json::array());
    scene.manager->OnMessage("kedge/things/pi-2/cancel/rejected", requests[0].dump(), scene.now);
    scene.manager->OnMessage("kedge/things/pi-1/cancel/rejected", "{", scene.now);
    scene.manager->OnMessage("kedge/things/pi-1/other", requests[0].dump(), scene.now);
    CHECK(scene.Log(job) == log);
  }
}

TEST_CASE("a forced cancel ends the execution, and is CANCELING until the device is at rest") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Update(job, "IN_PROGRESS");
  CHECK(scene.Cancel(job, true) == "204");
  CHECK_FALSE(scene.Update(job, "SUCCEEDED"));
  CHECK(scene.State(job) == "CANCELING");
  CHECK(scene.Get("/jobs/" + job)["cancellationDetails"] == Forced(true));
  CHECK(scene.Requests().empty());

  SUBCASE("the device says that it is done with this job") {
    scene.Rest("x.y.other");
    scene.Rest(job, "", {{"state", "rolling-back"}, {"job", OciScene::ExecutionId(job)}});
    CHECK(scene.State(job) == "CANCELING");
    scene.Rest(job, "safe");
    CHECK(scene.State(job) == "CANCELED");
    CHECK(Has(scene.Log(job), "INFO pi-1 has stopped (verdict safe)"));
    CHECK_FALSE(scene.Get("/jobs/" + job).contains("failureDetails"));
  }
  SUBCASE("or is at work on the next one already") {
    scene.Rest(job, "safe", {{"state", "running"}, {"job", "next"}});
    CHECK(scene.State(job) == "CANCELED");
  }
  SUBCASE("a device that says nothing does not hold it for ever") {
    REQUIRE(scene.manager->NextWake());
    CHECK(*scene.manager->NextWake() == scene.now + 60s);
    scene.Pass(59999ms);
    CHECK(scene.State(job) == "CANCELING");
    scene.Pass(1ms);
    CHECK(scene.State(job) == "CANCELED");
    CHECK(Has(scene.Log(job), "WARN pi-1 has not confirmed within 60 s"));
    scene.Rest(job, "safe");
    CHECK(Has(scene.Log(job), "INFO pi-1 has stopped (verdict safe)"));
    CHECK(scene.State(job) == "CANCELED");
  }
}

TEST_CASE("a graceful cancel can be made a forced one, and not the other way round") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Update(job, "IN_PROGRESS");
  scene.Cancel(job, false);
  const std::string graceful = scene.Etag(job);
  CHECK(scene.Cancel(job, true) == "204");
  const std::string forced = scene.Etag(job);
  CHECK(forced != graceful);
  CHECK(scene.Get("/jobs/" + job)["cancellationDetails"] == Forced(true));
  CHECK(scene.Cancel(job, false) == "204");
  CHECK(scene.Cancel(job, true) == "204");
  CHECK(scene.Etag(job) == forced);
  CHECK_FALSE(scene.Update(job, "FAILED"));  // the execution is not the device's any more
  scene.Rest(job, "safe");
  CHECK(scene.State(job) == "CANCELED");
}

TEST_CASE("what differs on the device is in the log and in the details of the job") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  scene.Update(job, "IN_PROGRESS");
  const std::string mode = "files /etc/app.conf: mode is 0644, was 0600";
  const auto message = [&] {
    return scene.Get("/jobs/" + job)["failureDetails"]["message"].get<std::string>();
  };

  SUBCASE("after a graceful cancel, from its last report") {
    scene.Cancel(job, false);
    scene.Update(job, "FAILED", {{"verdict", "unsafe"}, {"difference", mode}});
    CHECK(scene.State(job) == "CANCELED");
    CHECK(message() ==
          "canceled; pi-1 could not be brought back to what it was before (verdict unsafe): " + mode);
    CHECK(Has(scene.Log(job),
              "ERROR pi-1 could not be brought back to what it was before (verdict unsafe): " + mode));
    // The state message says the same in other words: no second time.
    const std::string etag = scene.Etag(job);
    scene.Rest(job, "unsafe",
               {{"state", "quarantined"},
                {"quarantine",
                 {{"jobId", OciScene::ExecutionId(job)}, {"reason", "job could not be undone: " + mode}}}});
    CHECK(scene.Etag(job) == etag);
  }
  SUBCASE("after a forced cancel, from its state message") {
    scene.Cancel(job, true);
    scene.Rest(job, "unsafe",
               {{"state", "quarantined"},
                {"quarantine",
                 {{"jobId", OciScene::ExecutionId(job)}, {"reason", "could not be undone: " + mode}}}});
    CHECK(scene.State(job) == "CANCELED");
    CHECK(Has(message(), mode));
    CHECK(Has(scene.Log(job), "ERROR pi-1 could not be brought back"));
  }
  SUBCASE("after a failure, beside its reason") {
    scene.Update(job, "FAILED", {{"reason", "exit status 3"}, {"verdict", "unsafe"}, {"difference", mode}});
    CHECK(Has(message(), "pi-1 reported FAILED: exit status 3; pi-1 could not be brought back"));
  }
  SUBCASE("and when the device cannot tell, with a warning") {
    scene.Cancel(job, true);
    scene.Rest(job, "unknown");
    CHECK(Has(message(), "pi-1 cannot tell whether it is as it was before (verdict unknown)"));
    CHECK(Has(scene.Log(job), "WARN pi-1 cannot tell"));
  }
  SUBCASE("even when it comes after everybody has stopped waiting, which changes the etag") {
    scene.Cancel(job, true);
    scene.Pass(60s);
    const std::string etag = scene.Etag(job);
    scene.Rest(job, "unknown");
    CHECK(Has(message(), "verdict unknown"));
    CHECK(scene.Etag(job) != etag);
  }
}

TEST_CASE("an execution that ends through AWS's own API takes its job with it") {
  OciScene scene;
  const std::string job = scene.CreateJob();
  const std::string id = OciScene::ExecutionId(job);
  auto& control = scene.service.control();

  SUBCASE("cancelled before it was started") {
    REQUIRE(control.CancelExecution("pi-1", id, {.force = false}, scene.now));
    CHECK(scene.State(job) == "CANCELED");
    CHECK(scene.Get("/jobs/" + job)["cancellationDetails"] == Forced(false));
  }
  SUBCASE("force-cancelled while it ran: as with a forced cancel here") {
    scene.Update(job, "IN_PROGRESS");
    REQUIRE(control.CancelExecution("pi-1", id, {.force = true}, scene.now));
    CHECK(scene.State(job) == "CANCELING");
    CHECK(scene.Get("/jobs/" + job)["cancellationDetails"] == Forced(true));
    scene.Rest(job, "safe");
    CHECK(scene.State(job) == "CANCELED");
  }
  SUBCASE("deleted while it ran") {
    scene.Update(job, "IN_PROGRESS");
    REQUIRE(control.DeleteJob(id, true, scene.now));
    CHECK(scene.State(job) == "CANCELING");
    scene.Pass(60s);
    CHECK(scene.State(job) == "CANCELED");
  }
}

TEST_CASE("a cancel of a job that is over is refused, or not, as it is set") {
  struct Row {
    TerminalCancel setting;
    std::string outcome;
  };
  for (const Row& row :
       {Row{TerminalCancel::kConflict, "409 Conflict"},
        Row{TerminalCancel::kIncorrectState, "409 IncorrectState"}, Row{TerminalCancel::kOk, "204"}}) {
    for (const std::string end : {"SUCCEEDED", "FAILED", "CANCELED"}) {
      OciScene scene({.terminal_cancel = row.setting});
      const std::string job = scene.CreateJob();
      if (end == "CANCELED") {
        scene.Cancel(job, false);
      } else {
        scene.Update(job, end);
      }
      const std::string etag = scene.Etag(job);
      CHECK(scene.Cancel(job, true) == row.outcome);
      CHECK(scene.State(job) == end);
      CHECK(scene.Etag(job) == etag);
    }
  }
}

TEST_CASE("delays keep a job ACCEPTED and CANCELING for as long as they are set") {
  OciScene scene({.accept_delay = 5s, .cancel_delay = 3s});
  const std::string job = scene.CreateJob();
  CHECK(scene.manager->NextWake() == scene.now + 5s);
  CHECK_FALSE(scene.Update(job, "IN_PROGRESS"));  // the thing has not been told

  SUBCASE("started after the one, cancelled after the other") {
    scene.Pass(5s);
    CHECK(scene.Update(job, "IN_PROGRESS"));
    scene.Cancel(job, false);
    CHECK(scene.State(job) == "CANCELING");
    CHECK(scene.Requests().empty());
    CHECK(scene.manager->NextWake() == scene.now + 3s);
    scene.Pass(3s);
    CHECK(scene.Requests().size() == 1);
  }
  SUBCASE("its own failure, before anything was done about the cancel") {
    scene.Pass(5s);
    scene.Update(job, "IN_PROGRESS");
    scene.Cancel(job, false);
    scene.Update(job, "FAILED");
    CHECK(scene.State(job) == "FAILED");
  }
  SUBCASE("cancelled before the thing was told: it never is") {
    scene.Cancel(job, false);
    CHECK(scene.State(job) == "CANCELING");
    scene.Pass(3s);
    CHECK(scene.State(job) == "CANCELED");
    scene.Pass(10s);
    CHECK_FALSE(scene.service.control().DescribeJob(OciScene::ExecutionId(job)));
  }
}

TEST_CASE("a cancel that is to be ignored may never happen at all") {
  OciScene scene({.ignore_cancel = true});
  const std::string job = scene.CreateJob();
  scene.Update(job, "IN_PROGRESS");
  CHECK(scene.Cancel(job, true) == "204");
  CHECK(scene.State(job) == "CANCELING");
  CHECK(scene.Update(job, "SUCCEEDED"));
  CHECK(scene.State(job) == "SUCCEEDED");
}

}  // namespace
}  // namespace kedge::drydock::oci
