// The handlers for services, and shutdown, on a booted systemd: done, undone, and killed at random moments.
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "handlers/services_field.h"

namespace kedge::testing {
namespace {

using Args = std::vector<std::string>;

void CheckUndone(const HandlerCase& handler, const Args& args, const Fleet& fleet,
                 const std::string& before) {
  for (int i = 0; i < 2; ++i) {
    const Finished finished = handler.Call("rollback", args);
    CHECK(finished.err == "");
    REQUIRE(finished.status == 0);
    const Finished verified = handler.Call("verify", args, "undone");
    CHECK(verified.out == "");
    CHECK(verified.err == "");
    REQUIRE(verified.status == 0);
    REQUIRE(LineDiff(before, fleet.Look()) == "");
  }
}

// Runs it to its end, which has to come out well, and undoes it.
void CheckDoneAndUndone(const std::string& name, const Args& args, const Fleet& fleet) {
  CAPTURE(name);
  const std::string before = fleet.Look();
  const HandlerCase handler(name);
  const Finished checked = handler.Call("check", args);
  CHECK(checked.err == "");
  REQUIRE(checked.status == 0);
  const Finished finished = handler.Call("run", args);
  CHECK(finished.err == "");
  REQUIRE(finished.status == 0);
  CHECK(handler.Call("verify", args, "done").out == "");
  CHECK(handler.Call("verify", args, "done").status == 0);
  CheckUndone(handler, args, fleet, before);
}

// Kills `run` at random moments of the time that it takes, until it was hit twenty times, five of them after
// the services had been kept, and undoes each time what it came to.
void CheckKilledAndUndone(const std::string& name, const Args& args, const Fleet& fleet) {
  CAPTURE(name);
  const std::string before = fleet.Look();
  const HandlerCase timed(name);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(timed.Call("run", args).status == 0);
  const auto longest = std::chrono::steady_clock::now() - start;
  CheckUndone(timed, args, fleet, before);
  std::mt19937 random(11);
  int hits = 0;
  int started = 0;
  for (int i = 0; i < 200 && (hits < 20 || started < 5); ++i) {
    const HandlerCase handler(name);
    Program program(handler.Command("run", args), handler.For("run"));
    // Not a wait for something: the moment is what is random, and sooner rather than later, for in the end
    // `run` only waits.
    const auto part = static_cast<int64_t>(random() % 1000);
    std::this_thread::sleep_for(longest * part * part / 1000000);
    program.Kill();
    if (program.Wait().status == -1) {
      ++hits;
      started += std::filesystem::exists(handler.state() + "/started") ? 1 : 0;
    }
    CheckUndone(handler, args, fleet, before);
  }
  MESSAGE(name << ": kills that hit: " << hits << ", after the start: " << started);
  CHECK(hits >= 20);
  CHECK(started >= 5);
}

bool IsScheduled() { return std::filesystem::exists("/run/systemd/shutdown/scheduled"); }

}  // namespace

TEST_CASE("start-services: what does not run runs, and does not after rollback, with what was pulled in") {
  const Fleet fleet;
  CheckDoneAndUndone("start-services", {"t-slow t-app", "t-at@b.service"}, fleet);
  CheckDoneAndUndone("start-services", {"t-rival"}, fleet);
  CheckDoneAndUndone("start-services", {"t-tick.service"}, fleet);  // a oneshot that ends well
}

TEST_CASE("stop-services: what runs does not, and does after rollback, with what was stopped with it") {
  const Fleet fleet;
  CheckDoneAndUndone("stop-services", {"t-base"}, fleet);
  CheckDoneAndUndone("stop-services", {" t-app  t-sock.socket ", "t-tick.timer", "t-bad t-rival"}, fleet);
}

TEST_CASE("restart-services: what runs is started anew, and is left alone by rollback") {
  const Fleet fleet;
  CheckDoneAndUndone("restart-services", {"t-base t-slow"}, fleet);
  const HandlerCase handler("restart-services");
  const std::string first = Property("t-app", "InvocationID");
  REQUIRE(handler.Call("run", {"t-app"}).status == 0);
  const std::string second = Property("t-app", "InvocationID");
  CHECK(second != first);
  REQUIRE(handler.Call("rollback", {"t-app"}).status == 0);
  CHECK(Property("t-app", "InvocationID") == second);
  WriteAll(handler.state() + "/invocations", "t-app.service " + second);
  CHECK(handler.Call("verify", {"t-app"}, "done").out ==
        "t-app.service: InvocationID is " + second + ", was the same: it was not restarted\n");
}

TEST_CASE("start-services, stop-services, restart-services: killed at a random moment, and undone") {
  const Fleet fleet;
  CheckKilledAndUndone("start-services", {"t-slow t-rival"}, fleet);
  CheckKilledAndUndone("stop-services", {"t-base t-at@a t-sock.socket"}, fleet);
  MustSystemctl({"start", "t-slow"});
  CheckKilledAndUndone("restart-services", {"t-slow t-base t-rival"}, fleet);
}

TEST_CASE("start-services, restart-services: a service that does not come up is a failure with its reason") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  const std::vector<std::pair<std::string, std::string>> failing = {
      {"t-none", "Unit t-none.service not found"},
      {"t-off", "t-off.service is masked"},
      {"t-never", "was skipped because of an unmet condition check (ConditionPathExists=/nowhere)"},
      {"t-crash", "t-crash.service: ActiveState is failed (failed), was to be active: exit-code"},
      {"t-crash", "t-crash.service: out of cheese"},
  };
  for (const std::string name : {"start-services", "restart-services"}) {
    for (const auto& [unit, reason] : failing) {
      CAPTURE(unit);
      const HandlerCase handler(name);
      CHECK(handler.Call("check", {unit}).status == 0);  // a step before may bring it
      const Finished finished = handler.Call("run", {unit, "t-app"});
      CHECK(finished.status == 1);
      CHECK(finished.err.find(reason) != std::string::npos);
      CHECK(handler.Call("verify", {unit, "t-app"}, "done").status == 1);
      CheckUndone(handler, {unit, "t-app"}, fleet, before);
    }
  }
  const HandlerCase handler("stop-services");
  const Finished finished = handler.Call("run", {"t-none"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find("Unit t-none.service not loaded") != std::string::npos);
  CheckUndone(handler, {"t-none"}, fleet, before);
}

TEST_CASE("services handlers: without a way back the policy decides") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  REQUIRE(Run({"/usr/bin/systemd-run", "--quiet", "--unit=t-transient", "/bin/sleep", "infinity"}).status ==
          0);
  const std::string reason =
      "t-transient.service has no unit file: once stopped it could not be started again";
  HandlerCase handler("stop-services");
  Finished finished = handler.Call("check", {"t-transient"});
  CHECK(finished.status == 1);
  CHECK(finished.err == "stop-services: " + reason + "\n");
  finished = handler.Call("run", {"t-transient"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find(reason) != std::string::npos);
  CHECK(Property("t-transient", "ActiveState") == "active");
  CHECK(handler.Call("verify", {"t-transient"}, "undone").status == 0);

  Environment environment = handler.For("check");
  environment["KEDGE_NO_WAY_BACK"] = "run";
  finished = Run(handler.Command("check", {"t-transient"}), environment);
  CHECK(finished.status == 0);
  CHECK(finished.out == "no way back: " + reason + "\n");
  environment = handler.For("run");
  environment["KEDGE_NO_WAY_BACK"] = "run";
  CHECK(Run(handler.Command("run", {"t-transient"}), environment).status == 0);
  CHECK(handler.Call("rollback", {"t-transient"}).status == 0);
  finished = handler.Call("verify", {"t-transient"}, "undone");
  CHECK(finished.status == 3);
  CHECK(finished.err.find(reason) != std::string::npos);
  CHECK(LineDiff(before, fleet.Look()) == "");

  // Nothing was kept, but what can be done is done.
  REQUIRE(Run({"/usr/bin/systemd-run", "--quiet", "--unit=t-transient", "/bin/sleep", "infinity"}).status ==
          0);
  HandlerCase roughly("stop-services");
  environment = roughly.For("run");
  environment["KEDGE_NO_WAY_BACK"] = "run";
  CHECK(Run(roughly.Command("run", {"t-app t-transient"}), environment).status == 0);
  CHECK(roughly.Call("rollback", {"t-app t-transient"}).status == 0);
  CHECK(Property("t-app", "ActiveState") == "active");
  CHECK(roughly.Call("verify", {"t-app t-transient"}, "undone").status == 3);
}

TEST_CASE("shutdown: scheduled, taken back, and another's is left alone") {
  const HandlerCase handler("shutdown");
  REQUIRE_FALSE(IsScheduled());
  CHECK(handler.Call("check", {}).status == 0);
  const Finished finished = handler.Call("run", {"5"});
  CHECK(finished.err == "");
  REQUIRE(finished.status == 0);
  CHECK(IsScheduled());
  CHECK(ReadAll("/run/systemd/shutdown/scheduled").find("MODE=poweroff") != std::string::npos);
  CHECK(handler.Call("verify", {"5"}, "done").status == 0);
  CHECK(handler.Call("verify", {"5"}, "undone").status == 1);
  CHECK(handler.Call("run", {"5"}).status == 0);  // interrupted, and told to try again

  const HandlerCase other("shutdown");
  CHECK(other.Call("check", {}).status == 1);
  CHECK(other.Call("run", {}).err.find("a shutdown is scheduled already, at ") != std::string::npos);
  CHECK(other.Call("rollback", {}).status == 0);
  CHECK(IsScheduled());

  for (int i = 0; i < 2; ++i) {
    CHECK(handler.Call("rollback", {"5"}).status == 0);
    CHECK_FALSE(IsScheduled());
    CHECK_FALSE(std::filesystem::exists("/run/nologin"));
    CHECK(handler.Call("verify", {"5"}, "undone").status == 0);
  }
  CHECK(handler.Call("verify", {"5"}, "done").status == 1);
  REQUIRE(Run({"/usr/sbin/shutdown", "+7"}).status == 0);
  CHECK(handler.Call("rollback", {"5"}).status == 0);
  CHECK(handler.Call("verify", {"5"}, "undone").status == 0);
  CHECK(IsScheduled());
  REQUIRE(Run({"/usr/sbin/shutdown", "-c"}).status == 0);
}

TEST_CASE("shutdown: killed at any instant, and taken back") {
  std::mt19937 random(5);
  int hits = 0;
  int scheduled = 0;
  for (int i = 0; i < 200 && (hits < 20 || scheduled < 5); ++i) {
    const HandlerCase handler("shutdown");
    int stops = 0;
    const bool is_killed = !RunKilledAt(handler.Command("run", {"9"}), handler.For("run"),
                                        static_cast<int>(random() % 500), &stops);
    if (is_killed) {
      ++hits;
      scheduled += IsScheduled() ? 1 : 0;
    }
    CHECK(handler.Call("rollback", {"9"}).status == 0);
    CHECK_FALSE(IsScheduled());
    CHECK(handler.Call("verify", {"9"}, "undone").status == 0);
  }
  MESSAGE("kills that hit: " << hits << ", with a shutdown scheduled: " << scheduled);
  CHECK(hits >= 20);
  CHECK(scheduled >= 5);
}

TEST_CASE("health-check: units, and what is degraded is said") {
  const Fleet fleet;
  const HandlerCase handler("health-check");
  CHECK(handler.Call("run", {"unit=t-app", "unit=t-tick.timer", "within=0"}).status == 0);
  Finished finished = handler.Call("run", {"unit=t-app", "unit=t-bad", "unit=t-none", "within=0"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find(
            "unit t-bad: is failed, was to be active\nunit t-none: is inactive, was to be active\n") !=
        std::string::npos);
  finished = handler.Call("run", {});
  CHECK(finished.status == 0);
  CHECK(finished.out == "for information: failed units of systemd: t-bad.service \n");
  Program program(handler.Command("run", {"unit=t-slow", "within=60"}), handler.For("run"));
  MustSystemctl({"start", "t-slow"});
  CHECK(program.Wait().status == 0);
}

}  // namespace kedge::testing
