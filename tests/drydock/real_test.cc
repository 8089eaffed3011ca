// Drydock with real programs only: mosquitto as the broker, its clients as the device, Debian's aws as the
// operator.

#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "live_service.h"
#include "program.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

constexpr const char* kReady = "{\"http\":";

class Bench {
 public:
  // `more`: further options of drydock serve.
  explicit Bench(std::vector<std::string> more = {}) : live_(std::move(more)) {}

  // Runs the CLI; its output is in `said` afterwards.
  int Aws(std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/aws", "--endpoint-url", live_.url()});
    Program aws(words, {"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y", "AWS_DEFAULT_REGION=us-east-1",
                        "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true",
                        "HOME=" + live_.File("")});
    const int status = aws.Wait();
    said = aws.output();
    return status;
  }
  json Said() const { return json::parse(said); }
  bool Says(const std::string& text) const { return said.find(text) != std::string::npos; }

  const LiveService& live() const { return live_; }
  std::string Broker() const { return live_.broker_address(); }
  // Of drydock, as `drydock watch` takes it.
  std::string Address() const { return live_.http_address(); }
  bool BrokerSays(const std::string& text) { return live_.broker().Says(text); }
  bool DrydockSays(const std::string& text) { return live_.drydock().Says(text); }
  int EndDrydock() {
    live_.drydock().Signal(SIGTERM);
    return live_.drydock().Wait(std::chrono::seconds(20));
  }
  std::string History() const {
    std::ifstream file(live_.File("history"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string said;

 private:
  LiveService live_;
};

TEST_CASE("the aws command line drives a job through its life, and a device on the broker sees it") {
  Bench bench;
  Program device(
      bench.live().MosquittoClient("/usr/bin/mosquitto_sub", {"-v", "-d", "-t", "$aws/things/pi-1/jobs/#"}));
  REQUIRE(device.Says("Subscribed"));

  REQUIRE(bench.Aws({"iot", "create-thing", "--thing-name", "pi-1"}) == 0);
  CHECK(bench.Said()["thingArn"] == "arn:aws:iot:us-east-1:000000000000:thing/pi-1");
  REQUIRE(bench.Aws({"iot", "create-job", "--job-id", "j1", "--targets",
                     "arn:aws:iot:us-east-1:000000000000:thing/pi-1", "--document",
                     R"({"version":"1.0","steps":[]})", "--timeout-config",
                     "inProgressTimeoutInMinutes=10"}) == 0);
  CHECK(bench.Said()["jobId"] == "j1");
  REQUIRE(device.Says(R"("jobDocument":{"version":"1.0","steps":[]}})"));

  bench.live().Publish("$next/get", R"({"clientToken":"t1"})");
  REQUIRE(device.Says("jobs/$next/get/accepted {"));
  bench.live().Publish("j1/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"1/2"}})");
  REQUIRE(device.Says("jobs/j1/update/accepted {"));

  CHECK(bench.Aws({"iot", "describe-job-execution", "--job-id", "j1", "--thing-name", "pi-1"}) == 0);
  CHECK(bench.Said()["execution"]["status"] == "IN_PROGRESS");
  CHECK(bench.Said()["execution"]["statusDetails"]["detailsMap"]["step"] == "1/2");
  CHECK(bench.Said()["execution"]["versionNumber"] == 2);
  CHECK(bench.Said()["execution"]["approximateSecondsBeforeTimedOut"] <= 600);

  const std::vector<std::string> cancel = {"iot", "cancel-job-execution", "--job-id",
                                           "j1",  "--thing-name",         "pi-1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), cancel.begin(), cancel.end());
    return more;
  };
  CHECK(bench.Aws(with({"--no-force"})) == 254);
  CHECK(bench.Says("(InvalidStateTransitionException) when calling the CancelJobExecution operation"));
  CHECK(bench.Aws(with({"--force", "--expected-version", "7"})) == 254);
  CHECK(bench.Says("(VersionConflictException)"));
  CHECK(bench.Aws(with({"--force", "--expected-version", "2", "--status-details", "reason=maintenance"})) ==
        0);
  CHECK(bench.said.empty());
  REQUIRE(device.Says(R"("jobs":{}})"));
  CHECK(bench.Aws(with({"--force"})) == 254);

  bench.live().Publish("j1/update", R"({"status":"SUCCEEDED"})");
  REQUIRE(device.Says(R"(jobs/j1/update/rejected {"code":"InvalidStateTransition")"));
  CHECK(device.Says(R"("statusDetails":{"reason":"maintenance"})"));

  CHECK(bench.Aws({"iot-jobs-data", "get-pending-job-executions", "--thing-name", "pi-1"}) == 0);
  CHECK(bench.Said() == R"({"inProgressJobs":[],"queuedJobs":[]})"_json);
  CHECK(bench.Aws({"iot-jobs-data", "describe-job-execution", "--job-id", "j1", "--thing-name", "pi-1"}) ==
        254);
  CHECK(bench.Says("(TerminalStateException)"));
  CHECK(bench.Aws({"iot", "list-job-executions-for-thing", "--thing-name", "pi-1", "--status", "CANCELED"}) ==
        0);
  CHECK(bench.Said()["executionSummaries"][0]["jobId"] == "j1");
  CHECK(bench.Aws({"iot", "describe-job", "--job-id", "j1"}) == 0);
  CHECK(bench.Said()["job"]["status"] == "COMPLETED");
  CHECK(bench.Aws({"iot", "delete-job", "--job-id", "j1"}) == 0);
  CHECK(bench.Aws({"iot", "describe-job", "--job-id", "j1"}) == 254);
  CHECK(bench.Says("(ResourceNotFoundException)"));

  CHECK(bench.EndDrydock() == 0);
  CHECK(bench.History().find(R"("topic":"$aws/things/pi-1/jobs/j1/update")") != std::string::npos);
}

TEST_CASE("drydock watch prints what happens as it happens, and neither it nor drydock hangs at the end") {
  Bench bench;
  REQUIRE(bench.Aws({"iot", "create-thing", "--thing-name", "pi-1"}) == 0);
  REQUIRE(bench.Aws({"iot", "create-job", "--job-id", "j1", "--targets",
                     "arn:aws:iot:us-east-1:000000000000:thing/pi-1", "--document", "{}"}) == 0);
  Program watch({DRYDOCK, "watch", "--http", bench.Address(), "--thing", "pi-1"});
  REQUIRE(watch.Says("watching " + bench.Address()));
  bench.live().Publish("j1/update", R"({"status":"IN_PROGRESS","statusDetails":{"step":"1/2"}})");
  CHECK(watch.Says(R"(  pi-1          -->      update j1 IN_PROGRESS v2 accepted  {"step":"1/2"})"
                   "\n"));
  CHECK(watch.output().find("CreateJob") == std::string::npos);  // was before

  Program lines({DRYDOCK, "watch", "--http", bench.Address(), "--since", "start", "--json"});
  REQUIRE(lines.Says(R"("decided":"accepted")"));
  const auto start = lines.output().find('{');
  const json first = json::parse(lines.output().substr(start, lines.output().find('\n', start) - start));
  CHECK(first["kind"] == "start");
  CHECK(first["n"] == 1);
  CHECK(first["seed"] == 1);

  CHECK(bench.EndDrydock() == 0);  // while both wait for news
  CHECK(watch.Says("does not answer"));
  watch.Signal(SIGINT);
  CHECK(watch.Wait() == 0);
  lines.Signal(SIGTERM);
  CHECK(lines.Wait() == 0);
}

TEST_CASE(
    "disconnect cuts a real client's connection after the message, and a wrong rule ends drydock at once") {
  Bench bench({"--fault", R"({"on":"reply","do":"disconnect","operation":"update","count":1})"});
  Program device(bench.live().MosquittoClient("/usr/bin/mosquitto_sub",
                                              {"-i", "pi-1", "-v", "-d", "-t", "$aws/things/pi-1/jobs/#"}));
  REQUIRE(device.Says("Subscribed (mid: 1)"));
  REQUIRE(bench.Aws({"iot", "create-thing", "--thing-name", "pi-1"}) == 0);
  bench.live().Publish("j1/update", R"({"status":"IN_PROGRESS"})");
  REQUIRE(bench.BrokerSays("Client pi-1 already connected, closing old connection"));
  constexpr const char* kBack = "Subscribed (mid: 2)";
  REQUIRE(device.Says(kBack));
  CHECK(device.output().find("j1/update/rejected {") < device.output().find(kBack));

  Program wrong({DRYDOCK, "serve", "--broker", "127.0.0.1:1", "--fault", R"({"on":"reply","do":"melt"})"});
  CHECK(wrong.Wait() == 2);
  CHECK(wrong.output().find("'do' must be drop") != std::string::npos);
}

TEST_CASE("a message too large for the broker costs drydock its connection, but it comes back") {
  Bench bench;
  Program device(bench.live().MosquittoClient("/usr/bin/mosquitto_sub",
                                              {"-v", "-d", "-t", "$aws/things/pi-1/jobs/get/+"}));
  REQUIRE(device.Says("Subscribed"));
  REQUIRE(bench.Aws({"iot", "create-thing", "--thing-name", "pi-1"}) == 0);

  TemporaryFolder folder;
  std::ofstream(folder.File("large.json")) << '"' << std::string(200'000, 'x') << '"';
  Program large({"/usr/bin/curl", "-s", "-T", folder.File("large.json"),
                 "http://" + bench.Address() + "/drydock/jobs/large?thing=pi-1"});
  REQUIRE(large.Wait() == 0);
  REQUIRE(large.output() == R"({"jobId":"large"})");
  REQUIRE(bench.DrydockSays("the broker closes the connection (Packet too large)"));

  // Until it is back nobody hears a request, so it is made again, as a device would.
  bool answered = false;
  for (int i = 0; i < 20 && !answered; ++i) {
    bench.live().Publish("get", "");
    answered = device.Says("jobs/get/accepted {", std::chrono::seconds(1));
  }
  CHECK(answered);
}

TEST_CASE("a request that the broker retains is not made again when drydock comes back") {
  Bench bench;
  REQUIRE(bench.Aws({"iot", "create-thing", "--thing-name", "pi-1"}) == 0);
  Program retained(bench.live().MosquittoClient("/usr/bin/mosquitto_pub",
                                                {"-r", "-t", "$aws/things/pi-1/jobs/get", "-m", "{}"}));
  REQUIRE(retained.Wait() == 0);

  Program next({DRYDOCK, "serve", "--broker", bench.Broker()});
  REQUIRE(next.Says(kReady));
  bench.live().Publish("start-next", "");
  const auto port = next.output().substr(next.output().find(kReady) + std::string(kReady).size());
  Program watch({DRYDOCK, "watch", "--http", std::to_string(std::stoi(port)), "--since", "start"});
  REQUIRE(watch.Says("-->      start-next"));
  CHECK(watch.output().find("-->      get") == std::string::npos);
}

TEST_CASE("a certificate that cannot be read ends drydock serve at once") {
  Program wrong({DRYDOCK, "serve", "--broker", "127.0.0.1:1", "--ca", "/nonexistent/ca.pem"});
  CHECK(wrong.Wait() == 1);
  CHECK(wrong.output().find("cannot read /nonexistent/ca.pem") != std::string::npos);
}

TEST_CASE("without a broker drydock says so, tries on, and still ends when told") {
  Program drydock({DRYDOCK, "serve", "--broker", "127.0.0.1:" + std::to_string(FreePort())});
  CHECK(drydock.Says("cannot serve at the broker"));
  drydock.Signal(SIGINT);
  CHECK(drydock.Wait(std::chrono::seconds(20)) == 0);
  CHECK(drydock.output().find(kReady) == std::string::npos);
}

// A CA and one certificate for "localhost" that it signed, for broker and drydock both.
void MakeCertificates(const TemporaryFolder& folder) {
  const auto openssl = [](std::vector<std::string> words) {
    words.insert(words.begin(), "/usr/bin/openssl");
    Program program(words);
    REQUIRE_MESSAGE(program.Wait() == 0, program.output());
  };
  const auto key = [&](const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> words = {"req",
                                      "-x509",
                                      "-newkey",
                                      "ec",
                                      "-pkeyopt",
                                      "ec_paramgen_curve:prime256v1",
                                      "-nodes",
                                      "-days",
                                      "2",
                                      "-keyout",
                                      folder.File(name + ".key"),
                                      "-out",
                                      folder.File(name + ".pem")};
    words.insert(words.end(), more.begin(), more.end());
    openssl(words);
  };
  key("ca", {"-subj", "/CN=test CA"});
  key("peer", {"-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext",
               "basicConstraints=CA:false", "-CA", folder.File("ca.pem"), "-CAkey", folder.File("ca.key")});
}

TEST_CASE(
    "mutual TLS: served and cut off with a certificate, refused without, served once the broker is back") {
  TemporaryFolder folder;
  MakeCertificates(folder);
  const int port = FreePort();
  std::ofstream(folder.File("broker.conf"))
      << "listener " << port << " 127.0.0.1\nuser root\nrequire_certificate true\n"
      << "use_identity_as_username true\ncafile " << folder.File("ca.pem") << "\ncertfile "
      << folder.File("peer.pem") << "\nkeyfile " << folder.File("peer.key") << "\n";
  const std::vector<std::string> broker_words = {"/usr/sbin/mosquitto", "-c", folder.File("broker.conf")};
  const std::vector<std::string> plain = {
      DRYDOCK, "serve", "--broker", "localhost:" + std::to_string(port), "--ca", folder.File("ca.pem")};
  std::vector<std::string> mutual = plain;
  mutual.insert(mutual.end(), {"--cert", folder.File("peer.pem"), "--key", folder.File("peer.key"), "--fault",
                               R"({"on":"request","do":"disconnect","operation":"update"})"});

  std::optional<Program> broker(std::in_place, broker_words);
  Program served(mutual);
  REQUIRE(served.Says(kReady));

  const auto client = [&](const std::string& program, std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/stdbuf", "-oL", program, "-h", "localhost", "-p",
                                 std::to_string(port), "--cafile", folder.File("ca.pem"), "--cert",
                                 folder.File("peer.pem"), "--key", folder.File("peer.key"), "-q", "1"});
    return words;
  };
  Program device(client("/usr/bin/mosquitto_sub", {"-i", "pi-1", "-d", "-t", "$aws/things/pi-1/jobs/#"}));
  REQUIRE(device.Says("Subscribed (mid: 1)"));
  Program update(client("/usr/bin/mosquitto_pub", {"-t", "$aws/things/pi-1/jobs/j1/update", "-m", "{}"}));
  CHECK(update.Wait() == 0);
  CHECK(device.Says("Subscribed (mid: 2)"));  // its connection was cut

  Program refused(plain);
  CHECK(refused.Says("cannot serve at the broker ssl://localhost"));
  CHECK(refused.output().find(kReady) == std::string::npos);

  broker.reset();
  REQUIRE(served.Says("connection to the broker is lost"));
  CHECK(served.output().find("cannot cut") == std::string::npos);
  broker.emplace(broker_words);
  CHECK(broker->Says("u'localhost'"));  // its log: connected again, by the certificate's name
}

}  // namespace
}  // namespace kedge::drydock
