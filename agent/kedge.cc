// kedge: the operator's command. Asks a running kedged over D-Bus, and reads the journal for what has been.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "config.h"
#include "conform/handler_test.h"
#include "import_command.h"
#include "operator/agent_client.h"
#include "operator/command_line.h"
#include "operator/history_report.h"
#include "operator/status_report.h"
#include "setup/setup.h"
#include "store/journal.h"
#include "sys/clock.h"
#include "wait_command.h"

namespace kedge {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

int Fail(const std::string& why) {
  std::fprintf(stderr, "kedge: %s\n", why.c_str());
  return kFailed;
}

int Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : Fail("cannot write the output");
}

// Colour only where somebody looks, and not when he asked for none (no-color.org).
op::Look LookOfTerminal() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool wanted = (no_colour == nullptr || *no_colour == '\0') &&
                      (terminal == nullptr || std::string(terminal) != "dumb");
  return {.colour = wanted && isatty(STDOUT_FILENO) == 1};
}

op::PastExecutionView ViewOf(const store::PastExecution& past) {
  return {past.id, past.status, past.verdict, past.text, past.document, past.offered_wall, past.closed_wall};
}

class Command {
 public:
  Command(Config config, bool json) : config_(std::move(config)), json_(json) {}

  int operator()(const op::StatusCommand&) {
    auto client = Connect();
    if (client) {
      auto status = client->GetStatus();
      if (status) return PrintStatus(*status);
      return Fail("kedged does not tell its status: " + status.error().message);
    }
    auto history = OpenJournal();
    if (!history) return Fail(NotRunning(client.error()) + "\nkedge: " + history.error().message);
    auto state = (*history)->Load();
    if (!state) return Fail(NotRunning(client.error()) + "\nkedge: " + state.error().message);
    SayReadFromJournal(client.error());
    return PrintStatus(op::StatusJson(
        *state, {.thing = config_.thing, .version = KEDGE_VERSION, .agent_running = false, .notes = {}}));
  }

  int operator()(const op::HistoryCommand& command) {
    auto history = OpenJournal();
    if (!history) return Fail(history.error().message);
    auto executions = (*history)->Executions(command.limit);
    if (!executions) return Fail(executions.error().message);
    if (auto client = Connect(); !client) SayReadFromJournal(client.error());
    std::vector<op::PastExecutionView> views;
    for (const auto& past : *executions) views.push_back(ViewOf(past));
    return Print(json_ ? op::HistoryJson(views) : op::HistoryText(views, look_));
  }

  int operator()(const op::ShowCommand& command) {
    auto history = OpenJournal();
    if (!history) return Fail(history.error().message);
    auto executions = (*history)->ExecutionsOf(command.job.job);
    if (!executions) return Fail(executions.error().message);
    for (const auto& past : *executions) {
      if (command.job.number && past.id.number != *command.job.number) continue;
      auto entries = (*history)->Entries(past.id);
      if (!entries) return Fail(entries.error().message);
      if (auto client = Connect(); !client) SayReadFromJournal(client.error());
      if (json_) return Print(op::ShowJson(ViewOf(past), *entries));
      return Print(op::ShowText(ViewOf(past), *entries, look_) + Others(*executions, past));
    }
    return Fail("no job " + command.job.job.value +
                (command.job.number ? "#" + std::to_string(*command.job.number) : "") +
                " in the history of " + config_.paths.journal() + "; `kedge history` lists the jobs");
  }

  int operator()(const op::CancelCommand& command) {
    return Ask([&command](op::AgentClient& agent) {
      return agent.Cancel(command.job, command.force, command.reason);
    });
  }

  int operator()(const op::ClearCommand&) {
    return Ask([](op::AgentClient& agent) { return agent.Clear(); });
  }

  int operator()(const op::RollbackCommand&) {
    return Ask([](op::AgentClient& agent) { return agent.Rollback(); });
  }

  int operator()(const op::ReloadCommand&) {
    return Ask([](op::AgentClient& agent) { return agent.Reload(); });
  }

  int operator()(const op::WaitCommand& command) { return WaitFor(config_, command); }

  int operator()(const op::ImportCommand&) { return kDone; }       // done before the configuration was read
  int operator()(const op::HandlerTestCommand&) { return kDone; }  // likewise
  int operator()(const op::SetupCommand&) { return kDone; }        // likewise
  int operator()(const op::PrintCommand&) { return kDone; }        // done before the configuration was read
  int operator()(const op::WrongUse&) { return kWrongUse; }

