// mosquitto, drydock and the real aws command line, for tests that are told as commands.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "program.h"

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
  CliBench();

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
  const std::string& http() const { return http_; }

 private:
  std::vector<std::string> Shell(const std::string& script) const;
  std::vector<std::string> Environment() const;

  TemporaryFolder folder_;
  int port_ = FreePort();
  std::optional<Program> broker_;
  std::optional<Program> drydock_;
  std::string http_;
};

}  // namespace kedge::drydock
