// Everything that can be wrong with a new device, one thing at a time: the report names it and says what to
// do, and nothing is changed.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "link/mosquitto.h"
#include "link/test_pki.h"
#include "rig/files.h"
#include "rig/rig.h"
#include "setup_command/bench.h"

namespace kedge::setup_test {
namespace {

bool Has(const json& text, const std::string& part) {
  return text.is_string() && text.get<std::string>().find(part) != std::string::npos;
}

// The first failed check is `name`, says `text`, and says what to do.
void Fails(const Bench& bench, const Words& words, const std::string& name, const std::string& text) {
  const json report = bench.SetupJson(words);
  INFO(report.dump(1));
  CHECK(report["status"] == 1);
  CHECK(report["ok"] == false);
  const json failed = FirstFailure(report);
  REQUIRE(failed.is_object());
  CHECK(failed["check"] == name);
  CHECK(Has(failed["text"], text));
  CHECK(!failed["hint"].get<std::string>().empty());
  CHECK(report["written"].empty());
  CHECK(bench.DeviceFiles().empty());
}

TEST_CASE("a key that is not the certificate's, and files that are no PEM") {
  const Bench bench;
  Fails(bench, bench.With("--key", bench.Broker("things/pi-2.key")), "key",
        "the private key " + bench.Broker("things/pi-2.key") + " does not belong to the certificate " +
            bench.Broker("things/pi-1.pem"));
  rig::WriteFile(bench.Folder("note"), "not a certificate\n");
  Fails(bench, bench.With("--cert", bench.Folder("note")), "certificate", "holds no certificate in PEM form");
  Fails(bench, bench.With("--ca", bench.Folder("note")), "ca", "holds no certificate in PEM form");
  Fails(bench, bench.With("--key", bench.Folder("note")), "key", "holds no key in PEM form");
}

TEST_CASE("a certificate that has expired, and one that is not valid yet") {
  const Bench bench;
  const link::TestCa ca("Another CA");
  const std::string pem = bench.Folder("dated.pem");
  const std::string key = bench.Folder("dated.key");
  Words words = bench.With("--cert", pem);
  words.insert(words.end(), {"--key", key});
  ca.Issue("pi-1", "", pem, key, {"20200101000000Z", "20210101000000Z"});
  Fails(bench, words, "certificate", "expired on 2021-01-01");
  ca.Issue("pi-1", "", pem, key, {"20400101000000Z", "20410101000000Z"});
  Fails(bench, words, "certificate", "is not valid yet by the clock of this device");
}

TEST_CASE("a broker that is not there, under another name, or vouched for by another CA") {
  const Bench bench;
  Fails(bench, bench.With("--endpoint", "broker.invalid"), "address",
        "the address of broker.invalid cannot be found");
  Fails(bench, bench.With("--port", std::to_string(rig::FreePort())), "tcp", "Connection refused");
  const link::TestCa ca("Another CA");
  ca.WriteCertificate(bench.Folder("other-ca.pem"));
  Fails(bench, bench.With("--ca", bench.Folder("other-ca.pem")), "tls",
        "the CA file " + bench.Folder("other-ca.pem") + " does not vouch for the certificate");
}

TEST_CASE("a broker whose certificate is for another name") {
  const Bench bench;
  const link::Mosquitto other("broker.example");
  Words words = bench.With("--port", std::to_string(other.port()));
  words.insert(words.end(), {"--ca", other.folder / "ca.pem"});
  Fails(bench, words, "tls", "is not for localhost");
}

TEST_CASE("a certificate that the broker does not know") {
  const Bench bench;
  const link::TestCa ca("Another CA");
  ca.Issue("pi-1", "", bench.Folder("unknown.pem"), bench.Folder("unknown.key"));
  Words words = bench.With("--cert", bench.Folder("unknown.pem"));
  words.insert(words.end(), {"--key", bench.Folder("unknown.key")});
  Fails(bench, words, "tls", "the broker refuses the certificate " + bench.Folder("unknown.pem"));
}

TEST_CASE("every subscription that the policy does not allow is named") {
  const Bench bench;
  const json report = bench.SetupJson(bench.With("--thing", "pi-2"));
  size_t refused = 0;
  for (const json& check : report["checks"]) {
    if (check["check"] != "subscribe") continue;
    ++refused;
    CHECK(check["ok"] == false);
    CHECK(Has(check["text"], "refuses the subscription to "));
    CHECK(Has(check["hint"], "iot:Subscribe on topicfilter/"));
  }
  CHECK(refused == 5);
  CHECK(CheckOf(report, "query") == nullptr);
  CHECK(bench.DeviceFiles().empty());
}

TEST_CASE("a service that keeps silent") {
  Bench bench;
  bench.drydock().Kill();
  // The limit is the agent's own, from a configuration that is there.
  std::filesystem::create_directory(bench.Folder("config"));
  Words words = bench.Right();
  words.insert(words.end(), {"--config", bench.Folder("config/kedge.yaml")});
  rig::WriteFile(bench.Folder("config/kedge.yaml"), "service: {reply_timeout: 500ms}\n");
  Fails(bench, words, "query", "the Jobs service did not answer the first query within 1 s");
}

TEST_CASE("a thing that does not exist") {
  const Bench bench;
  Words words = bench.With("--thing", "pi-2");
  words.insert(words.end(),
               {"--cert", bench.Broker("things/pi-2.pem"), "--key", bench.Broker("things/pi-2.key")});
  Fails(bench, words, "query", "thing 'pi-2' does not exist");
}

TEST_CASE("a key in place that others can read") {
  const Bench bench;
  chmod(bench.Broker("things/pi-1.key").c_str(), 0644);
  for (const char* folder : {"broker", "broker/things"}) chmod(bench.Folder(folder).c_str(), 0755);
  Words words = bench.Right();
  words.push_back("--in-place");
  Fails(bench, words, "key", "can be read by other users (mode 0644)");
}

TEST_CASE("a key in place that kedge-link's user cannot read" * doctest::skip(geteuid() != 0)) {
  const Bench bench;
  for (const char* folder : {"broker", "broker/things"}) chmod(bench.Folder(folder).c_str(), 0755);
  for (const char* name : {"ca.pem", "things/pi-1.pem"}) chmod(bench.Broker(name).c_str(), 0644);
  chmod(bench.Broker("things/pi-1.key").c_str(), 0400);
  Words words = bench.Right();
  words.push_back("--in-place");
  Fails(bench, words, "key", "Permission denied");
}

}  // namespace
}  // namespace kedge::setup_test
