// Broker against a real mosquitto with mutual TLS.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "link/link_testing.h"
#include "link/mosquitto.h"
#include "link/wall_clock.h"

namespace kedge::link {
namespace {

using Version = BrokerConfig::Version;

const std::vector<std::string> kFilters = {"$aws/things/thing-1/jobs/+/get/+", "kedge/test"};

// One Broker and what it said.
struct Client {
  sys::EventLoop loop;
  Heard heard;
  std::optional<Broker> broker;

  explicit Client(const BrokerConfig& config) {
    broker.emplace(loop, config, heard.ForBroker());
    broker->Start(kFilters);
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop, done); }
  bool ComesUp(int times = 1) {
    return Until([&] { return heard.ups >= times; });
  }
  // The reason that holds `part`.
  bool Says(const std::string& part) {
    const bool said = Until([&] { return Has(heard.last_down, part); });
    CHECK_MESSAGE(said, "the last reason is: ", heard.last_down);
    return said;
  }
};

void Copy(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("a thousand messages go both ways in order, over TLS, in either version") {
  Mosquitto mosquitto;
  for (const Version version : {Version::kV311, Version::kV5, Version::kAuto}) {
    CAPTURE(static_cast<int>(version));
    Client client(mosquitto.Config(version));
    REQUIRE(client.ComesUp());
    CHECK(client.heard.LogHas(version == Version::kV311 ? "MQTT 3.1.1" : "MQTT 5"));
    for (int i = 0; i < 1000; ++i) client.broker->Publish(i + 1, "kedge/test", std::to_string(i), false);
    REQUIRE(
        client.Until([&] { return client.heard.messages.size() == 1000 && client.heard.published == 1000; }));
    bool in_order = true;
    for (int i = 0; i < 1000; ++i)
      in_order = in_order && client.heard.messages[static_cast<size_t>(i)].second == std::to_string(i);
    CHECK(in_order);
    CHECK(client.heard.downs == 0);
  }
}

TEST_CASE("a broker that dies is noticed, and found again when it is back, with every subscription") {
  Mosquitto mosquitto;
  for (const Version version : {Version::kV311, Version::kV5}) {
    Client client(mosquitto.Config(version));
    REQUIRE(client.ComesUp());
    mosquitto.Kill();
    REQUIRE(client.Says("was lost"));
    REQUIRE(client.Says("Connection refused"));
    mosquitto.Start();
    REQUIRE(client.ComesUp(2));
    client.broker->Publish(1, "kedge/test", "again", false);
    CHECK(client.Until([&] { return !client.heard.messages.empty(); }));
  }
}

TEST_CASE("it reconnects after the wall clock was set back a day while the broker was away") {
  Mosquitto mosquitto;
  std::optional<WallClockAhead> ahead(std::in_place, std::chrono::hours(24));
  timespec before{}, after{};
  Client client(mosquitto.Config(Version::kV5));
  REQUIRE(client.ComesUp());
  mosquitto.Kill();
  REQUIRE(client.Says("Connection refused"));
  clock_gettime(CLOCK_REALTIME, &before);
  ahead.reset();
  clock_gettime(CLOCK_REALTIME, &after);
  REQUIRE(before.tv_sec - after.tv_sec > 80000);  // the test's own clock did step
  mosquitto.Start();
  REQUIRE(client.ComesUp(2));

  // The step while connected: Paho's sender already sleeps until tomorrow.
  ahead.emplace(std::chrono::hours(24));
  client.broker->Publish(1, "kedge/test", "wakes the sender, which goes to sleep again", false);
  REQUIRE(client.Until([&] { return client.heard.published == 1; }));
  ahead.reset();
  client.broker->Publish(2, "kedge/test", "sent at once all the same", false);
  REQUIRE(client.Until([&] { return client.heard.published == 2; }));
  mosquitto.Kill();
  REQUIRE(client.Says("Connection refused"));
  mosquitto.Start();
  CHECK(client.ComesUp(3));
}

TEST_CASE("a frozen broker is noticed by the keep-alive, and found again when it thaws") {
  Mosquitto mosquitto;
  BrokerConfig config = mosquitto.Config(Version::kV5);
  config.keep_alive = std::chrono::seconds(1);
  config.connect_timeout = std::chrono::milliseconds(500);
  Client client(config);
  REQUIRE(client.ComesUp());
  mosquitto.Freeze();
  REQUIRE(client.Says("no answer to the keep-alive of 1 s"));
  REQUIRE(client.Says("no answer to the TLS handshake"));
  mosquitto.Thaw();
  CHECK(client.ComesUp(2));
}

TEST_CASE(
    "each thing that can be wrong with the credentials is named with its path, and cured by the right file") {
  Mosquitto mosquitto;
  const TempFolder& folder = mosquitto.folder;
  BrokerConfig config = mosquitto.Config(Version::kV5);
  config.ca_file = folder / "my-ca.pem";
  config.certificate_file = folder / "my.pem";
  config.key_file = folder / "my.key";
  Client client(config);

  REQUIRE(client.Says(config.ca_file + ": No such file"));
  std::ofstream(config.ca_file) << "not a certificate\n";
  REQUIRE(client.Says(config.ca_file + " holds no certificate in PEM form"));
  Copy(folder / "ca.pem", config.ca_file);
  REQUIRE(client.Says(config.certificate_file + ": No such file"));
  mosquitto.ca().Issue("thing-1", "", config.certificate_file, folder / "unused.key",
                       {"20200101000000Z", "20210203040506Z"});
  REQUIRE(client.Says(config.certificate_file + " expired on Feb  3 04:05:06 2021 GMT"));
  mosquitto.ca().Issue("thing-1", "", config.certificate_file, folder / "unused.key",
                       {"20480101000000Z", "20490101000000Z"});
  REQUIRE(client.Says(config.certificate_file + " is not valid before Jan  1 00:00:00 2048 GMT"));
  Copy(folder / "thing.pem", config.certificate_file);
  REQUIRE(client.Says(config.key_file + ": No such file"));
  std::ofstream(config.key_file) << "-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n";
  REQUIRE(client.Says(config.key_file + " holds no key in PEM form"));
  Copy(folder / "broker.key", config.key_file);
  REQUIRE(client.Says(config.key_file + " does not belong to the certificate " + config.certificate_file));
  CHECK(client.heard.ups == 0);
  Copy(folder / "thing.key", config.key_file);
  CHECK(client.ComesUp());
  for (const auto& line : client.heard.log) CHECK(client.heard.LogCount(line) == 1);  // each reason once
}

TEST_CASE("a key file that may not be read is named") {
  Mosquitto mosquitto;
  const BrokerConfig config = mosquitto.Config(Version::kV5);
  REQUIRE(chmod(config.key_file.c_str(), 0) == 0);
  REQUIRE(chmod(mosquitto.folder.path().c_str(), 0755) == 0);
  // Root may read everything, so the test is somebody else for a while.
  const bool root = geteuid() == 0;
  if (root) REQUIRE(seteuid(65534) == 0);
  {
    Client client(config);
    CHECK(client.Says(config.key_file + ": Permission denied"));
    if (root) REQUIRE(seteuid(0) == 0);
    REQUIRE(chmod(config.key_file.c_str(), 0600) == 0);
    CHECK(client.ComesUp());
  }
}

TEST_CASE("a CA that does not vouch for the broker is named, and so is a certificate for another host") {
  Mosquitto mosquitto("broker.example");
  BrokerConfig config = mosquitto.Config(Version::kV5);
  const TestCa other("Another CA");
  other.WriteCertificate(mosquitto.folder / "other-ca.pem");
  {
    BrokerConfig wrong = config;
    wrong.ca_file = mosquitto.folder / "other-ca.pem";
    Client client(wrong);
    CHECK(client.Says("the CA file " + wrong.ca_file + " does not vouch for"));
    CHECK(client.heard.ups == 0);
  }
  {
    Client client(config);
    CHECK(client.Says("is not for localhost"));
    CHECK(client.heard.ups == 0);
  }
}

TEST_CASE("a certificate that the broker refuses is named") {
  Mosquitto mosquitto;
  BrokerConfig config = mosquitto.Config(Version::kV5);
  const TestCa other("Another CA");
  config.certificate_file = mosquitto.folder / "stranger.pem";
  config.key_file = mosquitto.folder / "stranger.key";
  other.Issue("thing-1", "", config.certificate_file, config.key_file);
  Client client(config);
  CHECK(client.Says("the broker refuses the certificate " + config.certificate_file));
  CHECK(client.heard.ups == 0);
}

}  // namespace kedge::link
