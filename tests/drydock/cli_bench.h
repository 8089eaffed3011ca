// mosquitto, drydock and the real aws command line, for tests that are told as commands.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "live_service.h"

namespace kedge::drydock {

// One command that has ended.
struct Ran {
  int status;
  std::string said;  // both streams

  nlohmann::json Said() const { return nlohmann::json::parse(said); }
  bool Says(const std::string& text) const { return said.find(text) != std::string::npos; }
  // Exit status 0 and nothing printed.
  bool Silent() const { return status == 0 && said.empty(); }
  // Ended as the CLI does when the service answers with this exception.
  bool Refused(const std::string& exception) const { return status == 254 && Says("(" + exception + ")"); }
};

class CliBench {
 public:
  // `command` is what stands behind `aws`, quoted for a shell.
  Ran Aws(const std::string& command) const;
  // All of them, in no particular order, two at a time; what they said, in the order given. The CLI takes the
  // better part of a second for each.
  std::vector<Ran> AwsAll(const std::vector<std::string>& commands) const;
  // Like Aws(), REQUIREs that it succeeds, and gives what it printed.
  nlohmann::json Good(const std::string& command) const;
  // A script for sh in which `aws` is drydock's.
  Ran Script(const std::string& script) const;

  // A file in the folder that stands for S3.
  void PutFile(const std::string& bucket, const std::string& key, const std::string& bytes) const;
  std::string http() const { return live_.url(); }
  int broker_port() const { return live_.broker_port(); }

 private:
  std::vector<std::string> Shell(const std::string& script) const;
  std::vector<std::string> Environment() const;

  LiveService live_;
};

}  // namespace kedge::drydock
