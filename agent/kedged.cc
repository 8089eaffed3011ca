// kedged: decides, journals, runs and undoes. This file only wires.
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "config.h"
#include "daemon.h"
#include "link/link_server.h"
#include "live_config.h"
#include "operator/agent_object.h"
#include "operator/status_report.h"
#include "process/linux_children.h"
#include "process/resolve.h"
#include "store/journal.h"
#include "sys/clock.h"
#include "sys/event_loop.h"
#include "sys/files.h"
#include "sys/log.h"
#include "sys/watchdog.h"
#include "task_spec.h"

namespace {

constexpr char kHelp[] =
    "Usage: kedged [--config FILE] [--check-config]\n"
    "\n"
    "The Kedge job agent: takes jobs from AWS IoT Jobs (through kedge-link), runs them step by step, and "
    "undoes\n"
    "what is cancelled, fails or is interrupted. Runs in the foreground; systemd starts it as "
    "kedged.service.\n"
    "\n"
    "  --config FILE    read FILE instead of /etc/kedge/kedge.yaml\n"
    "  --check-config   say what is wrong with the configuration, or that nothing is, and end\n"
    "  --version        print the version and end\n"
    "  --help           print this and end\n"
    "\n"
    "Exit status: 0 ended as asked; 1 could not start or go on (the reason is on stderr); 2 wrong use.\n"
    "\n"
    "Examples:\n"
    "  kedged --check-config                      check /etc/kedge/kedge.yaml\n"
    "  kedged --config ./bench.yaml               run at the bench with another configuration\n"
    "  kedge status                               ask the running agent what it does\n";

struct Options {
  std::string config = kedge::kConfigFile;
  bool check = false;
};

// Gives an exit status when there is nothing to run.
int ParseOptions(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (word == "--version") {
      std::printf("kedged %s\n", KEDGE_VERSION);
      return 0;
    }
    if (word == "--check-config") {
      options->check = true;
    } else if (word == "--config" && i + 1 < argc) {
      options->config = argv[++i];
    } else {
      std::fprintf(stderr, "kedged: %s: unknown or incomplete option; try 'kedged --help'\n", word.c_str());
      return 2;
    }
  }
  return -1;
}

int Fail(const std::string& message) {
  kedge::sys::Log(kedge::sys::LogLevel::kError, message);
  return 1;
}

