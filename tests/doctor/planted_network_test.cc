// What can be wrong between a device and its service, against a real broker with the rules of AWS's sample
// policy and drydock behind it; and that a kedge-link which is connected is left in peace.
#include <doctest/doctest.h>
#include <netdb.h>
#include <unistd.h>

#include <fstream>

#include "doctor/checks.h"
#include "doctor/scene.h"
#include "link/mosquitto.h"
#include "rig/files.h"
#include "rig/rig.h"
#include "setup_command/bench.h"

namespace kedge::doctor_test {
namespace {

using setup_test::Bench;

// One for all faults, each of which is taken away again.
Bench& TheBench() {
  static Bench bench;
  return bench;
}

Place At(const Bench& bench) {
  return {bench.port(), bench.Broker("ca.pem"), bench.Broker("things/pi-1.pem"),
          bench.Broker("things/pi-1.key")};
}

// A device whose kedge-link is not connected, so that everything is tried.
struct Unconnected : Scene {
  Unconnected() : Scene(At(TheBench())) { state.link_up = false; }
};

// What the administrator of the broker says to it.
void Administer(const Words& words) {
  const Bench& bench = TheBench();
  Words argv = {"/usr/bin/mosquitto_ctrl",
                "-h",
                "localhost",
                "-p",
                std::to_string(bench.port()),
                "--cafile",
                bench.Broker("ca.pem"),
                "--cert",
                bench.Broker("admin.pem"),
                "--key",
                bench.Broker("admin.key"),
                "dynsec"};
  argv.insert(argv.end(), words.begin(), words.end());
  const rig::Finished finished = rig::Run(argv, bench.Folder("scratch"));
  INFO((finished.out + finished.err));
  REQUIRE(finished.status == 0);
}

// The policy without one topic, as long as this is there.
class Lacking {
 public:
  Lacking(const std::string& kind, const std::string& topic) : kind_(kind), topic_(topic) {
    Administer({"removeRoleACL", "thing:pi-1", kind, topic});
  }
  ~Lacking() { Administer({"addRoleACL", "thing:pi-1", kind_, topic_, "allow", "0"}); }
  Lacking(const Lacking&) = delete;
  Lacking& operator=(const Lacking&) = delete;

