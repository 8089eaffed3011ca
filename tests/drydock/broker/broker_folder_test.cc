// What `drydock broker` keeps in its folder, on a clock of the test's own.

#include "broker/broker_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "broker/broker_options.h"
#include "broker/disk.h"
#include "program.h"

namespace kedge::drydock {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;

constexpr Second kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(12);
constexpr const char* kPlugin = "/plugin.so";

using Files = std::map<std::string, std::string>;  // name, content

Files Contents(const std::string& folder, const std::string& extension = "") {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || (!extension.empty() && entry.path().extension() != extension)) continue;
    files[fs::relative(entry.path(), folder)] = **ReadIfThere(entry.path());
  }
  return files;
}

class Place {
 public:
  // What it did. Each call is a run of its own.
  std::vector<std::string> Prepare(const Bench& bench, Second now = kNow) {
    auto folder = BrokerFolder::Open(path);
    REQUIRE_MESSAGE(folder, folder.error().message);
    const auto prepared = folder->Prepare(bench, kPlugin, now);
    REQUIRE_MESSAGE(prepared, prepared.error().message);
    until = folder->until();
    things = folder->things();
    return folder->done();
  }
  CertificateFacts Certificate(const std::string& name) const {
    const auto facts = ReadCertificate(**ReadIfThere(path + "/" + name));
    REQUIRE_MESSAGE(facts, facts.error().message);
    return *facts;
  }
  std::string Conf() const { return **ReadIfThere(path + "/mosquitto.conf"); }

  TemporaryFolder parent;
  const std::string path = parent.File("bench");
  Second until;
  std::vector<std::string> things;
};

Bench With(std::vector<std::string> things) {
  Bench bench;
  bench.things = std::move(things);
  return bench;
}

