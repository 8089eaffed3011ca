#include "rig/rig.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "link/test_pki.h"
#include "rig/files.h"
#include "rig/settings.h"

namespace kedge::rig {
namespace {

constexpr const char* kLinkUser = "daemon";  // exists everywhere, and is not root

constexpr const char* kImpatient = R"(
broker: {reconnect: {base: 100ms, cap: 500ms, floor: 50ms}}
service: {retry: {base: 200ms, cap: 1s, floor: 100ms}, connect_spread: 0ms, notice_wait: 300ms, progress: 500ms}
process: {grace: 1s}
)";

bool Listens(int port, bool connects) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const auto* there = reinterpret_cast<const sockaddr*>(&address);
  const int result = connects ? connect(fd, there, sizeof address) : bind(fd, there, sizeof address);
  close(fd);
  return result == 0;
}

bool IsPortFree(int port) { return Listens(port, false); }

void Chown(const std::string& path, const std::string& user) {
  const passwd* entry = user.empty() ? nullptr : getpwnam(user.c_str());
  if (entry != nullptr && chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
    throw std::runtime_error("cannot chown " + path);
  }
}

bool IsFinal(const std::string& status) {
  return !status.empty() && status != "QUEUED" && status != "IN_PROGRESS";
}

std::string Reading() {
  const char* name = std::getenv("KEDGE_RIG_READING");
  return name == nullptr ? "" : name;
}

std::string Tail(const std::string& text, std::size_t most) {
  return text.size() > most ? "[...]" + text.substr(text.size() - most) : text;
}

}  // namespace

// Below the range from which the system takes ports for outgoing connections: a client that tries a dead
// broker's port again and again must never come to be connected to itself.
int FreePort() {
  std::random_device random;
  std::uniform_int_distribution<int> any(20000, 32000);
  for (;;) {
    const int port = any(random);
    if (IsPortFree(port)) return port;
  }
}

struct Rig::Certificates {
  link::TestCa ca{"Kedge test CA"};
};

Rig::Rig(Options options)
    : options_(std::move(options)),
      certificates_(std::make_unique<Certificates>()),
      port_(FreePort()),
      use_cgroups_(options_.cgroups && !shelter_.cgroup().empty()) {
  for (const char* name : {"pki", "logs", "handlers", "device", "scratch", "files"})
    std::filesystem::create_directory(Folder(name));
  MakeCertificates();
  WriteFile(Folder("mosquitto.conf"), "listener " + std::to_string(port_) + " 127.0.0.1\n" +
                                          (geteuid() == 0 ? "user root\n" : "") +
                                          "allow_anonymous false\nrequire_certificate true\n"
                                          "use_identity_as_username true\nset_tcp_nodelay true\ncafile " +
                                          Folder("pki/ca.pem") + "\ncertfile " + Folder("pki/broker.pem") +
                                          "\nkeyfile " + Folder("pki/broker.key") + "\n");
  Configure(options_.config);
  const auto program = [this](const std::string& name, std::vector<std::string> argv,
                              const std::string& user = "") {
    return Program({.name = name, .argv = std::move(argv), .log_folder = Folder("logs"), .user = user});
  };
  broker_ = program("broker", {"/usr/sbin/mosquitto", "-c", Folder("mosquitto.conf")});
  drydock_ = program("drydock", drydock_argv());
  kedged_ = program("kedged", kedged_argv());
  link_ = program("kedge-link", {RIG_KEDGE_LINK, "--config", config_file()}, link_user());
  StartBroker();
  StartDrydock();
  if (options_.start) StartAgent();
}

// The agent first, so that it does not see the others go. What they started is ended with the shelter.
Rig::~Rig() {
  for (Program* program : {&kedged_, &link_, &drydock_, &broker_}) program->Kill();
}

std::vector<std::string> Rig::kedged_argv() const { return {RIG_KEDGED, "--config", config_file()}; }

bool Rig::TellsHowItEnded() { return Reading() != "terminal-state-on-update"; }

std::vector<std::string> Rig::drydock_argv() const {
  std::vector<std::string> argv = {RIG_DRYDOCK,    "serve",
                                   "--broker",     "localhost:" + std::to_string(port_),
                                   "--ca",         Folder("pki/ca.pem"),
                                   "--cert",       Folder("pki/drydock.pem"),
                                   "--key",        Folder("pki/drydock.key"),
                                   "--ready-file", Folder("ready"),
                                   "--history",    Folder("history")};
  if (options_.files) argv.insert(argv.end(), {"--files", Folder("files")});
  if (options_.store) argv.insert(argv.end(), {"--store", Folder("store")});
  if (!Reading().empty()) argv.insert(argv.end(), {"--reading", Reading()});
  return argv;
}

