// Drydock killed and started again, the real program at a real broker: with --store nothing that anybody was
// told is lost, and timers go on.

#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "live_service.h"
#include "program.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

// Calls of the control plane, unsigned; what was answered.
json Get(const std::string& url) {
  Program curl({"/usr/bin/curl", "-s", url});
  REQUIRE(curl.Wait() == 0);
  return json::parse(curl.output());
}
json Send(const std::string& method, const std::string& url, const std::string& body = "{}") {
  Program curl({"/usr/bin/curl", "-s", "-X", method, "-d", body, url});
  REQUIRE(curl.Wait() == 0);
  return json::parse(curl.output());
}

// Makes NAME1, NAME2, … as fast as they are answered, until one is not. Says "made 1." and so on.
std::vector<std::string> MakingJobs(const std::string& url, const std::string& name) {
  return {
      "/bin/sh", "-c",
      "i=1; while curl -fsS -o /dev/null -X PUT -d '{\"targets\":[\"arn:aws:iot:us-east-1:0:thing/pi-1\"],"
      "\"document\":\"{}\"}' " +
          url + "/jobs/" + name + "$i; do echo made $i.; i=$((i + 1)); done"};
}

// The jobs that it said it made are there, each with its execution. The number of the last one.
int CheckMade(const std::string& url, const std::string& name, const std::string& said) {
  int made = 0;
  while (said.find("made " + std::to_string(made + 1) + ".") != std::string::npos) {
    ++made;
    const json there = Get(url + "/things/pi-1/jobs/" + name + std::to_string(made));
    REQUIRE_MESSAGE(there.contains("execution"), there.dump());
    CHECK(there["execution"]["status"] == "QUEUED");
  }
  return made;
}

bool IsThere(const std::string& url, const std::string& job_id) {
  return Get(url + "/jobs/" + job_id).contains("job");
}

class Bench {
 public:
  explicit Bench(const std::string& store) : live_({"--store", store}) {}
  const LiveService& live() const { return live_; }
  std::string url() const { return live_.url(); }

  void CreateThing() const { CHECK(Send("POST", url() + "/things/pi-1")["thingName"] == "pi-1"); }
  void CreateJob(const std::string& id, const json& more = json::object()) const {
    json body = {{"targets", {"arn:aws:iot:us-east-1:000000000000:thing/pi-1"}},
                 {"document", json{{"job", id}}.dump()}};
    body.update(more);
    CHECK(Send("PUT", url() + "/jobs/" + id, body.dump())["jobId"] == id);
  }
  json Execution(const std::string& job_id) const {
    return Get(url() + "/things/pi-1/jobs/" + job_id)["execution"];
  }

  void Kill() {
    live_.drydock().Signal(SIGKILL);
    live_.drydock().Wait();
  }
  void Start() { live_.StartDrydock(0); }

 private:
  LiveService live_;
};

TEST_CASE("killed in the middle of work: every job that was answered is there again, at most one more") {
  TemporaryFolder folder;
  Bench bench(folder.File("store"));
  bench.CreateThing();
  for (const std::string name : {"first-life-", "second-life-"}) {
    Program making(MakingJobs(bench.url(), name));
    REQUIRE(making.Says("made 12."));
    bench.Kill();
    making.Wait();
    bench.Start();
    const int made = CheckMade(bench.url(), name, making.output());
    CHECK(made >= 12);
    CHECK_FALSE(IsThere(bench.url(), name + std::to_string(made + 2)));
  }
}

TEST_CASE("killed while timers run: they go on, and what ran out meanwhile is told to who stayed connected") {
  TemporaryFolder folder;
  Bench bench(folder.File("store"));
  Program device(
      bench.live().MosquittoClient("/usr/bin/mosquitto_sub", {"-v", "-d", "-t", "$aws/things/pi-1/jobs/#"}));
  REQUIRE(device.Says("Subscribed"));
  bench.CreateThing();
  bench.CreateJob("gone");
  bench.CreateJob("runs", {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 20}}}});
  // Ten minutes ago by the clock of the next life: five minutes over for the one, ten left for the other.
  Send("POST", bench.url() + "/drydock/clock", R"({"offset_ms":-600000})");
  bench.live().Publish("start-next", R"({"statusDetails":{"step":"1/3"},"stepTimeoutInMinutes":5})");
  bench.live().Publish("runs/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"1/2"}})");
  REQUIRE(device.Says("jobs/runs/update/accepted "));
  REQUIRE(device.output().find(R"("jobDocument":{"job":"runs"})") == std::string::npos);

  bench.Kill();
  bench.Start();
  REQUIRE(device.Says(R"("jobDocument":{"job":"runs"})"));  // notify-next: it is the head now
  const json gone = bench.Execution("gone");
  CHECK(gone["status"] == "TIMED_OUT");
  CHECK(gone["versionNumber"] == 3);
  CHECK(gone["statusDetails"]["detailsMap"]["step"] == "1/3");
  const json runs = bench.Execution("runs");
  CHECK(runs["status"] == "IN_PROGRESS");
  CHECK(runs["statusDetails"]["detailsMap"]["step"] == "1/2");
  CHECK(runs["approximateSecondsBeforeTimedOut"] > 300);
  CHECK(runs["approximateSecondsBeforeTimedOut"] <= 600);
  bench.live().Publish("gone/update", R"({"status":"SUCCEEDED","expectedVersion":2})");
  REQUIRE(device.Says("jobs/gone/update/rejected "));
  CHECK(device.Says(R"("executionState":{"status":"TIMED_OUT")"));
}

TEST_CASE("a store that cannot be written any more: drydock ends, and what it answered before is kept") {
  LiveService live;  // for its broker
  TemporaryFolder folder;
  const std::string serve =
      std::string(DRYDOCK) + " serve --broker " + live.broker_address() + " --store " + folder.File("store");
  const auto url_of = [](const Program& drydock) {
    const json ready = json::parse(drydock.output().substr(drydock.output().rfind("{\"http\"")));
    return "http://127.0.0.1:" + std::to_string(ready["http"].get<int>());
  };
  // No file may grow beyond 100 KiB: the same to a program as a full disk.
  Program full({"/bin/sh", "-c", "ulimit -f 200; trap '' XFSZ; exec " + serve});
  REQUIRE(full.Says("}\n"));
  REQUIRE(Send("POST", url_of(full) + "/things/pi-1").contains("thingName"));
  Program making(MakingJobs(url_of(full), "job-"));
  making.Wait();
  CHECK(making.output().find("503") != std::string::npos);
  CHECK(full.Wait() == 1);
  CHECK(full.output().find("cannot write the store " + folder.File("store")) != std::string::npos);

  Program again({"/bin/sh", "-c", "exec " + serve});
  REQUIRE(again.Says("}\n"));
  const int made = CheckMade(url_of(again), "job-", making.output());
  CHECK(made > 0);
  CHECK_FALSE(IsThere(url_of(again), "job-" + std::to_string(made + 1)));
}

TEST_CASE("without a store, in memory: nothing is left") {
  Bench bench(":memory:");
  bench.CreateThing();
  bench.Kill();
  bench.Start();
  CHECK(Get(bench.url() + "/things")["things"].empty());
}

}  // namespace
}  // namespace kedge::drydock
