// drydock broker: prepares the folder, says what to do next and becomes mosquitto.

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "broker/broker_folder.h"
#include "broker/broker_options.h"
#include "broker/certificate_folder.h"
#include "broker/disk.h"
#include "commands.h"

namespace kedge::drydock {
namespace {

// For a shell.
std::string Quoted(const std::string& word) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:-";
  if (word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

// The lines to copy from. Of the things only the last: they look all alike.
std::string NextSteps(const BrokerFolder& folder, const Bench& bench) {
  const std::string port = std::to_string(folder.listener().port);
  const std::string host = ClientHost(folder.listener());
  const auto file = [&](const std::string& name) { return Quoted(folder.File(name)); };
  std::string text = "The service:\n  drydock serve --broker " + host + ":" + port + " --ca " +
                     file("ca.pem") + " --cert " + file("drydock.pem") + " --key " + file("drydock.key") +
                     "\n";
  if (folder.things().empty())
    return text + "There is no thing yet: drydock broker FOLDER --thing NAME --setup-only\n";
  const std::string thing = bench.things.empty() ? folder.things().back() : bench.things.back();
  const std::string files = "things/" + thing;
  text += "A look with the eyes of " + thing + ":\n  mosquitto_sub -h " + host + " -p " + port +
          " --cafile " + file("ca.pem") + " --cert " + file(files + ".pem") + " --key " +
          file(files + ".key") + " -v -t '$aws/things/" + thing + "/jobs/#'\n";
  text +=
      "Its kedge.yaml (copy the three files to the device, where it is another machine):\n  thing: " + thing +
      "\n  broker:\n    endpoint: " + (bench.names.empty() ? host : bench.names.front()) +
      "\n    port: " + port + "\n    ca: " + folder.File("ca.pem") +
      "\n    certificate: " + folder.File(files + ".pem") + "\n    key: " + folder.File(files + ".key") +
      "\n";
  return text;
}

Result<void> Prepare(BrokerFolder& folder, const BrokerOptions& options, const Mosquitto& mosquitto) {
  if (folder.IsBrokerRunning() && !options.setup_only) {
    return Unexpected{ErrorKind::kBusy, "the broker of " + options.folder +
                                            " runs already; end it first, or change it with --setup-only"};
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto prepared = folder.Prepare(options.bench, mosquitto.plugin, now);
  for (const std::string& sentence : folder.done()) Say(sentence);
  if (!prepared) return prepared;
  if (folder.done().empty()) Say("everything is there in " + options.folder);
  Say("the first certificate runs out on " + DayText(folder.until()) +
      "; after that, the same command renews it");
  return {};
}

// This process becomes the broker, so that signals, exit status and death need nobody to carry them over.
Result<void> BecomeMosquitto(const BrokerFolder& folder, const Mosquitto& mosquitto) {
  if (const auto free = CheckListener(folder.listener()); !free) return free;
  if (const auto kept = folder.KeepLockOverExec(); !kept) return kept;
  const std::string conf = folder.File("mosquitto.conf");
  execl(mosquitto.program.c_str(), "mosquitto", "-c", conf.c_str(), nullptr);
  return CannotDo("start " + mosquitto.program);
}

Result<void> Run(const BrokerOptions& options) {
  const char* path = std::getenv("PATH");
  const auto mosquitto = FindMosquitto(path == nullptr ? "" : path);
  if (!mosquitto) return Unexpected(mosquitto.error());
  auto folder = BrokerFolder::Open(options.folder);
  if (!folder) return Unexpected(folder.error());
  if (const auto prepared = Prepare(*folder, options, *mosquitto); !prepared) return prepared;
  std::cout << NextSteps(*folder, options.bench) << std::flush;
  if (options.setup_only) return {};
  return BecomeMosquitto(*folder, *mosquitto);
}

}  // namespace

int RunBroker(const std::vector<std::string>& words) {
  const auto options = ParseBrokerOptions(words);
  if (!options) {
    Say(options.error().message);
    return 2;
  }
  if (options->help) {
    std::cout << kBrokerHelp;
    return 0;
  }
  if (const auto done = Run(*options); !done) {
    Say(done.error().message);
    return 1;
  }
  return 0;
}

}  // namespace kedge::drydock
