#include "live_service.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace kedge::drydock {

LiveService::LiveService(std::vector<std::string> more) : more_(std::move(more)) {
  std::filesystem::create_directory(File("files"));
  // "user root": as another user it would no longer end with a test that is killed.
  std::ofstream(File("broker.conf")) << "listener " << broker_port_ << " 127.0.0.1\nallow_anonymous true\n"
                                     << "user root\nset_tcp_nodelay true\nmax_packet_size 149504\n";
  broker_.emplace(std::vector<std::string>{"/usr/sbin/mosquitto", "-c", File("broker.conf")});
  StartDrydock(0);
}

void LiveService::StartDrydock(int http_port) {
  std::vector<std::string> words = {
      DRYDOCK,     "serve",         "--broker", broker_address(), "--http-port", std::to_string(http_port),
      "--history", File("history"), "--files",  File("files")};
  words.insert(words.end(), more_.begin(), more_.end());
  drydock_.emplace(words);
  REQUIRE_MESSAGE(drydock_->Says("}\n"), drydock_->output());
  const std::string& said = drydock_->output();
  http_port_ = nlohmann::json::parse(said.substr(said.rfind("{\"http\"")))["http"].get<int>();
}

std::vector<std::string> LiveService::MosquittoClient(const std::string& program,
                                                      std::vector<std::string> words) const {
  words.insert(words.begin(),
               {"/usr/bin/stdbuf", "-oL", program, "-p", std::to_string(broker_port_), "-q", "1"});
  return words;
}

void LiveService::Publish(const std::string& operation, const std::string& payload) const {
  Program publisher(
      MosquittoClient("/usr/bin/mosquitto_pub", {"-t", "$aws/things/pi-1/jobs/" + operation, "-m", payload}));
  REQUIRE(publisher.Wait() == 0);
}

}  // namespace kedge::drydock
