#include "commands/device.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "operator/look.h"
#include "operator/status_report.h"

namespace kedge::commands {
namespace {

// Several lines stay several, each as a terminal may have it.
std::string SafeLines(const std::string& text) {
  std::string safe;
  for (size_t from = 0; from <= text.size();) {
    const size_t to = std::min(text.find('\n', from), text.size());
    safe += (from == 0 ? "" : "\n") + op::SafeLine(text.substr(from, to - from));
    from = to + 1;
  }
  return safe;
}

}  // namespace

int Fail(const std::string& why) {
  std::fprintf(stderr, "kedge: %s\n", why.c_str());
  return kFailed;
}

int Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : Fail("cannot write the output");
}

op::Look LookOfTerminal() { return op::LookOfStdout(); }

Result<std::string> StatusOfAgent(const std::string& socket) {
  auto client = op::AgentClient::Connect(socket);
  if (!client) return Unexpected(client.error());
  return client->GetStatus();
}

Result<Device> Device::Open(const Context& context) {
  const bool is_named = !context.config.empty();
  auto config = LoadConfig(is_named ? context.config : kConfigFile);
  if (config) return Device(*std::move(config), context.json);
  if (is_named) return Unexpected(config.error());
  if (config.error().kind == ErrorKind::kInvalid) {
    std::fprintf(stderr, "%s\nkedge: these are mistakes; going on with the standard folders\n",
                 config.error().message.c_str());
  } else if (config.error().kind != ErrorKind::kNotFound && config.error().kind != ErrorKind::kDenied) {
    return Unexpected(config.error());
  }
  return Device(Config{}, context.json);
}

std::string Device::NotRunning(const Error& error) { return "kedged does not run (" + error.message + ")"; }

Result<std::unique_ptr<store::HistoryReader>> Device::OpenJournal() const {
  auto history = store::OpenHistory(config_.paths.journal());
  if (!history && history.error().kind == ErrorKind::kDenied) {
    return Unexpected{ErrorKind::kDenied,
                      history.error().message + "; only root may read it: sudo kedge ..."};
  }
  return history;
}

void Device::SayIfNotRunning() const {
  const auto client = Connect();
  if (client) return;
  std::fprintf(stderr, "kedge: %s; this is read from its journal %s\n", NotRunning(client.error()).c_str(),
               config_.paths.journal().c_str());
}

Result<std::string> Device::Status() const {
  auto client = Connect();
  if (client) {
    auto status = client->GetStatus();
    if (status) return status;
    return Unexpected(status.error().kind, "kedged does not tell its status: " + status.error().message);
  }
  auto history = OpenJournal();
  auto status = history ? StatusFromJournal(**history) : Result<std::string>(Unexpected(history.error()));
  if (!status) {
    return Unexpected(status.error().kind, NotRunning(client.error()) + "\nkedge: " + status.error().message);
  }
  SayIfNotRunning();
  return status;
}

Result<std::string> Device::StatusFromJournal(store::HistoryReader& history) const {
  const auto state = history.Load();
  if (!state) return Unexpected(state.error());
  return op::StatusJson(
      *state, {.thing = config_.thing, .version = KEDGE_VERSION, .agent_running = false, .notes = {}});
}

int Device::PrintReply(const Result<op::Reply>& reply) const {
  if (!reply) {
    return Fail(reply.error().message +
                (reply.error().kind == ErrorKind::kDenied ? "; type: sudo kedge ..." : ""));
  }
  if (json_) {
    const int printed = Print(op::ReplyJson(reply->accepted, reply->text) + "\n");
    return reply->accepted ? printed : kFailed;
  }
  const std::string text = SafeLines(reply->text);
  return reply->accepted ? Print(text + "\n") : Fail(text);
}

}  // namespace kedge::commands