unsigned Mode(const std::string& path) {
  struct stat facts {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

TEST_CASE("the first run makes everything, for its owner alone") {
  Place place;
  place.Prepare(With({"pi-1", "pi-2"}));
  CHECK(Mode(place.path) == 0700);
  for (const char* name : {"ca", "broker", "drydock", "admin", "things/pi-1", "things/pi-2"}) {
    CHECK(Mode(place.path + "/" + name + ".key") == 0600);
    const std::string certificate = **ReadIfThere(place.path + "/" + name + ".pem");
    CHECK(IsForKey(certificate, **ReadIfThere(place.path + "/" + name + ".key")));
    CHECK(IsSignedBy(certificate, **ReadIfThere(place.path + "/ca.pem")));
  }
  CHECK(place.Certificate("things/pi-2.pem").common_name == "pi-2");
  CHECK(place.Certificate("things/pi-2.pem").use == CertificateUse::kClient);
  CHECK(place.Certificate("admin.pem").common_name == "admin");
  CHECK(place.Certificate("broker.pem").use == CertificateUse::kServer);
  CHECK(place.Certificate("broker.pem").names == std::vector<std::string>{"localhost", "127.0.0.1", "::1"});
}

TEST_CASE("the CA says that it is for tests and when it was made, and everything runs out with it") {
  Place place;
  place.Prepare(With({"pi-1"}));
  const CertificateFacts authority = place.Certificate("ca.pem");
  CHECK(authority.use == CertificateUse::kAuthority);
  CHECK(authority.common_name == "drydock TEST CA, made 2026-03-01");
  CHECK(authority.from == kNow - days(1));
  CHECK(authority.until == kNow + days(30));
  place.Prepare(With({"pi-2"}), kNow + days(10));
  CHECK(place.Certificate("things/pi-2.pem").from == kNow + days(9));
  CHECK(place.Certificate("things/pi-2.pem").until == kNow + days(30));
  CHECK(place.until == kNow + days(30));
}

TEST_CASE("a second run changes nothing and says so") {
  Place place;
  CHECK_FALSE(place.Prepare(With({"pi-1"})).empty());
  const Files before = Contents(place.path);
  CHECK(place.Prepare(With({"pi-1"}), kNow + days(1)).empty());
  CHECK(place.Prepare({}, kNow + days(28)).empty());
  CHECK(Contents(place.path) == before);
}

TEST_CASE("another thing is added beside those that are there") {
  Place place;
  place.Prepare(With({"pi-1"}));
  const Files before = Contents(place.path, ".pem");
  CHECK(place.Prepare(With({"a-2"})) == std::vector<std::string>{"made things/a-2.pem, good until 2026-03-31",
                                                                 "let 'a-2' into dynamic-security.json"});
  CHECK(place.things == std::vector<std::string>{"a-2", "pi-1"});
  Files after = Contents(place.path, ".pem");
  CHECK(after.erase("things/a-2.pem") == 1);
  CHECK(after == before);
}

TEST_CASE("what runs out within a day is made again for the same key") {
  Place place;
  place.Prepare(With({"pi-1"}));
  const Files keys = Contents(place.path, ".key");
  const Files certificates = Contents(place.path, ".pem");
  const Second later = kNow + days(29) + std::chrono::seconds(1);
  CHECK(place.Prepare({}, later) ==
        std::vector<std::string>{
            "renewed ca.pem, good until 2026-04-29", "renewed broker.pem, good until 2026-04-29",
            "renewed drydock.pem, good until 2026-04-29", "renewed admin.pem, good until 2026-04-29",
            "renewed things/pi-1.pem, good until 2026-04-29"});
  CHECK(Contents(place.path, ".key") == keys);
  for (const auto& [name, certificate] : Contents(place.path, ".pem")) {
    CHECK_MESSAGE(certificate != certificates.at(name), name);
    CHECK(place.Certificate(name).until == later + days(30));
  }
  CHECK(place.Certificate("ca.pem").common_name == "drydock TEST CA, made 2026-03-01");
  CHECK(place.Prepare({}, later).empty());
}

TEST_CASE("a certificate that is lost or for another key is made again") {
  Place place;
  Place other;
  place.Prepare(With({"pi-1"}));
  other.Prepare(With({"pi-1"}));
  fs::remove(place.path + "/admin.pem");
  fs::copy_file(other.path + "/things/pi-1.pem", place.path + "/things/pi-1.pem",
                fs::copy_options::overwrite_existing);
  CHECK(place.Prepare({}) == std::vector<std::string>{"made admin.pem, good until 2026-03-31",
                                                      "replaced things/pi-1.pem, good until 2026-03-31"});
}

TEST_CASE("a CA made anew signs everything anew, with its old key too") {
  Place place;
  place.Prepare({});
  const Files keys = Contents(place.path, ".key");
  const auto again = [](const std::string& until) {
    return std::vector<std::string>{
        "made ca.pem, good until " + until, "replaced broker.pem, good until " + until,
        "replaced drydock.pem, good until " + until, "replaced admin.pem, good until " + until};
  };
  fs::remove(place.path + "/ca.pem");
  CHECK(place.Prepare({}, kNow + days(1)) == again("2026-04-01"));
  CHECK(Contents(place.path, ".key") == keys);

  fs::remove(place.path + "/ca.pem");
  fs::remove(place.path + "/ca.key");
  CHECK(place.Prepare({}, kNow + days(1)) == again("2026-04-01"));
  CHECK(IsSignedBy(**ReadIfThere(place.path + "/admin.pem"), **ReadIfThere(place.path + "/ca.pem")));
}

TEST_CASE("the folder remembers address, port and names") {
  Place place;
  Bench bench;
  bench.listen = "192.0.2.7";
  bench.port = 18883;
  bench.names = {"bench.local"};
  place.Prepare(bench);
  CHECK(place.Conf().find("listener 18883 192.0.2.7\n") != std::string::npos);
  const auto names = std::vector<std::string>{"localhost", "127.0.0.1", "::1", "192.0.2.7", "bench.local"};
  CHECK(place.Certificate("broker.pem").names == names);
  CHECK(place.Prepare({}).empty());

  Bench more;
  more.names = {"2001:db8::7"};
  CHECK(place.Prepare(more) == std::vector<std::string>{"added names to broker.pem, good until 2026-03-31"});
  CHECK(place.Certificate("broker.pem").names.size() == 6);
}

TEST_CASE("mosquitto is configured with mutual TLS, the plugin and AWS's limits") {
  Place place;
  place.Prepare({});
  const std::string conf = place.Conf();
  for (const std::string& line :
       {std::string("listener 8883 127.0.0.1"), "cafile " + place.path + "/ca.pem",
        "certfile " + place.path + "/broker.pem", "keyfile " + place.path + "/broker.key",
        std::string("require_certificate true"), std::string("use_identity_as_username true"),
        std::string("allow_anonymous false"), std::string("plugin /plugin.so"),
        "plugin_opt_config_file " + place.path + "/dynamic-security.json",
        std::string("set_tcp_nodelay true"), std::string("max_queued_messages 0"),
        std::string("max_packet_size 149504"), std::string("max_keepalive 1200"),
        std::string("log_dest stderr")}) {
    CHECK_MESSAGE(conf.find("\n" + line + "\n") != std::string::npos, line);
  }
}

TEST_CASE("the folder of somebody else is left alone") {
  Place place;
  fs::create_directory(place.path);
  std::ofstream(place.path + "/letter") << "dear";
  const auto refused = BrokerFolder::Open(place.path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == place.path +
                                       " has files, and none of `drydock broker`; give a folder that is "
                                       "empty or not there yet");
  CHECK(Contents(place.path).size() == 1);

  fs::remove(place.path + "/letter");
  CHECK(BrokerFolder::Open(place.path));

  const auto nowhere = BrokerFolder::Open(place.path + "/not/there");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message ==
        "cannot make the folder " + place.path + "/not/there: No such file or directory");
  const auto file = BrokerFolder::Open(place.path + "/broker.lock");
  REQUIRE_FALSE(file);
  CHECK(file.error().message.find("is not a folder") != std::string::npos);
}

TEST_CASE("a key or a rule file that cannot be read is never written over") {
  Place place;
  place.Prepare(With({"pi-1"}));
  for (const char* name : {"things/pi-1.key", "dynamic-security.json"}) {
    std::ofstream(place.path + "/" + name) << "{damaged";
    auto folder = BrokerFolder::Open(place.path);
    REQUIRE(folder);
    const auto prepared = folder->Prepare({}, kPlugin, kNow);
    REQUIRE_FALSE(prepared);
    CHECK(prepared.error().message.starts_with(place.path + "/" + name));
    CHECK(prepared.error().message.find("remove it") != std::string::npos);
    CHECK(**ReadIfThere(place.path + "/" + name) == "{damaged");
    fs::remove(place.path + "/" + name);
  }
}

TEST_CASE("while one has the folder, the next knows that the broker runs") {
  Place place;
  const auto first = BrokerFolder::Open(place.path);
  REQUIRE(first);
  CHECK_FALSE(first->IsBrokerRunning());
  const auto second = BrokerFolder::Open(place.path);
  REQUIRE(second);
  CHECK(second->IsBrokerRunning());
}

TEST_CASE("a thing that no certificate may name is refused") {
  const auto problem = [](const std::vector<std::string>& words) -> std::string {
    const auto options = ParseBrokerOptions(words);
    return options ? "" : options.error().message;
  };
  CHECK(problem({"f", "--thing", "pi-1", "--thing", std::string(64, 'x')}).empty());
  CHECK(problem({"f", "--thing", std::string(65, 'x')}).find("at most 64 characters") != std::string::npos);
  for (const char* name : {"", "a/b", "..", "+", "$aws", "a b"}) {
    CHECK(problem({"f", "--thing", name}).find("cannot be the name of a thing") != std::string::npos);
  }
  for (const char* name : {"drydock", "admin"}) {
    CHECK(problem({"f", "--thing", name}).find("more rights") != std::string::npos);
  }
  for (const char* name : {"", "a b", "x,DNS:y", "-\n"}) {
    CHECK(problem({"f", "--name", name}).find("--name needs a host name") != std::string::npos);
  }
  CHECK(problem({"f", "--listen", "1.2.3.4 x"}).find("--listen needs") != std::string::npos);
  CHECK(problem({"f", "--listen", "::1"}).starts_with("--listen needs an IPv4 address"));
  CHECK(problem({"f", "--listen", "bench.local"}).starts_with("--listen needs an IPv4 address"));
  CHECK(problem({}).starts_with("which folder?"));
  CHECK(problem({"f", "g"}).starts_with("one folder"));
  CHECK(problem({"f", "--days", "1"}).starts_with("--days needs a number from 2 to 3650"));
}

}  // namespace
}  // namespace kedge::drydock
