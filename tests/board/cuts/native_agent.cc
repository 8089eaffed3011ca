#include "board/cuts/native_agent.h"

#include <unistd.h>

#include <filesystem>

#include "rig/files.h"

namespace kedge::board {
namespace {

constexpr const char* kLimitSeconds = "120";

}  // namespace

NativeAgent::NativeAgent(const std::string& folder) : folder_(folder) {
  std::filesystem::create_directories(folder);
  for (const char* name : {"ca", "certificate", "key"}) rig::WriteFile(folder + "/" + name, "not used\n");
  // A name of its own, for by thing and state folder an agent knows what an earlier life of it left running,
  // and ends it.
  const std::string config = folder + "/kedge.yaml";
  rig::WriteFile(config, "thing: cuts-" + std::to_string(getpid()) + "\nbroker: {endpoint: localhost, ca: " +
                             folder + "/ca, certificate: " + folder + "/certificate, key: " + folder +
                             "/key}\npaths: {state: /var/lib/kedge, run: " + folder +
                             "/run, handlers: " CUTS_HANDLERS ", guards: " CUTS_HANDLERS
                             "/guards}\nprocess: {cgroups: no}\nlink: {user: root}\n");
  kedged_ = rig::Program({.name = "kedged", .argv = {CUTS_KEDGED, "--config", config}, .log_folder = folder});
}

rig::Finished NativeAgent::Run(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {CUTS_KEDGE, "--config", folder_ + "/kedge.yaml"};
  argv.insert(argv.end(), words.begin(), words.end());
  return rig::Run(argv, folder_);
}

std::string NativeAgent::Recover() {
  kedged_.Start();
  const rig::Finished done = Run({"wait", "recovered", "--timeout", kLimitSeconds});
  return done.status == 0 ? "" : "kedge wait recovered: " + done.err + done.out;
}

nlohmann::json NativeAgent::Kedge(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = words;
  argv.emplace_back("--json");
  const rig::Finished done = Run(argv);
  return done.status == 0 ? nlohmann::json::parse(done.out, nullptr, false) : nlohmann::json();
}

}  // namespace kedge::board