 private:
  const std::string kind_, topic_;
};

const std::set<std::string> kFromTls = {"tls", "broker", "policy", "jobs", "link"};

TEST_CASE("everything up to the service's answer is tried while kedge-link is not connected") {
  Unconnected scene;
  const json report = scene.Look();
  INFO(report.dump(1));
  // The one thing that is left: that it is not connected, though it could be.
  CHECK(NotOk(report) == std::set<std::string>{"link"});
  CHECK(Skipped(report).empty());
}

TEST_CASE("a name that does not resolve") {
  Unconnected scene;
  scene.Configure("broker: {endpoint: broker.invalid}");
  // Whoever runs this may have no name server at all.
  addrinfo* none = nullptr;
  const bool is_served = getaddrinfo("broker.invalid", nullptr, nullptr, &none) != EAI_AGAIN;
  FindsOnly(scene, "dns", "problem", "the address of broker.invalid cannot be found",
            is_served ? "sudo kedge setup --endpoint NAME" : "cat /etc/resolv.conf",
            {"tcp", "tls", "broker", "policy", "jobs", "link"});
}

TEST_CASE("a port that is closed") {
  Unconnected scene;
  scene.Configure("broker: {port: " + std::to_string(rig::FreePort()) + "}");
  FindsOnly(scene, "tcp", "problem", "Connection refused", "443", kFromTls);
}

TEST_CASE("a broker whose CA is unknown") {
  Unconnected scene;
  const link::TestCa other("Another CA");
  other.WriteCertificate(scene.Folder("etc/ca.pem"));
  FindsOnly(scene, "tls", "problem", "does not vouch for the certificate", "--ca", kFromTls);
}

TEST_CASE("a broker whose certificate is for another name") {
  const link::Mosquitto other("broker.example");
  Unconnected scene;
  rig::WriteFile(scene.Folder("etc/ca.pem"), rig::ReadIfThere(other.folder / "ca.pem"));
  scene.Configure("broker: {port: " + std::to_string(other.port()) + "}");
  FindsOnly(scene, "tls", "problem", "is not for localhost", "--endpoint", kFromTls);
}

TEST_CASE("a certificate that the broker does not take") {
  Unconnected scene;
  const link::TestCa other("Another CA");
  other.Issue("pi-1", "", scene.Folder("etc/certificate.pem"), scene.Folder("etc/private.key"));
  scene.Own("etc/private.key", 0400);
  FindsOnly(scene, "tls", "problem", "the broker refuses the certificate",
            "aws iot update-certificate --new-status ACTIVE", kFromTls);
}

TEST_CASE("a policy that does not allow the client id") {
  link::Mosquitto picky;
  std::ofstream(picky.folder / "mosquitto.conf", std::ios::app) << "clientid_prefixes other-\n";
  picky.Kill();
  picky.Start();
  Scene scene(
      Place{picky.port(), picky.folder / "ca.pem", picky.folder / "thing.pem", picky.folder / "thing.key"});
  scene.state.link_up = false;
  const json line = FindsOnly(scene, "broker", "problem", "the broker refuses the connection: Not authorized",
                              "aws iot create-policy-version", {"policy", "jobs", "link"});
  CHECK(Has(line["advice"], "iot:Connect for client/pi-1"));
}

TEST_CASE("a policy that refuses one subscription") {
  const Lacking topic("subscribePattern", "kedge/things/pi-1/cancel");
  Unconnected scene;
  const json line =
      FindsOnly(scene, "policy", "problem", "refuses the subscription to kedge/things/pi-1/cancel",
                "aws iot create-policy-version", {"jobs", "link"});
  CHECK(Has(line["advice"], "iot:Subscribe on topicfilter/kedge/things/pi-1/cancel"));
}

TEST_CASE("a policy that refuses what the device publishes") {
  const Lacking topic("publishClientSend", "kedge/things/pi-1/state");
  Unconnected scene;
  const json line = FindsOnly(scene, "policy", "problem", "kedge/things/pi-1/state",
                              "aws iot create-policy-version", {"jobs", "link"});
  CHECK(Has(line["advice"], "iot:Publish and iot:RetainPublish on topic/kedge/things/pi-1/state"));
}

TEST_CASE("a service that keeps silent") {
  TheBench().drydock().Kill();
  Unconnected scene;
  scene.Configure("service: {reply_timeout: 500ms}");
  FindsOnly(scene, "jobs", "problem", "did not answer the first query",
            "aws iot describe-thing --thing-name pi-1", {"link"});
  TheBench().drydock().Start();
}

TEST_CASE("a thing that the service does not know") {
  const Bench& bench = TheBench();  // which has a certificate for pi-2, and no such thing
  Scene scene(Place{bench.port(), bench.Broker("ca.pem"), bench.Broker("things/pi-2.pem"),
                    bench.Broker("things/pi-2.key")});
  scene.thing = "pi-2";
  scene.Configure("");
  scene.state.link_up = false;
  FindsOnly(scene, "jobs", "problem", "thing 'pi-2' does not exist", "aws iot create-thing --thing-name pi-2",
            {"link"});
}

TEST_CASE("a wrong file does not keep the network from being looked at") {
  Unconnected scene;
  scene.Own("etc/private.key", 0444);
  FindsOnly(scene, "key", "problem", "can be read by other users", "sudo chmod 440", kFromTls);
  CHECK(LineOf(scene.Look(), "tcp").is_null());
}

TEST_CASE("a healthy device with its agent and its link: all ok, and the link stays as it was") {
  rig::Rig rig;
  Scene scene(Place{rig.broker_port(), rig.Folder("pki/ca.pem"), rig.certificate(), rig.key()});
  scene.io.status = [&rig](const std::string&) -> Result<std::string> {
    return rig.KedgeJson({"status"}).dump();
  };
  for (const Words& words : {Words{}, Words{"--client-id", "the-doctor"}}) {
    json report = scene.Look(words);
    INFO(report.dump(1));
    std::set<std::string> not_ok = NotOk(report);
    not_ok.erase("cgroups");  // of the machine that the test runs on
    CHECK(not_ok.empty());
    CHECK(Skipped(report) == (words.empty() ? std::set<std::string>{"jobs"} : std::set<std::string>{}));
  }
  CHECK_FALSE(rig.link().Said("lost"));
  CHECK_FALSE(rig.link().Said("taken over"));
  CHECK(rig.KedgeJson({"status"})["link"] == "up");
  rig.RunsAJob("afterwards");
}

// The last one of the run.
TEST_CASE("for each check there is a fault that it finds") {
  const std::vector<std::string> ids = doctor::AllIds();
  CHECK(ChecksThatFound() == std::set<std::string>(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace kedge::doctor_test
