#include "setup_command/bench.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "rig/files.h"
#include "rig/rig.h"
#include "rig/wait.h"

namespace kedge::setup_test {
namespace {

bool Answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const bool answers = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return answers;
}

Words Joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

std::string Bench::User() { return geteuid() == 0 ? "daemon" : ""; }

Bench::Bench() : port_(rig::FreePort()) {
  std::filesystem::create_directory(Folder("logs"));
  std::filesystem::create_directory(Folder("scratch"));
  broker_ = rig::Program({.name = "broker",
                          .argv = {SETUP_DRYDOCK, "broker", Folder("broker"), "--thing", "pi-1", "--thing",
                                   "pi-2", "--port", std::to_string(port_)},
                          .log_folder = Folder("logs")});
  broker_.Start();
  rig::WaitUntil("the broker's listening", [this] { return Answers(port_); });
  drydock_ = rig::Program({.name = "drydock",
                           .argv = {SETUP_DRYDOCK, "serve", "--broker", "localhost:" + std::to_string(port_),
                                    "--ca", Broker("ca.pem"), "--cert", Broker("drydock.pem"), "--key",
                                    Broker("drydock.key"), "--ready-file", Folder("ready")},
                           .log_folder = Folder("logs")});
  drydock_.Start();
  const auto ready = [this] { return json::parse(rig::ReadIfThere(Folder("ready")), nullptr, false); };
  rig::WaitUntil("drydock's serving", [&ready] { return ready().is_object(); });
  service_ = std::make_unique<rig::Service>(ready()["http"].get<int>(), "pi-1");
  service_->CreateThing();
}

Bench::~Bench() {
  drydock_.Kill();
  broker_.Kill();
}

Words Bench::Command(const Words& words) const {
  Words argv = {SETUP_KEDGE, "setup", "--config", Device("kedge.yaml"), "--kedge-link", SETUP_KEDGE_LINK};
  if (!User().empty()) argv = Joined(argv, {"--user", User()});
  return Joined(argv, words);
}

rig::Finished Bench::Setup(const Words& words) const { return rig::Run(Command(words), Folder("scratch")); }

json Bench::SetupJson(const Words& words) const {
  const rig::Finished finished = Setup(Joined(words, {"--json"}));
  json report = json::parse(finished.out, nullptr, false);
  if (!report.is_object()) throw std::runtime_error("no report: " + finished.out + finished.err);
  report["status"] = finished.status;
  return report;
}

Words Bench::Right() const {
  return {"--thing",    "pi-1",
          "--endpoint", "localhost",
          "--port",     std::to_string(port_),
          "--cert",     Broker("things/pi-1.pem"),
          "--key",      Broker("things/pi-1.key"),
          "--ca",       Broker("ca.pem")};
}

Words Bench::With(const std::string& option, const std::string& value) const {
  Words words = Right();
  const auto found = std::find(words.begin(), words.end(), option);
  if (found == words.end()) return Joined(words, {option, value});
  *(found + 1) = value;
  return words;
}

std::string Bench::Read(const std::string& name) const { return rig::ReadIfThere(Device(name)); }

Words Bench::DeviceFiles() const {
  Words names;
  if (!std::filesystem::exists(Folder("device"))) return names;
  for (const auto& entry : std::filesystem::directory_iterator(Folder("device")))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

json FirstFailure(const json& report) {
  for (const json& check : report["checks"]) {
    if (check["ok"] == false) return check;
  }
  return nullptr;
}

json CheckOf(const json& report, const std::string& name) {
  for (const json& check : report["checks"]) {
    if (check["check"] == name) return check;
  }
  return nullptr;
}

}  // namespace kedge::setup_test
