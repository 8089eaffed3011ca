// From the Device Client's configuration to ours: what comes out is what kedged loads, and nothing that has
// no equivalent is passed over in silence.
#include "operator/import_config.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "config.h"
#include "operator/device_client_files.h"
#include "operator/served_agent.h"

namespace kedge::op {
namespace {

namespace fs = std::filesystem;

// The home of the Device Client's user, for this process.
class Home {
 public:
  Home() {
    std::string name = (fs::temp_directory_path() / "kedge-import-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = fs::canonical(name).string();
    const char* before = std::getenv("HOME");
    before_ = before == nullptr ? "" : before;
    setenv("HOME", path_.c_str(), 1);
    fs::create_directory(path_ + "/.aws-iot-device-client");
  }
  ~Home() {
    setenv("HOME", before_.c_str(), 1);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  const std::string& path() const { return path_; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }

 private:
  std::string path_;
  std::string before_;
};

ImportedConfig Import(const std::string& text) {
  auto imported = ImportDeviceClientConfig(text, "dc.conf");
  REQUIRE_MESSAGE(imported.has_value(), imported.error().message);
  return *imported;
}
Config Load(const ImportedConfig& imported) {
  auto config = ParseConfig(imported.yaml, "kedge.yaml");
  REQUIRE_MESSAGE(config.has_value(), config.error().message);
  return *config;
}
std::string Mistakes(const std::string& text) {
  const auto imported = ImportDeviceClientConfig(text, "dc.conf");
  return imported ? "" : imported.error().message;
}
bool Says(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&part](const std::string& line) { return line.find(part) != std::string::npos; });
}
std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

constexpr char kWhole[] = R"({
  "endpoint": "abc-ats.iot.eu-west-1.amazonaws.com", "thing-name": "pi-1",
  "cert": "~/certs/device.pem", "key": "$HOME/certs/device.key", "root-ca": "~/certs/AmazonRootCA1.pem",
  "logging": {"level": "WARN", "type": "STDOUT"},
  "jobs": {"enabled": true}, "tunneling": {"enabled": false}})";

}  // namespace

TEST_CASE("import: what the Device Client was told is what kedged loads") {
  const Home home;
  fs::create_directory(home.path() + "/certs");
  home.Write("certs/AmazonRootCA1.pem", "");
  const ImportedConfig imported = Import(kWhole);
  const Config config = Load(imported);
  CHECK(config.thing == "pi-1");
  CHECK(config.broker.host == "abc-ats.iot.eu-west-1.amazonaws.com");
  CHECK(config.broker.client_id == "pi-1");
  CHECK(config.broker.port == 8883);
  CHECK(config.broker.ca_file == "/etc/kedge/ca.pem");
  CHECK(config.broker.certificate_file == "/etc/kedge/certificate.pem");
  CHECK(config.broker.key_file == "/etc/kedge/private.key");
  CHECK(config.log_level == sys::LogLevel::kWarning);
  CHECK(config.paths.handlers_folder == Config{}.paths.handlers_folder);
  CHECK(CheckReady(config).has_value());
  // The Device Client's own user alone can read these where they are: each copy is told, with its mode.
  CHECK(
      Says(imported.to_do, "install -m 0644 " + home.path() + "/certs/AmazonRootCA1.pem /etc/kedge/ca.pem"));
  CHECK(Says(imported.to_do, "install -o kedge -g kedge -m 0400 " + home.path() +
                                 "/certs/device.key /etc/kedge/private.key"));
  CHECK(Says(imported.to_do, "'~' was read as the home of whoever runs this"));
  CHECK(imported.left_out.empty());
}

TEST_CASE("import: files that are in place already stay where they are") {
  const Home home;
  const ImportedConfig imported = Import(
      R"({"endpoint":"h","thing-name":"t","cert":"/etc/kedge/c.pem","key":"/etc/kedge/k.pem","tunneling":{"enabled":false}})");
  const Config config = Load(imported);
  CHECK(config.broker.certificate_file == "/etc/kedge/c.pem");
  CHECK(config.broker.key_file == "/etc/kedge/k.pem");
  // Without one of its own the Device Client trusts what the system trusts.
  CHECK(config.broker.ca_file == "/etc/ssl/certs/ca-certificates.crt");
  CHECK(imported.to_do.empty());
}