std::string Rig::link_user() const {
  return geteuid() == 0 && getpwnam(kLinkUser) != nullptr ? kLinkUser : "";
}

void Rig::MakeCertificates() {
  if (options_.rsa) {
    const Finished made = Run({"/bin/bash", RIG_PKI, Folder("pki"), "device", "drydock"}, Folder("scratch"));
    if (made.status != 0) throw std::runtime_error("no certificates: " + made.err);
    for (const char* readable : {"pki/ca.pem", "pki/device.pem"}) chmod(Folder(readable).c_str(), 0644);
    Chown(key(), link_user());
    return;
  }
  const link::TestCa& ca = certificates_->ca;
  ca.WriteCertificate(Folder("pki/ca.pem"));
  ca.Issue("localhost", "localhost", Folder("pki/broker.pem"), Folder("pki/broker.key"));
  ca.Issue("drydock", "", Folder("pki/drydock.pem"), Folder("pki/drydock.key"));
  IssueDeviceCertificate();
}

void Rig::IssueDeviceCertificate(bool expired) {
  const link::Dates dates = expired ? link::Dates{"20200101000000Z", "20210101000000Z"} : link::Dates{};
  certificates_->ca.Issue(options_.thing, "", certificate(), key(), dates);
  for (const std::string& path : {certificate(), key()}) {
    chmod(path.c_str(), 0400);
    Chown(path, link_user());
  }
}

std::string Rig::BaseConfig() const {
  std::string base = "thing: " + options_.thing +
                     "\nbroker: {endpoint: localhost, port: " + std::to_string(port_) +
                     ", ca: " + Folder("pki/ca.pem") + ", certificate: " + certificate() + ", key: " + key() +
                     "}\npaths: {state: " + Folder("state") + ", run: " + Folder("run") +
                     ", handlers: " RIG_HANDLERS ", guards: " RIG_HANDLERS "/guards, allowed_handlers: [" +
                     Folder("handlers") + "]}\n";
  // The disk here is shared with whatever else this machine does; what is tested of it switches it on.
  base += "jobs: {sync: false}\n";
  base += use_cgroups_ ? "process: {cgroup_folder: " + shelter_.cgroup() + "/tasks}\n"
                       : "process: {cgroups: no}\n";
  if (!link_user().empty()) base += "link: {user: " + link_user() + "}\n";
  return options_.impatient ? Merged(base, kImpatient) : base;
}

void Rig::Configure(const std::string& config) { WriteFile(config_file(), Merged(BaseConfig(), config)); }

void Rig::StartBroker() {
  broker_.Start();
  WaitUntil("the broker's listening", [this] {
    if (!broker_.Runs()) throw std::runtime_error("mosquitto ends:\n" + broker_.Log());
    return Listens(port_, true);
  });
}

void Rig::StartDrydock() {
  std::filesystem::remove(Folder("ready"));
  drydock_.Start();
  const auto ready = [this] { return json::parse(ReadIfThere(Folder("ready")), nullptr, false); };
  WaitUntil("drydock's serving", [&ready] { return ready().is_object(); });
  service_ = std::make_unique<Service>(ready()["http"].get<int>(), options_.thing);
  service_->CreateThing();
}

void Rig::StartAgent() {
  kedged_.Start();
  link_.Start();
  WaitForLink();
}

void Rig::WaitForLink() {
  WaitUntil("link up", [this] {
    const json status = KedgeJson({"status"});
    return status.is_object() && status["link"] == "up";
  });
}

Finished Rig::Kedge(const std::vector<std::string>& words, const std::string& user) {
  std::vector<std::string> argv = {RIG_KEDGE, "--config", config_file()};
  argv.insert(argv.end(), words.begin(), words.end());
  return Run(argv, Folder("scratch"), user);
}

std::unique_ptr<Program> Rig::StartKedge(const std::vector<std::string>& words) {
  std::vector<std::string> argv = {RIG_KEDGE, "--config", config_file()};
  argv.insert(argv.end(), words.begin(), words.end());
  auto kedge = std::make_unique<Program>(Launch{.name = "kedge", .argv = argv, .log_folder = Folder("logs")});
  kedge->Start();
  return kedge;
}

json Rig::KedgeJson(const std::vector<std::string>& words) {
  std::vector<std::string> all = words;
  all.push_back("--json");
  const Finished finished = Kedge(all);
  return finished.status == 0 ? json::parse(finished.out) : json();
}

std::string Rig::Verdict(const std::string& job) {
  const json shown = Show(job);
  return shown.is_object() ? shown.value("verdict", "") : "";
}

