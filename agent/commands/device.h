// What the verbs share: this device's configuration, its agent, its journal, and how to print. Everything
// that fails is said on stderr, with what to do.
#pragma once

#include <memory>
#include <string>

#include "commands/verb.h"
#include "config.h"
#include "operator/agent_client.h"
#include "operator/terminal.h"
#include "store/journal.h"

namespace kedge::commands {

// Says it on stderr, after "kedge: "; the exit status 1.
int Fail(const std::string& why);
// Writes it to stdout; the exit status.
int Print(const std::string& text);
// Colour only where somebody looks, and not when he asked for none (no-color.org).
op::Look LookOfTerminal();

// What the agent at this socket, or at the system bus, says of itself (operator/status_report.h).
Result<std::string> StatusOfAgent(const std::string& socket);

class Device {
 public:
  // An error is of a configuration that was named, or that cannot be read at all: without one in the standard
  // place, or with mistakes in it (they are said), the standard folders are the best guess, for an agent that
  // runs with an older one has to be within reach all the same.
  static Result<Device> Open(const Context& context);

  const Config& config() const { return config_; }
  bool json() const { return json_; }
  const op::Look& look() const { return look_; }

  Result<op::AgentClient> Connect() const {
    return op::AgentClient::Connect(config_.paths.operator_socket());
  }
  static std::string NotRunning(const Error& error);

  // kDenied: only root may read it; the message says so.
  Result<std::unique_ptr<store::HistoryReader>> OpenJournal() const;
  // Says on stderr that kedged does not run, where that is so: what is read from the journal is then the last
  // that is known.
  void SayIfNotRunning() const;

  // What the running agent says of itself, as JSON (operator/status_report.h); without one, what its journal
  // says, and SayIfNotRunning().
  Result<std::string> Status() const;

  // What the journal says, as that document.
  Result<std::string> StatusFromJournal(store::HistoryReader& history) const;

  // Prints a reply to a request; the exit status.
  int PrintReply(const Result<op::Reply>& reply) const;

 private:
  Device(Config config, bool json) : config_(std::move(config)), json_(json), look_(LookOfTerminal()) {}

  Config config_;
  bool json_;
  op::Look look_;
};

// Opens the device and does it; the exit status.
template <typename Work>
int With(const Context& context, Work work) {
  const auto device = Device::Open(context);
  return device ? work(*device) : Fail(device.error().message);
}

// Asks the running agent for it, as a method of op::AgentClient; the exit status.
template <typename Question>
int Ask(const Device& device, Question question) {
  auto client = device.Connect();
  if (!client) return Fail(Device::NotRunning(client.error()) + "; start it: systemctl start kedged");
  return device.PrintReply(question(*client));
}

}  // namespace kedge::commands
