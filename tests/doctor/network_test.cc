// What can be wrong between a device and its service, against a real broker with the rules of AWS's sample
// policy and drydock behind it; and that a kedge-link which is connected is left in peace.
#include <doctest/doctest.h>
#include <unistd.h>

#include "doctor/scene.h"
#include "link/mosquitto.h"
#include "rig/files.h"
#include "rig/rig.h"
#include "setup_command/bench.h"

namespace kedge::doctor_test {
namespace {

using setup_test::Bench;

Place At(const Bench& bench) {
  return {bench.port(), bench.Broker("ca.pem"), bench.Broker("things/pi-1.pem"),
          bench.Broker("things/pi-1.key")};
}

// A device whose kedge-link is not connected, so that everything is tried.
struct Unconnected : Scene {
  explicit Unconnected(const Bench& bench) : Scene(At(bench)) { state.link_up = false; }
};

// What the administrator of the broker does to its rules.
void Rule(const Bench& bench, const Words& words) {
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
  INFO(finished.out + finished.err);
  REQUIRE(finished.status == 0);
}

const std::set<std::string> kFromTls = {"tls", "broker", "policy", "jobs", "link"};

TEST_CASE("everything up to the service's answer is tried while kedge-link is not connected") {
  const Bench bench;
  Unconnected scene(bench);
  const json report = scene.Look();
  INFO(report.dump(1));
  // The one thing that is left: that it is not connected, though it could be.
  CHECK(NotOk(report) == std::set<std::string>{"link"});
  CHECK(Skipped(report).empty());
}

TEST_CASE("a name that does not resolve") {
  const Bench bench;
  Unconnected scene(bench);
  scene.Configure("broker: {endpoint: broker.invalid}");
  FindsOnly(scene, "dns", "problem", "the address of broker.invalid cannot be found", "describe-endpoint",
            {"tcp", "tls", "broker", "policy", "jobs", "link"});
}

TEST_CASE("a port that is closed") {
  const Bench bench;
  Unconnected scene(bench);
  scene.Configure("broker: {port: " + std::to_string(rig::FreePort()) + "}");
  FindsOnly(scene, "tcp", "problem", "Connection refused", "443", kFromTls);
}

TEST_CASE("a broker whose CA is unknown") {
  const Bench bench;
  Unconnected scene(bench);
  const link::TestCa other("Another CA");
  other.WriteCertificate(scene.Folder("etc/ca.pem"));
  FindsOnly(scene, "tls", "problem", "does not vouch for the certificate", "--ca", kFromTls);
}

TEST_CASE("a broker whose certificate is for another name") {
  const Bench bench;
  const link::Mosquitto other("broker.example");
  Unconnected scene(bench);
  rig::WriteFile(scene.Folder("etc/ca.pem"), rig::ReadIfThere(other.folder / "ca.pem"));
  scene.Configure("broker: {port: " + std::to_string(other.port()) + "}");
  FindsOnly(scene, "tls", "problem", "is not for localhost", "--endpoint", kFromTls);
}

TEST_CASE("a certificate that the broker does not take") {
  const Bench bench;
  Unconnected scene(bench);
  const link::TestCa other("Another CA");
  other.Issue("pi-1", "", scene.Folder("etc/certificate.pem"), scene.Folder("etc/private.key"));
  scene.Own("etc/private.key", 0400);
  FindsOnly(scene, "tls", "problem", "the broker refuses the certificate", "describe-certificate", kFromTls);
}

TEST_CASE("a policy that refuses one subscription") {
  const Bench bench;
  Rule(bench, {"addRoleACL", "thing:pi-1", "subscribeLiteral", "kedge/things/pi-1/cancel", "deny", "5"});
  Unconnected scene(bench);
  FindsOnly(scene, "policy", "problem", "refuses the subscription to kedge/things/pi-1/cancel",
            "iot:Subscribe on topicfilter/kedge/things/pi-1/cancel", {"jobs", "link"});
}

TEST_CASE("a policy that refuses what the device publishes") {
  const Bench bench;
  Rule(bench, {"addRoleACL", "thing:pi-1", "publishClientSend", "kedge/things/pi-1/state", "deny", "5"});
  Unconnected scene(bench);
  FindsOnly(scene, "policy", "problem", "kedge/things/pi-1/state", "iot:Publish", {"jobs", "link"});
}

TEST_CASE("a service that keeps silent") {
  Bench bench;
  bench.drydock().Kill();
  Unconnected scene(bench);
  scene.Configure("service: {reply_timeout: 500ms}");
  FindsOnly(scene, "jobs", "problem", "did not answer the first query",
            "aws iot describe-thing --thing-name pi-1", {"link"});
}

TEST_CASE("a wrong file does not keep the network from being looked at") {
  const Bench bench;
  Unconnected scene(bench);
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

}  // namespace
}  // namespace kedge::doctor_test
