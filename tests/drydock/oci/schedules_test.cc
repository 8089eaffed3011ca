// Every short schedule of a cancelled job: what operator, device and power cut may do, in any order.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "oci/scene.h"

namespace kedge::drydock::oci {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

enum class Act {
  kGraceful,
  kForced,
  kStart,
  kSucceed,
  kFail,
  kAccept,  // the device's answer to the first request to stop
  kReject,
  kRest,     // its state message: done with the job, and as before
  kUnsafe,   // … and not as before
  kTime,     // longer than anybody waits for the device
  kRestart,  // of the Resource Manager
};
constexpr int kActs = 11;
constexpr int kLength = 4;

bool IsOver(const std::string& state) {
  return state == "SUCCEEDED" || state == "FAILED" || state == "CANCELED";
}

// What must hold after each act, whatever came before.
class Watch {
 public:
  explicit Watch(OciScene& scene) : scene_(scene), job_(scene.CreateJob()) { Look(); }

  void Do(Act act) {
    const std::string token = OciScene::ExecutionId(job_) + "-1";
    switch (act) {
      case Act::kGraceful:
        return Cancel(false);
      case Act::kForced:
        return Cancel(true);
      case Act::kStart:
        return void(scene_.Update(job_, "IN_PROGRESS"));
      case Act::kSucceed:
        return void(scene_.Update(job_, "SUCCEEDED"));
      case Act::kFail:
        return void(scene_.Update(job_, "FAILED", {{"reason", "x"}}));
      case Act::kAccept:
        return scene_.Say("cancel/accepted", {{"clientToken", token}});
      case Act::kReject:
        return scene_.Say("cancel/rejected", {{"clientToken", token}});
      case Act::kRest:
        return scene_.Rest(job_, "safe");
      case Act::kUnsafe:
        return scene_.Rest(job_, "unsafe");
      case Act::kTime:
        return scene_.Pass(61s);
      case Act::kRestart:
        return scene_.Restart();
    }
  }

  // False: a rule is broken.
  bool Look() {
    const HttpReply reply = scene_.Call("GET", "/jobs/" + job_);
    const json shown = json::parse(reply.body);
    const std::string state = shown["lifecycleState"];
    const std::string etag = reply.headers.at("etag");
    const auto execution =
        scene_.service.control().DescribeExecution("pi-1", OciScene::ExecutionId(job_), std::nullopt);
    const bool open = (*execution)->Open();

    const bool one_end = !IsOver(state_) || state == state_;
    const bool ended_first = !IsOver(state) || !open;  // nothing is over that a device may still work on
    const bool running = open || state == "CANCELING" || IsOver(state);
    const bool etag_tells = shown_.is_null() || (shown == shown_) == (etag == etag_);
    const bool finished = shown.contains("timeFinished") == IsOver(state);
    const bool asked = shown.contains("cancellationDetails") == asked_;
    const bool escalated = !asked || !asked_ || shown["cancellationDetails"]["isForced"] == forced_;
    const bool true_to_device = (state == "SUCCEEDED") == ((*execution)->status == Status::kSucceeded);
    const bool wanted = state != "CANCELED" || asked_;
    state_ = state;
    etag_ = etag;
    shown_ = shown;
    return one_end && ended_first && running && etag_tells && finished && asked && escalated &&
           true_to_device && wanted;
  }

  const std::string& state() const { return state_; }
  // Job, etag and log.
  std::string Everything() {
    const HttpReply reply = scene_.Call("GET", "/jobs/" + job_);
    return reply.headers.at("etag") + reply.body + scene_.Log(job_);
  }

 private:
  void Cancel(bool forced) {
    if (scene_.Cancel(job_, forced) != "204") return;
    asked_ = true;
    forced_ = forced_ || forced;
  }

  OciScene& scene_;
  const std::string job_;
  std::string state_;
  std::string etag_;
  json shown_;
  bool asked_ = false;
  bool forced_ = false;
};

// The acts of schedule `number`, the first one in its lowest digit.
std::array<Act, kLength> Schedule(int number) {
  std::array<Act, kLength> acts{};
  for (Act& act : acts) {
    act = static_cast<Act>(number % kActs);
    number /= kActs;
  }
  return acts;
}

constexpr int kSchedules = kActs * kActs * kActs * kActs;

// `seen`: the states in which some schedules leave the job. That each of them comes up shows that the
// schedules go somewhere.
void CheckAllSchedules(bool started, const std::vector<std::string>& seen) {
  std::map<std::string, int> ends;
  for (int number = 0; number < kSchedules; ++number) {
    OciScene scene;
    Watch watch(scene);
    if (started) watch.Do(Act::kStart);
    bool right = watch.Look();
    for (const Act act : Schedule(number)) {
      watch.Do(act);
      right = right && watch.Look();
    }
    REQUIRE_MESSAGE(right, "schedule ", number, " breaks a rule");
    ++ends[watch.state()];
  }
  for (const std::string& state : seen) {
    CAPTURE(state);
    CHECK(ends[state] > 200);
  }
}

TEST_CASE("in every schedule a job that waits ends once, truly, and not before its execution") {
  CheckAllSchedules(false, {"ACCEPTED", "IN_PROGRESS", "CANCELING", "CANCELED", "SUCCEEDED", "FAILED"});
}

TEST_CASE("in every schedule a job that runs ends once, truly, and not before its execution") {
  CheckAllSchedules(true, {"IN_PROGRESS", "CANCELING", "CANCELED", "SUCCEEDED", "FAILED"});
}

TEST_CASE("a job goes on after a restart as if there had been none") {
  for (int number = 0; number < kSchedules; number += kActs) {  // all of three acts
    std::array<std::string, 2> outcomes;
    for (const bool restarted : {false, true}) {
      OciScene scene;
      Watch watch(scene);
      watch.Do(Act::kStart);
      for (const Act act : Schedule(number / kActs)) {
        if (restarted) scene.Restart();
        watch.Do(act);
      }
      outcomes[restarted ? 1 : 0] = watch.Everything();
    }
    CHECK(outcomes[0] == outcomes[1]);
  }
}

}  // namespace
}  // namespace kedge::drydock::oci
