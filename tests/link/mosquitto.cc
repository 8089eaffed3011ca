#include "link/mosquitto.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::link {

Mosquitto::Mosquitto(const std::string& host) : port_(FreePort()) {
  ca_.WriteCertificate(folder / "ca.pem");
  ca_.Issue("broker", host, folder / "broker.pem", folder / "broker.key");
  ca_.Issue("thing-1", "", folder / "thing.pem", folder / "thing.key");
  std::ofstream(folder / "mosquitto.conf") << "listener " << port_ << " 127.0.0.1\n"
                                           << "user root\n"
                                           << "allow_anonymous true\n"
                                           << "cafile " << folder / "ca.pem"
                                           << "\n"
                                           << "certfile " << folder / "broker.pem"
                                           << "\n"
                                           << "keyfile " << folder / "broker.key"
                                           << "\n"
                                           << "require_certificate true\n"
                                           << "max_queued_messages 10000\n"
                                           << "log_dest stderr\nlog_type all\n";
  Start();
}

Mosquitto::~Mosquitto() { Kill(); }

void Mosquitto::Start() {
  std::array<int, 2> log{};
  if (pipe2(log.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const sys::Fd reader(log[0]);
  sys::Fd writer(log[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), 2);
  const std::string config = folder / "mosquitto.conf";
  const char* argv[] = {"mosquitto", "-c", config.c_str(), nullptr};
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path.data(), nullptr};
  const int failed =
      posix_spawn(&pid_, "/usr/sbin/mosquitto", &actions, nullptr, const_cast<char**>(argv), environment);
  posix_spawn_file_actions_destroy(&actions);
  writer.reset();
  if (failed != 0) throw std::runtime_error("cannot start /usr/sbin/mosquitto");
  // Its own word that it listens; its log is not read afterwards, and it does not mind.
  std::string text;
  const int64_t end = sys::BootMillis() + 10000;
  while (!Has(text, " running")) {
    pollfd ready{reader.get(), POLLIN, 0};
    char buffer[4096];
    ssize_t got = 0;
    if (sys::BootMillis() > end || poll(&ready, 1, 10000) <= 0 ||
        (got = read(reader.get(), buffer, sizeof buffer)) <= 0) {
      throw std::runtime_error("mosquitto does not start: " + text);
    }
    text.append(buffer, static_cast<size_t>(got));
  }
}

void Mosquitto::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Mosquitto::Freeze() { kill(pid_, SIGSTOP); }
void Mosquitto::Thaw() { kill(pid_, SIGCONT); }

BrokerConfig Mosquitto::Config(BrokerConfig::Version version) const {
  BrokerConfig config;
  config.host = "localhost";
  config.port = port_;
  config.client_id = "thing-1";
  config.ca_file = folder / "ca.pem";
  config.certificate_file = folder / "thing.pem";
  config.key_file = folder / "thing.key";
  config.mqtt_version = version;
  config.keep_alive = std::chrono::seconds(30);
  config.connect_timeout = std::chrono::milliseconds(3000);
  config.reconnect = {std::chrono::milliseconds(20), std::chrono::milliseconds(100),
                      std::chrono::milliseconds(10)};
  return config;
}

}  // namespace kedge::link