 private:
  Result<op::AgentClient> Connect() const {
    return op::AgentClient::Connect(config_.paths.operator_socket());
  }
  template <typename Question>
  int Ask(Question question) const {
    auto client = Connect();
    if (!client) return Fail(NotRunning(client.error()) + "; start it: systemctl start kedged");
    return PrintReply(question(*client));
  }
  Result<std::unique_ptr<store::HistoryReader>> OpenJournal() const {
    auto history = store::OpenHistory(config_.paths.journal());
    if (!history && history.error().kind == ErrorKind::kDenied) {
      return Unexpected{ErrorKind::kDenied,
                        history.error().message + "; only root may read it: sudo kedge ..."};
    }
    return history;
  }

  static std::string NotRunning(const Error& error) { return "kedged does not run (" + error.message + ")"; }
  void SayReadFromJournal(const Error& error) const {
    std::fprintf(stderr, "kedge: %s; this is read from its journal %s\n", NotRunning(error).c_str(),
                 config_.paths.journal().c_str());
  }

  int PrintStatus(const std::string& status) const {
    if (json_) return Print(op::PrettyJson(status) + "\n");
    auto text = op::StatusText(status, look_, sys::WallMillis());
    return text ? Print(*text) : Fail(text.error().message);
  }
  int PrintReply(const Result<op::Reply>& reply) const {
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
  static std::string SafeLines(const std::string& text) {
    std::string safe;
    for (size_t from = 0; from <= text.size();) {
      const size_t to = std::min(text.find('\n', from), text.size());
      safe += (from == 0 ? "" : "\n") + op::SafeLine(text.substr(from, to - from));
      from = to + 1;
    }
    return safe;
  }
  static std::string Others(const std::vector<store::PastExecution>& all, const store::PastExecution& shown) {
    std::string others;
    for (const auto& past : all) {
      if (past.id == shown.id) continue;
      others += (others.empty() ? "" : ", ") + past.id.job.value + "#" + std::to_string(past.id.number);
    }
    return others.empty() ? "" : "\nOther executions of this job: " + others + "\n";
  }

  const Config config_;
  const bool json_;
  const op::Look look_ = LookOfTerminal();
};

Result<Config> ReadConfig(const std::string& path) {
  if (!path.empty()) return LoadConfig(path);
  auto config = LoadConfig(kConfigFile);
  if (config) return config;
  // Not configured yet, or not for this user to read: the standard folders are the best guess. And with a
  // mistake in the file an agent that runs with an older one has to be within reach all the same.
  if (config.error().kind == ErrorKind::kInvalid) {
    std::fprintf(stderr, "%s\nkedge: these are mistakes; going on with the standard folders\n",
                 config.error().message.c_str());
  } else if (config.error().kind != ErrorKind::kNotFound && config.error().kind != ErrorKind::kDenied) {
    return config;
  }
  return Config{};
}

Result<std::string> StatusOfAgent(const std::string& socket) {
  auto client = op::AgentClient::Connect(socket);
  if (!client) return Unexpected(client.error());
  return client->GetStatus();
}

int Main(const std::vector<std::string>& arguments) {
  const op::CommandLine line = op::ParseCommandLine(arguments, KEDGE_VERSION);
  if (const auto* print = std::get_if<op::PrintCommand>(&line.command)) return Print(print->text);
  if (const auto* wrong = std::get_if<op::WrongUse>(&line.command)) {
    Fail(wrong->text);
    return kWrongUse;
  }
  if (const auto* import = std::get_if<op::ImportCommand>(&line.command)) return ImportConfig(*import);
  if (const auto* test = std::get_if<op::HandlerTestCommand>(&line.command)) {
    return conform::HandlerTest(test->arguments, Print, [](const std::string& text) { Fail(text); });
  }
  if (const auto* setup = std::get_if<op::SetupCommand>(&line.command)) {
    return setup::Setup(setup->arguments,
                        {Print, [](const std::string& text) { Fail(text); }, StatusOfAgent});
  }
  auto config = ReadConfig(line.config);
  if (!config) return Fail(config.error().message);
  return std::visit(Command(std::move(*config), line.json), line.command);
}

}  // namespace
}  // namespace kedge

int main(int argc, char** argv) {
  return kedge::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