TEST_CASE("import: what is not set, or still the template's, is told as to be done") {
  const Home home;
  const ImportedConfig imported =
      Import(R"({"endpoint":"<replace_with_endpoint_value>","cert":"","tunneling":{"enabled":false}})");
  for (const char* part : {"set `thing`", "set `broker.endpoint`", "cert is not set", "key is not set"})
    CHECK(Says(imported.to_do, part));
  CHECK_FALSE(CheckReady(Load(imported)).has_value());
}

TEST_CASE("import: every feature that is on and has no equivalent is named, with what to do instead") {
  const Home home;
  const ImportedConfig imported = Import(R"({"thing-name":"t","endpoint":"h","clean-session":false,
    "device-defender":{"enabled":true,"interval":300},"config-shadow":{"enabled":true},
    "sample-shadow":{"enabled":true,"shadow-name":"s"},"samples":{"pub-sub":{"enabled":true,"publish-topic":"a"}},
    "secure-element":{"enabled":true,"secure-element-slot-id":1},"fleet-provisioning":{"enabled":true},
    "sensor-publish":{"sensors":[{"enabled":false},{"enabled":true,"addr":"/tmp/s"}]},
    "logging":{"level":"debug","type":"file","file":"/var/log/dc.log","enable-sdk-logging":true},
    "jobs":{"enabled":false},"Endpoint":"x","colour":7,"http-proxy-enabled":true,"_comment":"mine"})");
  for (const char* part :
       {"tunneling.enabled (on by default): ", "device-defender.enabled: ", "config-shadow.enabled: ",
        "sample-shadow.enabled: ", "samples.pub-sub.enabled: ", "secure-element.enabled: ",
        "fleet-provisioning.enabled: ", "sensor-publish.sensors: ", "logging.file: ",
        "logging.enable-sdk-logging: ", "clean-session: ", "colour: unknown", "Endpoint: the Device Client",
        "http-proxy-enabled: ", "\"jobs\": {\"enabled\": false}", "journalctl -u kedged"}) {
    CAPTURE(part);
    CHECK(Says(imported.left_out, part));
  }
  CHECK_FALSE(Says(imported.left_out, "_comment"));
  CHECK(Says(imported.to_do, "jobs.enabled is false"));
  CHECK(Load(imported).log_level == sys::LogLevel::kDebug);

  // Switched off, or not there: nothing to say.
  CHECK(Import(R"({"thing-name":"t","endpoint":"h","tunneling":{"enabled":false},
    "device-defender":{"enabled":false},"samples":{"pub-sub":{"enabled":false}},"clean-session":true,
    "sensor-publish":{"sensors":[{"enabled":false}]},"logging":{"type":"STDOUT"}})")
            .left_out.empty());
}

TEST_CASE("import: wrong types and values are refused, all of them, by name") {
  const Home home;
  const std::string types = Mistakes(
      R"({"endpoint":7,"jobs":{"enabled":"yes","handler-directory":["x"]},"logging":"DEBUG","device-defender":{"interval":1.5}})");
  for (const char* part : {"endpoint: expected a string, not 7", "jobs.enabled: expected true or false",
                           "jobs.handler-directory: expected a string", "logging: expected an object",
                           "device-defender.interval: expected a whole number"}) {
    CAPTURE(part);
    CHECK(types.find(part) != std::string::npos);
  }
  const std::string values = Mistakes(
      R"J({"cert":"$(id)","key":"a/b","root-ca":"$NO_SUCH_VARIABLE/x","logging":{"level":"LOUD","type":"SYSLOG"},
          "jobs":{
    "handler-directory" : "/a b"}
})J");
  for (const char* part :
       {"cert: a command in a path is not run", "key: 'a/b' is not an absolute path",
        "root-ca: a variable in it", "logging.level: expected", "logging.type: expected", "one path"}) {
    CAPTURE(part);
    CHECK(values.find(part) != std::string::npos);
  }
  CHECK(Mistakes("{").find("not JSON") != std::string::npos);
  CHECK(Mistakes("[]").find("object") != std::string::npos);
  CHECK(Mistakes(R"({"a":1} // comment)").find("not JSON") != std::string::npos);
  CHECK(Mistakes(R"({"key":"/a","key":"/b"})") != "");
  CHECK(Mistakes(R"({"cert":"`touch /tmp/x`"})") != "");
}

