// `drydock broker` with Debian's mosquitto and its clients: who gets in, and what each may say and hear.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>

#include "program.h"

namespace kedge::drydock {
namespace {

using Words = std::vector<std::string>;

bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

// Below those that the system gives to outgoing connections, so that no client takes it before the broker
// does.
int QuietPort() {
  std::random_device random;
  std::uniform_int_distribution<int> any(20000, 32000);
  for (;;) {
    const int port = any(random);
    if (IsFree(port)) return port;
  }
}

Words Joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string Topic(const std::string& thing, const std::string& beneath) {
  return "$aws/things/" + thing + "/jobs/" + beneath;
}

class RealBroker {
 public:
  explicit RealBroker(const Words& words) { Start(Joined({"--port", std::to_string(port)}, words)); }

  Words Command(const Words& more) const { return Joined({DRYDOCK, "broker", folder}, more); }
  void Start(const Words& more = {}) {
    program.emplace(Command(more));
    REQUIRE_MESSAGE(program->Says(" running"), program->output());
  }
  int End() {
    program->Signal(SIGTERM);
    return program->Wait(std::chrono::seconds(20));
  }

  // One of mosquitto's clients with a certificate of the folder; line by line, for a pipe.
  Words Client(const std::string& name, const std::string& holder, const Words& more) const {
    const std::string file = folder + "/" + holder;
    return Joined(Anonymous(name), Joined({"--cert", file + ".pem", "--key", file + ".key"}, more));
  }
  Words Anonymous(const std::string& name) const {
    return {"/usr/bin/stdbuf",    "-oL",      "/usr/bin/" + name, "-h", "localhost", "-p",
            std::to_string(port), "--cafile", folder + "/ca.pem"};
  }
  // "0" when it may, "128" or "135" when not.
  std::string Subscribe(const std::string& holder, const std::string& filter,
                        const std::string& version) const {
    Program client(Client("mosquitto_sub", holder, {"-d", "-E", "-V", version, "-t", filter}));
    client.Wait();
    const std::string mark = "Subscribed (mid: 1): ";
    const auto at = client.output().find(mark);
    if (at == std::string::npos) return client.output();
    return client.output().substr(at + mark.size(), client.output().find('\n', at) - at - mark.size());
  }
  std::string Publish(const std::string& holder, const std::string& topic, const std::string& payload,
                      const std::string& version = "mqttv5") const {
    Program client(
        Client("mosquitto_pub", holder, {"-d", "-q", "1", "-V", version, "-t", topic, "-m", payload}));
    client.Wait();
    return client.output();
  }

