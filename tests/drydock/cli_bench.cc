#include "cli_bench.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace kedge::drydock {

using nlohmann::json;

std::vector<std::string> CliBench::Shell(const std::string& script) const {
  return {"/bin/sh", "-c", "aws() { /usr/bin/aws --endpoint-url " + http() + " \"$@\"; }\n" + script};
}

std::vector<std::string> CliBench::Environment() const {
  return {"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y", "AWS_DEFAULT_REGION=us-east-1",  "AWS_PAGER=",
          "AWS_MAX_ATTEMPTS=1",  "HOME=" + live_.File(""),  "AWS_EC2_METADATA_DISABLED=true"};
}

Ran CliBench::Script(const std::string& script) const {
  constexpr std::chrono::seconds kLimit{100};  // some are hundreds of commands
  Program program(Shell(script), Environment());
  const int status = program.Wait(kLimit);
  return {status, program.output()};
}

Ran CliBench::Aws(const std::string& command) const { return Script("aws " + command); }

std::vector<Ran> CliBench::AwsAll(const std::vector<std::string>& commands) const {
  std::vector<Ran> all;
  for (std::size_t i = 0; i < commands.size(); i += 2) {
    Program one(Shell("aws " + commands[i]), Environment());
    std::optional<Program> other;
    if (i + 1 < commands.size()) other.emplace(Shell("aws " + commands[i + 1]), Environment());
    const int status = one.Wait();
    all.push_back({status, one.output()});
    if (!other) break;
    const int other_status = other->Wait();
    all.push_back({other_status, other->output()});
  }
  return all;
}

json CliBench::Good(const std::string& command) const {
  const Ran ran = Aws(command);
  REQUIRE_MESSAGE(ran.status == 0, ran.said);
  return ran.said.empty() ? json() : ran.Said();
}

void CliBench::PutFile(const std::string& bucket, const std::string& key, const std::string& bytes) const {
  const std::filesystem::path path = live_.File("files/" + bucket + "/" + key);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace kedge::drydock
