// The program: finds the command and runs it.

#include <signal.h>

#include <array>
#include <iostream>

#include "commands.h"

namespace kedge::drydock {
namespace {

struct Command {
  const char* name;
  const char* what;
  int (*run)(const std::vector<std::string>& words);
};

constexpr std::array kCommands = {
    Command{"serve", "be the Jobs service, for devices on a broker and for the aws command", RunServe},
    Command{"broker", "start a mosquitto that keeps things apart, with certificates for all", RunBroker},
    Command{"watch", "print what happens in a running drydock, as it happens", RunWatch},
    Command{"report", "what became of every execution, as one HTML file", RunReport},
};

std::string Help() {
  std::string help =
      "drydock: a local AWS IoT Jobs service that real clients drive, and that breaks when told to\n\n"
      "usage: drydock COMMAND [options]\n\n";
  for (const Command& command : kCommands) {
    help += "  " + std::string(command.name) + std::string(9 - std::string(command.name).size(), ' ') +
            command.what + "\n";
  }
  return help + "\ndrydock COMMAND --help tells more; drydock --version\n";
}

int Run(const std::vector<std::string>& words) {
  const std::string word = words.empty() ? "" : words[0];
  if (word == "--help" || word == "-h" || word == "help") {
    std::cout << Help();
    return 0;
  }
  if (word == "--version") {
    std::cout << "drydock " KEDGE_VERSION "\n";
    return 0;
  }
  for (const Command& command : kCommands) {
    if (word == command.name) return command.run({words.begin() + 1, words.end()});
  }
  Say(words.empty() ? "what to do? (drydock --help lists the commands)"
                    : "'" + word + "' is not a command (drydock --help lists them)");
  return 2;
}

}  // namespace

sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

void Say(const std::string& sentence) { std::cerr << "drydock: " << sentence << std::endl; }

}  // namespace kedge::drydock

int main(int argc, char** argv) { return kedge::drydock::Run({argv + 1, argv + argc}); }