int Run(kedge::LiveConfig& live) {
  using namespace kedge;
  const Config& config = live.now();
  sys::StartLog("kedged", config.log_level);
  sys::EventLoop loop;

  auto boot_id = sys::BootId();
  if (!boot_id) return Fail(boot_id.error().message);
  auto topics = jobs::Topics::For(config.thing);
  if (!topics) return Fail(topics.error().message);
  // Passed through, never read, by the users that steps run as: their own folders are beneath.
  if (auto made = sys::MakeDirs(config.paths.state_folder, 0711); !made) return Fail(made.error().message);
  store::JournalOptions journal_options;
  journal_options.keep_executions = config.history_executions;
  auto journal = store::OpenOrReplaceJournal(config.paths.journal(), journal_options);
  if (!journal) return Fail(journal.error().message);
  // Copies of scripts that an earlier life had started: no task of this one has their names. The journal is
  // ours alone.
  if (auto gone = sys::RemoveTree(config.paths.stage_folder()); !gone) {
    sys::Log(sys::LogLevel::kWarning, "old copies of scripts stay: " + gone.error().message);
  }
  if (!journal->trouble.empty()) sys::Log(sys::LogLevel::kError, journal->trouble);

  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<op::AgentObject> doors;
  std::function<void()> take_over;

  process::ContainmentConfig containment;
  containment.use_cgroups = config.process.use_cgroups == ProcessSettings::Cgroups::kAuto;
  containment.cgroup_folder = config.process.cgroup_folder;
  containment.output_file = config.process.output_file;
  containment.output_file_bytes = config.process.output_file_size;
  containment.output_files = static_cast<size_t>(config.process.output_files);
  // The daemon needs the children, and they tell it.
  op::LiveOutput live_output;
  process::Listeners listeners{
      .ended =
          [&daemon](const process::TaskName& name, const Ending& ending, const Output& output,
                    const Usage& usage, const process::Told& told) {
            daemon->TaskIsOver(name, {0, ending, output, usage, told});
          },
      .told = [&daemon](const process::TaskName& name,
                        const process::Told& told) { daemon->TaskTells(name, told); },
      .survives = [&daemon](const process::TaskName& name,
                            const std::string& who) { daemon->TaskOutlives(name, who); },
      .printed =
          [&daemon, &live_output](const process::TaskName& name, bool is_stderr, std::string_view bytes) {
            if (const auto& current = daemon->state().current)
              live_output.Append(current->id, TaskOf(name), is_stderr, bytes);
          }};
  auto made = process::MakeChildren(loop, containment, std::move(listeners));
  if (!made) return Fail(made.error().message);
  sys::Log(sys::LogLevel::kInfo, made->containment.explanation);
  for (const std::string& lack : made->containment.lacks) sys::Log(sys::LogLevel::kWarning, lack);

  daemon = std::make_unique<Daemon>(config, loop, *journal->journal, *made->children, *topics,
                                    Daemon::Doors{[&doors](const Answer& answer) { doors->Answer(answer); },
                                                  [&doors, &take_over] {
                                                    doors->StatusChanged();
                                                    take_over();
                                                  }});
  const auto log_taken_over = [&config](const std::string& what) {
    sys::SetLogLevel(config.log_level);
    sys::Log(sys::LogLevel::kInfo, "configuration " + what);
  };
  take_over = [&daemon, &live, log_taken_over] {
    if (daemon->state().current) return;
    if (const auto taken = live.AtRest()) log_taken_over(*taken);
  };
  const auto reload = [&daemon, &live, log_taken_over] {
    const LiveConfig::Answer answer = live.Reload(daemon->state().current.has_value());
    if (answer.accepted) {
      log_taken_over(answer.text);
    } else {
      sys::Log(sys::LogLevel::kError, "configuration not taken over: " + answer.text);
    }
    return Answer{0, answer.accepted, answer.text};
  };

  op::StatusContext context{
      .thing = config.thing, .version = KEDGE_VERSION, .notes = {made->containment.explanation}};
  context.notes.insert(context.notes.end(), made->containment.lacks.begin(), made->containment.lacks.end());
  op::OperatorConfig door_config;
  door_config.thing = config.thing;
  door_config.version = KEDGE_VERSION;
  door_config.socket = config.paths.operator_socket();
  auto opened = op::AgentObject::Start(
      loop, door_config,
      {[&daemon](const CancelRequested& request) { daemon->Handle(request); },
       [&daemon](const ClearRequested& request) { daemon->Handle(request); },
       [&daemon](const RollbackRequested& request) { daemon->Handle(request); }, reload,
       [&daemon, &context] {
         context.recovering = daemon->Recovering();
         return op::StatusJson(daemon->state(), context);
       },
       [&live_output](uint64_t after) { return live_output.Since(after); }});
  if (!opened) return Fail(opened.error().message);
  doors = std::move(*opened);
  sys::Log(sys::LogLevel::kInfo, "operators come in by " + doors->Doors());

  auto filters = topics->Filters();
  filters.push_back(topics->CancelTopic());
  link::LinkServerConfig link_config;
  link_config.socket_path = config.paths.link_socket();
  link_config.filters = std::move(filters);
  if (auto user = process::FindUser(config.link_user)) {
    link_config.link_uid = user->uid;
    link_config.socket_group = user->gid;
  }
  auto link = link::ListenForLink(
      loop, std::move(link_config),
      {[&daemon] { daemon->LinkIsUp(); }, [&daemon](const std::string& why) { daemon->LinkIsDown(why); },
       [&daemon](const std::string& topic, const std::string& payload) { daemon->Receive(topic, payload); }},
      [](const std::string& trouble) { sys::Log(sys::LogLevel::kWarning, trouble); });
  if (!link) return Fail(link.error().message);

  if (auto started = daemon->Start(**link, *boot_id, journal->trouble); !started)
    return Fail(started.error().message);

  const auto ask_to_end = [&daemon] { daemon->Handle(ShutdownRequested{}); };
  const auto on_term = loop.OnSignal(SIGTERM, ask_to_end);
  const auto on_int = loop.OnSignal(SIGINT, ask_to_end);
  const auto on_hup = loop.OnSignal(SIGHUP, reload);
  const sys::Watchdog watchdog(loop, [&daemon] { return daemon->Stuck(sys::BootMillis()); });
  sys::Log(sys::LogLevel::kInfo, "ready: thing " + config.thing);
  sys::NotifySystemd("READY=1");
  const int status = loop.Run();
  sys::NotifySystemd("STOPPING=1");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const int status = ParseOptions(argc, argv, &options); status >= 0) return status;
  auto config = kedge::LoadConfig(options.config);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return 1;
  }
  auto ready = kedge::CheckReady(*config);
  if (!ready) {
    std::fprintf(stderr, "%s\n", ready.error().message.c_str());
    return 1;
  }
  if (options.check) {
    std::printf("%s: fine, for thing %s\n", options.config.c_str(), config->thing.c_str());
    return 0;
  }
  try {
    kedge::LiveConfig live(std::move(*config));
    return Run(live);
  } catch (const std::exception& why) {  // a system call that the loop cannot do without
    return Fail(std::string("cannot go on: ") + why.what());
  }
}
