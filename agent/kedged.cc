// kedged: decides, journals, runs and undoes. This file only wires.
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "config.h"
#include "core/job_document.h"
#include "daemon.h"
#include "jobs/cancel.h"
#include "kedged_options.h"
#include "link/link_server.h"
#include "live_config.h"
#include "local/local_run.h"
#include "operator/agent_object.h"
#include "operator/look.h"
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

int Fail(const std::string& message) {
  kedge::sys::Log(kedge::sys::LogLevel::kError, message);
  return 1;
}

// As the command `kedge` says it.
int FailRun(const std::string& message) {
  std::fprintf(stderr, "kedge: %s\n", message.c_str());
  return kedge::local::kNotDone;
}

std::string WhatToDo(const kedge::Error& error) {
  switch (error.kind) {
    case kedge::ErrorKind::kBusy:
      return error.message + "; stop it first: sudo systemctl stop kedged (or wait for the other local run)";
    case kedge::ErrorKind::kDenied:
      return error.message + "; run it as root, or with folders of your own: 'paths' in --config FILE";
    default:
      return error.message;
  }
}

// A document to be run without the service; empty text: the daemon.
struct LocalDocument {
  std::string file;
  std::string text;
  bool json = false;
};

int Run(kedge::LiveConfig& live, const LocalDocument& document) {
  using namespace kedge;
  const Config& config = live.now();
  const bool is_local = !document.text.empty();
  const auto fail = [is_local](const Error& error) {
    return is_local ? FailRun(WhatToDo(error)) : Fail(error.message);
  };
  // What happens is told anyway.
  sys::StartLog("kedged", is_local ? std::max(config.log_level, sys::LogLevel::kWarning) : config.log_level);
  sys::EventLoop loop;

  auto boot_id = sys::BootId();
  if (!boot_id) return fail(boot_id.error());
  auto topics = jobs::Topics::For(config.thing);
  if (!topics) return fail(topics.error());
  // Passed through, never read, by the users that steps run as: their own folders are beneath.
  if (auto made = sys::MakeDirs(config.paths.state_folder, 0711); !made) return fail(made.error());
  store::JournalOptions journal_options;
  journal_options.keep_executions = config.history_executions;
  auto journal = store::OpenOrReplaceJournal(config.paths.journal(), journal_options);
  if (!journal) return fail(journal.error());
  // Copies of scripts that an earlier life had started: no task of this one has their names. The journal is
  // ours alone.
  if (auto gone = sys::RemoveTree(config.paths.stage_folder()); !gone) {
    sys::Log(sys::LogLevel::kWarning, "old copies of scripts stay: " + gone.error().message);
  }
  if (!journal->trouble.empty() && !is_local) sys::Log(sys::LogLevel::kError, journal->trouble);

  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<op::AgentObject> doors;
  std::function<void()> take_over;
  std::unique_ptr<local::LocalRun> run;
  if (is_local) {
    local::RunPrinter printer(document.json, op::LookOfStdout(), [](const std::string& text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);  // that nobody reads any more is no reason to leave the job half done
    });
    run = std::make_unique<local::LocalRun>(
        document.text, loop, *topics, std::move(printer),
        [&daemon](decltype(Event::what) what) { daemon->Handle(std::move(what)); });
    if (!journal->trouble.empty()) return FailRun(journal->trouble + "; start kedged, and see kedge status");
    const auto state = journal->journal->Load();
    if (!state) return fail(state.error());
    if (const auto why = local::WhyNot(*state, run->is_repair()); !why.empty()) return FailRun(why);
  }

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
          [&daemon, &live_output, &run](const process::TaskName& name, bool is_stderr,
                                        std::string_view bytes) {
            if (run) run->Printed(TaskOf(name), is_stderr, bytes);
            if (const auto& current = daemon->state().current)
              live_output.Append(current->id, TaskOf(name), is_stderr, bytes);
          }};
  auto made = process::MakeChildren(loop, containment, std::move(listeners));
  if (!made) return fail(made.error());
  sys::Log(sys::LogLevel::kInfo, made->containment.explanation);
  for (const std::string& lack : made->containment.lacks) sys::Log(sys::LogLevel::kWarning, lack);

  store::Journal& book = run ? run->Between(*journal->journal) : *journal->journal;
  daemon = std::make_unique<Daemon>(config, loop, book, *made->children, *topics,
                                    Daemon::Doors{[&doors, &run](const Answer& answer) {
                                                    if (!run || !run->Takes(answer)) doors->Answer(answer);
                                                  },
                                                  [&doors, &take_over, &run, &daemon] {
                                                    doors->StatusChanged();
                                                    take_over();
                                                    if (run) run->Look(daemon->state());
                                                  }});
  const auto log_taken_over = [&config](const std::string& what) {
    sys::SetLogLevel(config.log_level);
    sys::Log(sys::LogLevel::kInfo, "configuration " + what);
  };
  take_over = [&daemon, &live, log_taken_over] {
    if (daemon->state().current) return;
    if (const auto taken = live.AtRest()) log_taken_over(*taken);
  };
  const auto reload = [&daemon, &live, log_taken_over, is_local] {
    if (is_local) return Answer{0, false, "a local run keeps the configuration that it began with"};
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
       [&live_output](uint64_t after) { return live_output.Since(after); },
       [&topics](const std::string& text, const std::string& origin) {
         return jobs::DecodeCancel(topics->thing(), text, origin).request;
       },
       [](const Answer& answer) { return jobs::CancelAnswerText("", answer); }});
  if (!opened) return fail(opened.error());
  doors = std::move(*opened);
  sys::Log(sys::LogLevel::kInfo, "operators come in by " + doors->Doors());

  if (run) {
    const auto interrupt = [&run] { run->Interrupt(); };
    const auto on_int = loop.OnSignal(SIGINT, interrupt);
    const auto on_term = loop.OnSignal(SIGTERM, interrupt);
    const auto on_hup = loop.OnSignal(SIGHUP, interrupt);  // the terminal is gone
    signal(SIGPIPE, SIG_IGN);
    if (auto started = daemon->Start(run->link(), *boot_id, ""); !started) return fail(started.error());
    run->Begin(document.file);
    return loop.Run();
  }

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
       [&daemon](const std::string& topic, const std::string& payload, bool retained) {
         daemon->Receive(topic, payload, retained);
       }},
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

