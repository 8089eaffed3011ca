#include "config.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace kedge {
namespace {

std::string ProblemsOf(const std::string& text) {
  const auto config = ParseConfig(text, "kedge.yaml");
  return config ? "none" : config.error().message;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/kedge-config-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string path;
};

TEST_CASE("values land in their rooms") {
  const auto config = ParseConfig(R"(
thing: dev:1_a-b
broker:
  endpoint: abc-ats.iot.eu-central-1.amazonaws.com
  port: 443
  mqtt_version: 3.1.1
  keep_alive: 2m
  tls: false
  reconnect: {base: 250ms, cap: 5}
jobs:
  run_command: false
  users: [pi, "app-user"]
process: {grace: 3s, keep_output: 8KiB, cgroups: no}
paths:
  run: /run/other
  allowed_handlers:
    - /opt/a
    - /opt/b
log: {level: debug}
history: {executions: 7}
)",
                                  "kedge.yaml");
  REQUIRE_MESSAGE(config.has_value(), config.error().message);
  CHECK(config->thing == "dev:1_a-b");
  CHECK(config->broker.host == "abc-ats.iot.eu-central-1.amazonaws.com");
  CHECK(config->broker.client_id == "dev:1_a-b");
  CHECK(config->broker.port == 443);
  CHECK(config->broker.mqtt_version == link::BrokerConfig::Version::kV311);
  CHECK(config->broker.keep_alive == std::chrono::seconds(120));
  CHECK_FALSE(config->broker.tls);
  CHECK(config->broker.reconnect.base == std::chrono::milliseconds(250));
  CHECK(config->broker.reconnect.cap == std::chrono::seconds(5));
  CHECK(config->broker.reconnect.floor == std::chrono::seconds(1));
  CHECK_FALSE(config->jobs.run_command);
  CHECK(config->jobs.users == std::vector<std::string>{"pi", "app-user"});
  CHECK(config->process.grace == std::chrono::seconds(3));
  CHECK(config->policy.grace == std::chrono::seconds(3));
  CHECK(config->process.keep_output == 8192);
  CHECK(config->process.use_cgroups == ProcessSettings::Cgroups::kNo);
  CHECK(config->paths.operator_socket() == "/run/other/operator.sock");
  CHECK(config->paths.allowed_handlers == std::vector<std::string>{"/opt/a", "/opt/b"});
  CHECK(config->log_level == sys::LogLevel::kDebug);
  CHECK(config->history_executions == 7);
  CHECK(CheckReady(*config).has_value());
}

TEST_CASE("a client id of its own is kept") {
  const auto config = ParseConfig("thing: t\nbroker: {client_id: gateway-7}\n", "kedge.yaml");
  REQUIRE(config.has_value());
  CHECK(config->broker.client_id == "gateway-7");
}

TEST_CASE("an unknown key names its place and the nearest key") {
  CHECK(ProblemsOf("thing: t\nbroker:\n  endpont: x\n") ==
        "kedge.yaml:3:3: unknown key 'endpont'; did you mean 'endpoint'?");
  CHECK(ProblemsOf("broker: {clientId: x}") ==
        "kedge.yaml:1:10: unknown key 'clientId'; did you mean 'client_id'?");
  CHECK(ProblemsOf("broker: {prot: 1}") == "kedge.yaml:1:10: unknown key 'prot'; did you mean 'port'?");
  CHECK(ProblemsOf("jbos: {}") == "kedge.yaml:1:1: unknown key 'jbos'; did you mean 'jobs'?");
}

TEST_CASE("a key of another group is shown where it belongs") {
  CHECK(ProblemsOf("endpoint: x") ==
        "kedge.yaml:1:1: unknown key 'endpoint'; did you mean 'broker.endpoint'?");
  CHECK(ProblemsOf("broker.port: 1") ==
        "kedge.yaml:1:1: unknown key 'broker.port'; known here: thing, broker, jobs, "
        "undo, service, process, paths, link, log, history");
}

TEST_CASE("a key that is near to none gets the list") {
  CHECK(ProblemsOf("undo: {colour: red}") ==
        "kedge.yaml:1:8: unknown key 'colour'; known in 'undo': snapshot_limit, limit, attempts");
}

TEST_CASE("a doubled key is refused, in a group and in the file") {
  CHECK(ProblemsOf("thing: a\nlog: {level: info}\nthing: b\n") ==
        "kedge.yaml:3:1: the key 'thing' stands here twice; it has a value on line 1");
  CHECK(Has(ProblemsOf("log: {level: info}\nlog: {level: debug}\n"),
            "kedge.yaml:2:1: the key 'log' stands here twice"));
}