  TemporaryFolder parent;
  const std::string folder = parent.File("bench");
  const int port = QuietPort();
  std::optional<Program> program;
};

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::map<std::string, std::string> KeysOf(const std::string& folder) {
  std::map<std::string, std::string> keys;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".key" && entry.path().extension() != ".pem") continue;
    std::ifstream file(entry.path());
    keys[entry.path()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return keys;
}

// What hears every thing, as `drydock serve` does.
Words ServiceHears(const RealBroker& broker) {
  return broker.Client("mosquitto_sub", "drydock",
                       {"-d", "-v", "-q", "1", "-t", "$aws/things/#", "-t", "kedge/things/#"});
}

TEST_CASE("a thing may subscribe to its own topics, one by one and as the AWS SDKs do, and to nothing else") {
  const RealBroker broker({"--thing", "pi-1", "--thing", "pi-2"});
  for (const auto& [version, refused] : {std::pair("mqttv311", "128"), std::pair("mqttv5", "135")}) {
    for (const char* own : {"notify", "notify-next", "get/+", "get/accepted", "start-next/+", "+/get/+",
                            "$next/get/accepted", "j1/get/+", "+/update/+", "j1/update/rejected", "#"}) {
      CHECK_MESSAGE(broker.Subscribe("things/pi-1", Topic("pi-1", own), version) == "0", own);
    }
    CHECK(broker.Subscribe("things/pi-1", "kedge/things/pi-1/cancel", version) == "0");
    for (const std::string& foreign :
         {Topic("pi-2", "notify"), Topic("pi-2", "#"), Topic("pi-2", "j1/get/accepted"), Topic("+", "#"),
          Topic("+", "notify-next"), Topic("pi-1", "+"), Topic("pi-1", "get"), Topic("pi-1", "+/+/+"),
          std::string("#"), std::string("$aws/#"), std::string("+/things/pi-1/jobs/notify"),
          std::string("$SYS/#"), std::string("$CONTROL/#"), std::string("kedge/things/+/cancel"),
          std::string("kedge/things/pi-2/cancel"), "$share/all/" + Topic("pi-2", "notify")}) {
      CHECK_MESSAGE(broker.Subscribe("things/pi-1", foreign, version) == refused, foreign);
    }
  }
}

TEST_CASE("what a thing says on its own topics arrives, and on another's it is refused") {
  const RealBroker broker({"--thing", "pi-1", "--thing", "pi-2"});
  Program service(ServiceHears(broker));
  REQUIRE(service.Says("Subscribed"));

  for (const std::string& foreign :
       {Topic("pi-1", "get"), Topic("pi-1", "j1/update"), Topic("pi-1", "notify"), Topic("pi-2", "notify"),
        Topic("pi-2", "j1/update/accepted"), std::string("kedge/things/pi-1/state"),
        std::string("kedge/things/pi-2/cancel"), std::string("$CONTROL/dynamic-security/v1")}) {
    CHECK_MESSAGE(Has(broker.Publish("things/pi-2", foreign, "foreign"), "RC:135"), foreign);
    CHECK(Has(broker.Publish("things/pi-2", foreign, "foreign", "mqttv311"), "received PUBACK"));
  }
  for (const std::string& own :
       {Topic("pi-2", "get"), Topic("pi-2", "start-next"), Topic("pi-2", "$next/get"),
        Topic("pi-2", "j1/update"), std::string("kedge/things/pi-2/state"),
        std::string("kedge/things/pi-2/cancel/accepted")}) {
    CHECK_FALSE(Has(broker.Publish("things/pi-2", own, "own"), "RC:135"));
    CHECK_MESSAGE(service.Says(own + " own\n"), own);
  }
  CHECK_FALSE(Has(service.output(), "foreign"));
}

TEST_CASE("a thing hears the service, on jobs/# too, and not its own requests") {
  const RealBroker broker({"--thing", "pi-1"});
  Program thing(
      broker.Client("mosquitto_sub", "things/pi-1", {"-d", "-v", "-q", "1", "-t", Topic("pi-1", "#")}));
  REQUIRE(thing.Says("Subscribed"));
  broker.Publish("things/pi-1", Topic("pi-1", "get"), "asked");
  for (const char* told :
       {"notify", "notify-next", "get/accepted", "j1/update/rejected", "$next/get/accepted"}) {
    broker.Publish("drydock", Topic("pi-1", told), "told");
    CHECK_MESSAGE(thing.Says(Topic("pi-1", told) + " told\n"), told);
  }
  CHECK_FALSE(Has(thing.output(), "asked"));
}

TEST_CASE("a certificate of another CA does not get in, and no certificate neither") {
  const RealBroker broker({"--thing", "pi-1"});
  const RealBroker other({"--thing", "pi-1"});
  Program service(ServiceHears(broker));
  REQUIRE(service.Says("Subscribed"));
  const Words say = {"-q", "1", "-t", Topic("pi-1", "get"), "-m", "stranger"};

  Program none(Joined(broker.Anonymous("mosquitto_pub"), say));
  CHECK(none.Wait() != 0);
  const std::string file = other.folder + "/things/pi-1";
  Program foreign(Joined(broker.Anonymous("mosquitto_pub"),
                         Joined({"--cert", file + ".pem", "--key", file + ".key"}, say)));
  CHECK(foreign.Wait() != 0);
  // Nor is the broker of another CA believed.
  Program misled(
      Joined({"/usr/bin/mosquitto_pub", "-h", "localhost", "-p", std::to_string(other.port), "--cafile",
              broker.folder + "/ca.pem", "--cert", file + ".pem", "--key", file + ".key"},
             say));
  CHECK(misled.Wait() != 0);

  broker.Publish("things/pi-1", Topic("pi-1", "get"), "own");
  REQUIRE(service.Says(" own\n"));
  CHECK_FALSE(Has(service.output(), "stranger"));
}

TEST_CASE("a thing is let in while the broker runs, and is known after a restart") {
  RealBroker broker({"--thing", "pi-1"});
  Program device(broker.Client("mosquitto_sub", "things/pi-1", {"-d", "-v", "-t", Topic("pi-1", "notify")}));
  REQUIRE(device.Says("Subscribed"));

  Program adding(broker.Command({"--thing", "new-1", "--setup-only"}));
  CHECK(adding.Wait() == 0);
  CHECK(Has(adding.output(), "let 'new-1' into the broker that runs"));
  CHECK(broker.Subscribe("things/new-1", Topic("new-1", "notify"), "mqttv5") == "0");
  CHECK(broker.Subscribe("things/new-1", Topic("pi-1", "notify"), "mqttv5") == "135");

  Program listing(broker.Client("mosquitto_ctrl", "admin", {"dynsec", "listClients"}));
  CHECK(listing.Wait() == 0);
  CHECK(Has(listing.output(), "admin\ndrydock\nnew-1\npi-1\n"));

  broker.Publish("drydock", Topic("pi-1", "notify"), "still here");
  CHECK(device.Says("still here"));  // nobody was thrown out

  CHECK(broker.End() == 0);
  broker.Start();
  CHECK(broker.Subscribe("things/new-1", Topic("new-1", "notify"), "mqttv5") == "0");
}

TEST_CASE("many things are let in at once") {
  const RealBroker broker({});
  Words words = {"--setup-only"};
  for (int i = 0; i < 100; ++i) words = Joined(words, {"--thing", "many-" + std::to_string(i)});
  Program adding(broker.Command(words));
  CHECK_MESSAGE(adding.Wait() == 0, adding.output());
  for (const std::string& thing : {std::string("many-0"), std::string("many-99")}) {
    CHECK(broker.Subscribe("things/" + thing, Topic(thing, "notify"), "mqttv5") == "0");
  }
}

TEST_CASE("a second run keeps every key and what the broker knows, and one broker is enough") {
  RealBroker broker({"--thing", "pi-1"});
  const auto keys = KeysOf(broker.folder);
  REQUIRE(keys.size() == 10);
  Program retained(broker.Client("mosquitto_pub", "things/pi-1",
                                 {"-r", "-q", "1", "-t", "kedge/things/pi-1/state", "-m", "idle"}));
  CHECK(retained.Wait() == 0);

  Program second(broker.Command({}));
  CHECK(second.Wait() == 1);
  CHECK(Has(second.output(), "runs already; end it first, or change it with --setup-only"));

  CHECK(broker.End() == 0);
  broker.Start();
  CHECK(Has(broker.program->output(), "everything is there"));
  CHECK(KeysOf(broker.folder) == keys);
  Program service(ServiceHears(broker));
  CHECK(service.Says("kedge/things/pi-1/state idle\n"));
}

TEST_CASE("a port that somebody has is told, with what to do") {
  const RealBroker broker({});
  TemporaryFolder parent;
  Program refused({DRYDOCK, "broker", parent.File("bench"), "--port", std::to_string(broker.port)});
  CHECK(refused.Wait() == 1);
  CHECK(Has(refused.output(), "Address already in use; end what listens there"));
}

TEST_CASE("drydock serves through its broker with the line that the broker printed") {
  const RealBroker broker({"--thing", "pi-1"});
  const std::string& output = broker.program->output();
  const auto from = output.find("drydock serve ");
  REQUIRE(from != std::string::npos);
  const std::string line = output.substr(from + 8, output.find('\n', from) - from - 8);
  Program service({"/bin/sh", "-c", "exec " DRYDOCK " " + line});
  REQUIRE(service.Says("{\"http\":"));
  Program device(broker.Client("mosquitto_sub", "things/pi-1", {"-d", "-v", "-t", Topic("pi-1", "#")}));
  REQUIRE(device.Says("Subscribed"));
  broker.Publish("things/pi-1", Topic("pi-1", "get"), "{}");
  CHECK(device.Says("jobs/get/rejected {\"code\":\"ResourceNotFound\""));
}

}  // namespace
}  // namespace kedge::drydock