// What is there for a local run: a device that no service knows has defaults, and needs no name.
int RunLocally(const kedge::KedgedOptions& options) {
  using namespace kedge;
  auto text = sys::ReadFile(options.run == "-" ? "/dev/stdin" : options.run, kMaxDocumentBytes + 1);
  if (!text) return FailRun(text.error().message);
  if (text->empty()) return FailRun(options.run + ": nothing in it; a job document is a JSON object");
  auto config = LoadConfig(options.config.empty() ? kConfigFile : options.config);
  if (!config && options.config.empty() && config.error().kind == ErrorKind::kNotFound) {
    std::fprintf(stderr, "kedge: there is no %s: the defaults count\n", kConfigFile);
    config = Config{};
    config->file = kConfigFile;
  }
  if (!config) return FailRun(config.error().message);
  if (config->thing.empty()) config->thing = "local";
  config->policy = local::PolicyFor(config->policy);
  try {
    LiveConfig live(std::move(*config));
    return Run(live, {options.run, *text, options.json});
  } catch (const std::exception& why) {
    FailRun(std::string("cannot go on: ") + why.what() + "; what was begun is undone by the next start");
    return local::kNotProven;
  }
}

}  // namespace

int main(int argc, char** argv) {
  kedge::KedgedOptions options;
  if (const int status = kedge::ParseOptions(argc, argv, &options); status >= 0) return status;
  if (!options.run.empty()) return RunLocally(options);
  if (options.config.empty()) options.config = kedge::kConfigFile;
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
    return Run(live, {});
  } catch (const std::exception& why) {  // a system call that the loop cannot do without
    return Fail(std::string("cannot go on: ") + why.what());
  }
}