TEST_CASE("a wrong type names the key and what it takes") {
  CHECK(ProblemsOf("broker:\n  port: many\n") ==
        "kedge.yaml:2:9: port: expected a whole number from 1 to 65535, not 'many'");
  CHECK(ProblemsOf("broker: {port: \"8883\"}") ==
        "kedge.yaml:1:16: port: expected a whole number from 1 to 65535, not '8883'");
  CHECK(ProblemsOf("broker: {port: [1]}") == "kedge.yaml:1:16: port: expected a whole number, not a list");
  CHECK(ProblemsOf("broker: {tls: yes}") == "kedge.yaml:1:15: tls: expected true or false, not 'yes'");
  CHECK(ProblemsOf("broker: {tls: \"true\"}") == "kedge.yaml:1:15: tls: expected true or false, not 'true'");
  CHECK(ProblemsOf("thing: {a: b}") == "kedge.yaml:1:8: thing: expected text, not a group of keys");
  CHECK(ProblemsOf("broker: tcp") ==
        "kedge.yaml:1:9: expected keys beneath 'broker': endpoint, port, client_id, tls, "
        "ca, certificate, key, mqtt_version, keep_alive, connect_timeout, reconnect");
  CHECK(ProblemsOf("jobs: {users: pi}") == "kedge.yaml:1:15: users: expected a list, such as [a, b]");
  CHECK(Has(ProblemsOf("jobs: {users: [[pi]]}"), "users: expected text, not a list"));
  CHECK(Has(ProblemsOf("log: {level: loud}"),
            "level: expected one of debug, info, warning, error, not 'loud'"));
  CHECK(Has(ProblemsOf("[a, b]"), "kedge.yaml:1:1: expected keys with values"));
  CHECK(Has(ProblemsOf("just text"), "kedge.yaml:1:1: expected keys with values"));
  CHECK(Has(ProblemsOf("{[a]: 1}"), "expected the name of a key"));
}

TEST_CASE("a value out of range names the range") {
  CHECK(ProblemsOf("broker: {keep_alive: 1h}") ==
        "kedge.yaml:1:22: keep_alive: expected a duration from 1s to 20m (10s, 5m, 1h, 500ms, or seconds), "
        "not '1h'");
  CHECK(ProblemsOf("broker: {keep_alive: 1500ms}") ==
        "kedge.yaml:1:22: keep_alive: expected whole seconds, not '1500ms'");
  CHECK(Has(ProblemsOf("broker: {port: 65536}"), "from 1 to 65535, not '65536'"));
  CHECK(Has(ProblemsOf("process: {keep_output: 1}"), "expected a size from 1KiB to 16MiB"));
  CHECK(Has(ProblemsOf("history: {executions: 0}"), "from 1 to 1000000"));
  CHECK(ProblemsOf("service: {retry: {base: 5s, cap: 2s}}") ==
        "kedge.yaml:1:34: service.retry.cap (2s) must not be below base (5s) or floor (1s)");
  CHECK(Has(ProblemsOf("broker: {reconnect: {base: 5m}}"),
            "broker.reconnect.cap (2m) must not be below base (5m)"));
}

TEST_CASE("names, hosts and paths are checked for what they are") {
  CHECK(Has(ProblemsOf("thing: my thing"), "thing: expected a thing name, 1 to 128 characters"));
  CHECK(Has(ProblemsOf("thing: " + std::string(129, 'x')), "expected a thing name"));
  CHECK(ProblemsOf("thing: " + std::string(128, 'x')) == "none");
  CHECK(Has(ProblemsOf("broker: {endpoint: 'mqtts://host'}"), "expected only a host name or address"));
  CHECK(Has(ProblemsOf("broker: {endpoint: 'host:8883'}"), "without a port (that is broker.port)"));
  CHECK(ProblemsOf("broker: {endpoint: 'fe80::1'}") == "none");
  CHECK(Has(ProblemsOf("broker: {client_id: $x}"), "not beginning with $"));
  CHECK(Has(ProblemsOf("paths: {state: var/lib}"), "state: expected an absolute path"));
  CHECK(Has(ProblemsOf("paths: {state: /}"), "state: expected an absolute path"));
  CHECK(Has(ProblemsOf("paths: {run: /" + std::string(100, 'r') + "}"), "at most 90 bytes"));
  CHECK(Has(ProblemsOf("process: {search_path: '/bin::/usr/bin'}"), "expected absolute folders"));
  CHECK(Has(ProblemsOf("process: {search_path: '/bin:.'}"), "expected absolute folders"));
  CHECK(Has(ProblemsOf("link: {user: ''}"), "expected the name of a user"));
  CHECK(Has(ProblemsOf("jobs: {users: [root, '']}"), "an empty item"));
}

