// kedge-link: holds the connection to the broker and carries messages between it and kedged. This file only
// wires.
#include <signal.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include "config.h"
#include "link/relay.h"
#include "probe_command.h"
#include "sys/event_loop.h"
#include "sys/log.h"

namespace {

constexpr char kHelp[] =
    "Usage: kedge-link [--config FILE] [--probe [--to STAGE] [--go-on] [--client-id ID] [--limit SECONDS]]\n"
    "\n"
    "Holds the MQTT connection of the Kedge job agent: mutual TLS to the broker on one side, kedged's socket "
    "on the\n"
    "other. Runs in the foreground; systemd starts it as kedge-link.service. It keeps trying whatever is "
    "wrong, and\n"
    "says on stderr, once, what that is.\n"
    "\n"
    "  --config FILE    read FILE instead of /etc/kedge/kedge.yaml\n"
    "  --probe          try once all that a connection needs, and end: JSON on stdout, a line for each "
    "check.\n"
    "                   `kedge setup --check` and `kedge doctor` do it, and tell it to people\n"
    "  --to STAGE       the probe's last: files; tls, which does not disturb another kedge-link; or all\n"
    "  --go-on          probe on after a failure, with what does not need what failed\n"
    "  --client-id ID   probe by this name, which the policy has to allow, beside one that is connected\n"
    "  --limit SECONDS  on each wait of the probe\n"
    "  --version        print the version and end\n"
    "  --help           print this and end\n"
    "\n"
    "Exit status: 0 ended as asked; 1 could not start (the reason is on stderr), or the probe failed; 2 "
    "wrong use.\n"
    "\n"
    "Example:\n"
    "  kedge-link --config ./bench.yaml           run at the bench with another configuration\n";

struct Options {
  std::string config = kedge::kConfigFile;
  bool probe = false;
  kedge::ProbeOptions how;
};

// A value of one of the probe's options; false: it cannot be.
bool TakeProbeValue(const std::string& option, const std::string& value, kedge::ProbeOptions* how) {
  if (option == "--to") {
    how->to = value;
    return value == "files" || value == "tls" || value == "all";
  }
  if (option == "--client-id") {
    how->client_id = value;
    return !value.empty();
  }
  int seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  how->limit = std::chrono::seconds(seconds);
  return error == std::errc() && end == value.data() + value.size() && seconds > 0 && seconds <= 600;
}

// Gives an exit status when there is nothing to run.
int ParseOptions(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (word == "--version") {
      std::printf("kedge-link %s\n", KEDGE_VERSION);
      return 0;
    }
    if (word == "--probe") {
      options->probe = true;
    } else if (word == "--go-on") {
      options->how.go_on = true;
    } else if ((word == "--to" || word == "--client-id" || word == "--limit") && i + 1 < argc) {
      const std::string value = argv[++i];
      if (!TakeProbeValue(word, value, &options->how)) {
        std::fprintf(stderr, "kedge-link: %s does not take '%s'; see kedge-link --help\n", word.c_str(),
                     value.c_str());
        return 2;
      }
    } else if (word == "--config" && i + 1 < argc) {
      options->config = argv[++i];
    } else {
      std::fprintf(stderr, "kedge-link: unknown or incomplete option '%s'; see kedge-link --help\n", argv[i]);
      return 2;
    }
  }
  return -1;
}

int Run(const Options& options) {
  const kedge::Result<kedge::Config> config = kedge::LoadConfig(options.config);
  if (!config) {
    std::fprintf(stderr, "kedge-link: %s\n", config.error().message.c_str());
    return 1;
  }
  if (auto ready = kedge::CheckReady(*config); !ready) {
    std::fprintf(stderr, "kedge-link: %s\n", ready.error().message.c_str());
    return 1;
  }
  if (options.probe) return kedge::ProbeCommand(*config, options.how);
  kedge::sys::StartLog("kedge-link", config->log_level);
  kedge::sys::EventLoop loop;
  // Before the relay, whose threads inherit what is blocked.
  const auto on_term = loop.OnSignal(SIGTERM, [&loop] { loop.Stop(0); });
  const auto on_int = loop.OnSignal(SIGINT, [&loop] { loop.Stop(0); });
  kedge::link::RelayConfig relay_config;
  relay_config.socket_path = config->paths.link_socket();
  relay_config.broker = config->broker;
  kedge::link::Relay relay(loop, std::move(relay_config),
                           [](kedge::sys::LogLevel level, const std::string& line) {
                             kedge::sys::Log(level, line);
                             kedge::sys::NotifySystemd("STATUS=" + line);
                           });
  kedge::sys::NotifySystemd("READY=1");
  const int status = loop.Run();
  kedge::sys::NotifySystemd("STOPPING=1");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const int status = ParseOptions(argc, argv, &options); status >= 0) return status;
  try {
    return Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kedge-link: %s\n", error.what());
    return 1;
  }
}