TEST_CASE("import: whatever a text holds, it stays one text in the YAML") {
  const Home home;
  for (const char* name : {"a: b", "# no", "'\\\"", "yes", "12", "\\n\\tx: y", "\\u00e9"}) {
    CAPTURE(name);
    const ImportedConfig imported = Import(std::string(R"({"endpoint":"h","thing-name":")") + name + R"("})");
    const auto config = ParseConfig(imported.yaml, "kedge.yaml");
    if (config)
      CHECK(config->thing == name);  // a name that Kedge takes
    else
      CHECK(config.error().message.find("2:8: thing: expected a thing name") != std::string::npos);
  }
}

TEST_CASE("import: what fleet provisioning has left counts more than the configuration") {
  const Home home;
  home.Write(
      ".aws-iot-device-client/aws-iot-device-client-runtime.conf",
      R"({"runtime-config":{"completed-fp":true,"cert":"~/fp/c.pem","key":"~/fp/k.pem","thing-name":"real"}})");
  home.Write(".aws-iot-device-client/http-proxy.conf",
             R"({"http-proxy-enabled":true,"http-proxy-host":"10.0.0.1"})");
  const ImportedConfig imported = Import(
      R"({"endpoint":"h","thing-name":"claim","cert":"/claim/c","key":"/claim/k","fleet-provisioning":{"enabled":true}})");
  CHECK(Load(imported).thing == "real");
  CHECK(Says(imported.to_do, home.path() + "/fp/k.pem /etc/kedge/private.key"));
  CHECK_FALSE(Says(imported.to_do, "/claim/"));
  CHECK_FALSE(Says(imported.left_out, "fleet-provisioning"));
  CHECK(Says(imported.left_out, "http-proxy.conf: Kedge uses no proxy"));
}

TEST_CASE("import: a handler folder that only root can change is used as it is") {
  if (geteuid() != 0) {
    MESSAGE("not root: nothing is shown");
    return;
  }
  const Home home;
  const std::string folder = home.path() + "/jobs";
  fs::create_directory(folder);
  chmod(home.path().c_str(), 0755);
  chmod(folder.c_str(), 0700);
  const std::string handler = home.Write("jobs/my.sh", "#!/bin/sh\n");
  const auto import = [&] {
    return Import(R"({"endpoint":"h","thing-name":"t","jobs":{"handler-directory":"~/jobs/"}})");
  };
  chmod(handler.c_str(), 0700);  // exactly what the Device Client demands
  fs::create_directory(home.path() + "/.aws-iot-device-client/jobs");
  CHECK(Load(Import(R"({"endpoint":"h","thing-name":"t"})")).paths.handlers_folder ==
        home.path() + "/.aws-iot-device-client/jobs");
  CHECK(Load(import()).paths.handlers_folder == folder);
  CHECK_FALSE(Says(import().to_do, "chown"));

  // The Device Client's own setup names the usual folder whether there is one or not.
  const ImportedConfig none =
      Import(R"({"endpoint":"h","thing-name":"t","jobs":{"handler-directory":"~/none"}})");
  CHECK(Load(none).paths.handlers_folder == Config{}.paths.handlers_folder);
  CHECK(Says(none.left_out, "jobs.handler-directory: " + home.path() + "/none is not there"));
  CHECK_FALSE(Says(none.to_do, "jobs.handler-directory: /"));

  struct Case {
    std::function<void()> spoil;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {[&] { chmod(handler.c_str(), 0720); }, "my.sh can be written by others"},
      {[&] { chmod(handler.c_str(), 0600); }, "my.sh is not executable"},
      {[&] { CHECK(chown(handler.c_str(), 1000, 0) == 0); }, "my.sh belongs to uid 1000, not to root"},
      {[&] { chmod(folder.c_str(), 0777); }, "jobs can be written by others"},
      {[&] { CHECK(chown(home.path().c_str(), 1000, 0) == 0); }, home.path() + " belongs to uid 1000"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.reason);
    CHECK(chown(home.path().c_str(), 0, 0) == 0);
    CHECK(chown(handler.c_str(), 0, 0) == 0);
    chmod(folder.c_str(), 0700);
    chmod(handler.c_str(), 0700);
    REQUIRE(PlaceHandlers(folder).reason.empty());
    one.spoil();
    const ImportedConfig imported = import();
    CHECK(Load(imported).paths.handlers_folder == "/etc/kedge/handlers");
    CHECK(Says(imported.to_do, one.reason));
    CHECK(Says(imported.to_do, "cp -rL --no-preserve=ownership -- " + folder + "/. /etc/kedge/handlers"));
  }
}

TEST_CASE("import: the commands that are told make a folder that Kedge takes") {
  if (geteuid() != 0) {
    MESSAGE("not root: nothing is shown");
    return;
  }
  const Home home;
  const std::string folder = home.path() + "/it's mine";
  fs::create_directory(folder);
  home.Write("it's mine/a.sh", "#!/bin/sh\n");
  home.Write("b.sh", "#!/bin/sh\n");
  fs::create_symlink("../b.sh", folder + "/b.sh");
  CHECK(chown(folder.c_str(), 1000, 1000) == 0);
  const HandlerFolder place = PlaceHandlers(folder);
  REQUIRE(place.commands.size() == 4);
  const std::string to = home.path() + "/new";
  for (std::string command : place.commands) {
    for (size_t at = 0; (at = command.find(place.path)) != std::string::npos;)
      command.replace(at, place.path.size(), to);
    CAPTURE(command);
    CHECK(Run(command + " 2>&1").output == "");
  }
  chmod(home.path().c_str(), 0755);
  CHECK(PlaceHandlers(to).reason == "");
  CHECK(fs::exists(to + "/b.sh"));
}

TEST_CASE("import: the command writes a new file, never over one, and tells the rest on stderr") {
  const Home home;
  const std::string from = home.Write("dc.conf", kWhole);
  const std::string to = home.path() + "/kedge.yaml";
  const std::string command = std::string(KEDGE_COMMAND) + " import-config " + from;
  const Outcome shown = Run(command + " 2>/dev/null");
  CHECK(shown.status == 0);
  REQUIRE(ParseConfig(shown.output, "stdout").has_value());
  const Outcome told = Run(command + " 2>&1 >/dev/null");
  CHECK(told.output.find("To do before Kedge starts with it, as root:\n") != std::string::npos);

  CHECK(Run(command + " -o " + to + " 2>/dev/null").output == "");
  CHECK(Read(to) == shown.output);
  std::ofstream(to) << "by hand";
  const Outcome again = Run(command + " --output=" + to + " 2>&1");
  CHECK(again.status == 1);
  CHECK(again.output.find("is not overwritten") != std::string::npos);
  CHECK(Read(to) == "by hand");

  // A value that only our loader refuses: said, and nothing written.
  home.Write("bad.conf", R"({"endpoint":"mqtts://h:8883","thing-name":"t"})");
  const Outcome bad =
      Run(std::string(KEDGE_COMMAND) + " import-config " + home.path() + "/bad.conf -o " + to + "2 2>&1");
  CHECK(bad.status == 1);
  CHECK(bad.output.find("without mqtts://") != std::string::npos);
  CHECK_FALSE(fs::exists(to + "2"));
  CHECK(Run(std::string(KEDGE_COMMAND) + " import-config /nowhere 2>&1").status == 1);
  CHECK(Run(std::string(KEDGE_COMMAND) + " import-config 2>&1").status == 2);
}

}  // namespace kedge::op