TEST_CASE("all problems are listed at once, in the file's order") {
  CHECK(ProblemsOf("thing: a b\nbroker:\n  prot: 1\n  tls: 2\nlog:\n  level:\n") ==
        "kedge.yaml:1:8: thing: expected a thing name, 1 to 128 characters of a-z A-Z 0-9 : _ -, not 'a b'\n"
        "kedge.yaml:3:3: unknown key 'prot'; did you mean 'port'?\n"
        "kedge.yaml:4:8: tls: expected true or false, not '2'\n"
        "kedge.yaml:6:3: 'level' has no value; write one, or remove the line for the default");
}

TEST_CASE("a group whose keys are all commented out means the defaults") {
  CHECK(ProblemsOf("thing: t\nbroker:\n  # port: 1\n") == "none");
}

TEST_CASE("broken YAML is told with line and column") {
  CHECK(Has(ProblemsOf("thing: t\nbroker: [\n"), "kedge.yaml:3:1: not YAML: "));
  CHECK(Has(ProblemsOf("thing: \"t\nlog: {}\n"), "not YAML: a quote is not closed before here"));
  CHECK(Has(ProblemsOf("paths: {state: '/var/lib\n"), "not YAML: a quote is not closed before here"));
  CHECK(Has(ProblemsOf("thing: t\n\tlog: x\n"), "kedge.yaml:2:"));
  CHECK(ProblemsOf("thing: t\n---\nthing: u\n") ==
        "kedge.yaml:3:1: a second document begins here; one file holds one");
}

TEST_CASE("what makes YAML grow or change type is refused") {
  CHECK(Has(ProblemsOf("thing: &a t\nlink: {user: *a}\n"),
            "kedge.yaml:1:8: anchors (&name) are not taken here"));
  CHECK(Has(ProblemsOf("thing: !!str t\n"), "kedge.yaml:1:8: tags (!name) are not taken here"));
  CHECK(Has(ProblemsOf("thing: " + std::string(20, '[') + std::string(20, ']')), "nested too deep"));
  CHECK(ProblemsOf("thing: " + std::string(100'000, '[')) != "none");
  CHECK(ProblemsOf(std::string(100'000, '-')) != "none");
}

TEST_CASE("bytes that are no text are refused without a crash") {
  for (int first = 0; first < 256; ++first) {
    const std::string text = {static_cast<char>(first), static_cast<char>(255 - first), ':', ' ',
                              static_cast<char>(first)};
    CAPTURE(first);
    CHECK(ProblemsOf(text) != "none");
  }
  const std::string named = ProblemsOf("\"a\\x1b[31mb\": 1");
  CHECK(Has(named, "unknown key 'ab'"));
}

TEST_CASE("every beginning of a good file is taken or refused, never a crash") {
  std::string text =
      "thing: t\nbroker:\n  endpoint: \"h\"\n  reconnect: {base: 1s}\njobs:\n  users: [a, b]\n";
  for (size_t size = 0; size <= text.size(); ++size) (void)ParseConfig(text.substr(0, size), "kedge.yaml");
  CHECK(ProblemsOf(text) == "none");
}

TEST_CASE("an empty file says what to write") {
  for (const char* text : {"", "\n\n", "# only words\n", "---\n", "~"}) {
    CHECK(ProblemsOf(text) == "kedge.yaml: nothing in it; write at least 'thing' and 'broker.endpoint'");
  }
}

TEST_CASE("a missing and an unreadable file are named") {
  const TemporaryFolder folder;
  const auto missing = LoadConfig(folder.path + "/none.yaml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::kNotFound);
  CHECK(Has(missing.error().message, folder.path + "/none.yaml: No such file or directory"));

  CHECK_FALSE(LoadConfig(folder.path).has_value());  // a folder

  const std::string path = folder.path + "/kedge.yaml";
  std::ofstream(path) << "thing: t\nbad: 1\n";
  const auto wrong = LoadConfig(path);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().kind == ErrorKind::kInvalid);
  CHECK(wrong.error().message.starts_with(path + ":2:1: unknown key 'bad'"));

  REQUIRE(chmod(path.c_str(), 0) == 0);
  if (geteuid() == 0) REQUIRE(seteuid(65534) == 0);  // root reads everything
  chmod(folder.path.c_str(), 0755);
  const auto denied = LoadConfig(path);
  if (getuid() == 0) REQUIRE(seteuid(0) == 0);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().kind == ErrorKind::kDenied);
  CHECK(Has(denied.error().message, path + ": Permission denied"));
}

TEST_CASE("what has no default is asked for before work, both at once") {
  const auto config = ParseConfig("log: {level: info}", "kedge.yaml");
  REQUIRE(config.has_value());
  const auto ready = CheckReady(*config);
  REQUIRE_FALSE(ready.has_value());
  CHECK(Has(ready.error().message, "kedge.yaml: 'thing' is not set"));
  CHECK(Has(ready.error().message, "kedge.yaml: 'broker.endpoint' is not set"));
}

}  // namespace
}  // namespace kedge