bool Rig::IsIdle() {
  const json status = KedgeJson({"status"});
  return status.is_object() && status["state"] == "idle";
}

// One of mosquitto's clients, with drydock's certificate.
std::vector<std::string> Rig::Client(const std::string& program) const {
  // Line by line: into a file the client would keep what it has to say to itself.
  return {"/usr/bin/stdbuf",
          "-oL",
          "/usr/bin/" + program,
          "-h",
          "localhost",
          "-p",
          std::to_string(port_),
          "--cafile",
          Folder("pki/ca.pem"),
          "--cert",
          Folder("pki/drydock.pem"),
          "--key",
          Folder("pki/drydock.key"),
          "-q",
          "1"};
}

void Rig::PublishBytes(const std::string& topic, const std::string& payload, bool retain) {
  WriteFile(Folder("scratch/payload"), payload);
  std::vector<std::string> argv = Client("mosquitto_pub");
  argv.insert(argv.end(), {"-t", topic, "-f", Folder("scratch/payload")});
  if (retain) argv.push_back("-r");
  const Finished finished = Run(argv, Folder("scratch"));
  if (finished.status != 0) throw std::runtime_error("mosquitto_pub: " + finished.err);
}

std::unique_ptr<Program> Rig::Listen(const std::string& topic) {
  std::vector<std::string> argv = Client("mosquitto_sub");
  argv.insert(argv.end(), {"-v", "-d", "-t", topic});
  auto listener =
      std::make_unique<Program>(Launch{.name = "listener", .argv = argv, .log_folder = Folder("logs")});
  listener->Start();
  WaitUntil("the subscription to " + topic, [&listener] { return listener->Said("Subscribed"); });
  return listener;
}

std::string Rig::Script(const std::string& name, const std::string& body, const std::string& shell) {
  const std::filesystem::path path = handlers() + "/" + name;
  std::filesystem::create_directories(path.parent_path());
  WriteFile(path, "#!" + shell + "\n" + body + "\n", 0755);
  return name;
}

std::string Rig::Binary(const std::string& name, const std::string& program) {
  std::filesystem::copy_file(program, handlers() + "/" + name);
  chmod((handlers() + "/" + name).c_str(), 0755);
  return name;
}

json Rig::Step(const std::string& script, std::vector<std::string> args, const json& more) {
  json action = {{"name", script},
                 {"type", "runHandler"},
                 {"input", {{"handler", script}, {"args", args}, {"path", handlers()}}}};
  action.update(more);
  return {{"action", action}};
}

json Rig::CommandStep(const std::string& command, const json& more) {
  json action = {{"name", "command"}, {"type", "runCommand"}, {"input", {{"command", command}}}};
  action.update(more);
  return {{"action", action}};
}

json Rig::Document(const std::vector<json>& steps) { return {{"version", "1.0"}, {"steps", steps}}; }

void Rig::WaitUntil(const std::string& what, const std::function<bool()>& is_true,
                    std::chrono::milliseconds limit) {
  if (BecomesTrue(is_true, limit)) return;
  throw std::runtime_error(what + " did not happen within " + std::to_string(limit.count() / 1000) + " s\n" +
                           Logs());
}

void Rig::WaitForStatus(const std::string& job, const std::string& status) {
  std::string now;
  const auto is_settled = [&] {
    now = service().Status(job);
    return now == status || IsFinal(now);
  };
  const bool settled = BecomesTrue(is_settled);
  if (now == status) return;
  throw std::runtime_error("job " + job + " is " + now + " and not " + status +
                           (settled ? "" : " after 30 s") + ": " + service().Details(job).dump() + "\n" +
                           Logs());
}

void Rig::RunsAJob(const std::string& job) {
  service().CreateJob(job, Document({CommandStep("true")}));
  WaitForStatus(job, "SUCCEEDED");
}

std::vector<pid_t> Rig::StepProcesses() const {
  std::vector<pid_t> found = AliveWith("KEDGE_STATE_DIR=" + shelter_.folder() + "/");
  for (const pid_t pid : AliveWith(mark())) {
    if (std::find(found.begin(), found.end(), pid) == found.end()) found.push_back(pid);
  }
  return found;
}

std::string Rig::Logs() const {
  return "--- kedged\n" + Tail(ReadIfThere(kedged_.log_path()), 6000) + "--- kedge-link\n" +
         Tail(ReadIfThere(link_.log_path()), 1500) + "--- drydock\n" +
         Tail(ReadIfThere(drydock_.log_path()), 1000);
}

}  // namespace kedge::rig
