// drydock serve: wires the core to its faces and waits for a signal.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "commands.h"
#include "dock.h"
#include "folder_files.h"
#include "history.h"
#include "http_face.h"
#include "mqtt_face.h"
#include "oci/resource_manager.h"
#include "requests.h"
#include "s3_api.h"
#include "serve_options.h"
#include "service.h"
#include "store.h"

namespace kedge::drydock {
namespace {

Instant WallClock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Whole or not there: a script waits for the file and then reads it.
bool WriteReadyFile(const std::string& path, const std::string& text) {
  const std::string partial = path + ".partial";
  std::ofstream(partial) << text;
  return std::rename(partial.c_str(), path.c_str()) == 0;
}

void Announce(const ServeOptions& options, int http_port) {
  const std::string line = "{\"http\":" + std::to_string(http_port) + "}\n";
  if (!options.ready_file.empty() && !WriteReadyFile(options.ready_file, line)) {
    Say("cannot write the ready file " + options.ready_file + "; going on without it");
  }
  std::cout << line << std::flush;
}

// The rules of the command line; the first wrong one is the error.
Result<Faults> MakeFaults(const ServeOptions& options) {
  Faults faults(static_cast<uint64_t>(options.seed));
  for (const std::string& text : options.faults) {
    const auto rule = ParseBody(text);
    const auto added = rule ? faults.Add(*rule) : Outcome<int64_t>(rule.refusal());
    if (added) continue;
    return Unexpected(ErrorKind::kInvalid, "--fault '" + text + "': " + added.refusal().message +
                                               " (README.md, \"Break it\", has the rules)");
  }
  return faults;
}

// The first entry of a run: what it takes to have the same run again.
nlohmann::json StartEntry(const ServeOptions& options, const Faults& faults) {
  const Readings& readings = options.readings;
  return {{"version", KEDGE_VERSION},
          {"seed", options.seed},
          {"faults", faults.List()},
          {"readings",
           {{"chatty-notify", readings.chatty_notify},
            {"terminal-state-on-update", readings.terminal_state_on_update},
            {"no-version-bump", readings.no_version_bump},
            {"retry-keeps-number", readings.retry_keeps_number},
            {"line-feeds-in-details", readings.line_feeds_in_details}}}};
}

// What former lives kept. A store that was written by somebody else may hold anything.
Result<void> Load(const Store& store, Service& service, oci::ResourceManager& oci) {
  const auto records = store.Load();
  if (!records) return Unexpected(records.error());
  try {
    service.Load(*records);
    for (const Record& record : *records) oci.Load(record);
  } catch (const std::exception& problem) {
    return Unexpected(ErrorKind::kCorrupt,
                      std::string("the store holds what this drydock does not understand (") +
                          problem.what() + "); move it away and start with a new one");
  }
  return {};
}

int Serve(const ServeOptions& options, Faults faults) {
  const sigset_t end_signals = BlockEndSignals();

  // Else the broker would be tried for ever, in the belief that it is down.
  for (const std::string& path : {options.broker.ca, options.broker.cert, options.broker.key}) {
    if (path.empty() || access(path.c_str(), R_OK) == 0) continue;
    Say("cannot read " + path + ", for TLS to the broker: " + std::strerror(errno));
    return 1;
  }

  std::ofstream history_file;
  if (!options.history.empty()) {
    history_file.open(options.history, std::ios::app);
    if (!history_file) {
      Say("cannot write the history " + options.history + "; is its folder there and writable?");
      return 1;
    }
  }

  HttpFace http;
  const auto port = http.Bind(static_cast<int>(options.http_port));
  if (!port) {
    Say(port.error().message);
    return 1;
  }

  std::optional<FolderFiles> files;
  if (!options.files.empty()) {
    auto opened = FolderFiles::In(options.files);
    if (!opened) {
      Say(opened.error().message);
      return 1;
    }
    files.emplace(std::move(*opened));
  }

  const std::string address = "127.0.0.1:" + std::to_string(*port);
  Service service({}, options.readings, "http://" + address + std::string(kS3Path));
  oci::ResourceManager oci(service, options.oci);
  auto store = Store::Open(options.store);
  if (!store) {
    Say(store.error().message);
    return 1;
  }
  if (const auto loaded = Load(*store, service, oci); !loaded) {
    Say(loaded.error().message);
    return 1;
  }
  History history(options.history.empty() ? nullptr : &history_file, [&] {
    Say("cannot write the history " + options.history + " any more; it ends here, and drydock goes on");
  });
  history.Record(WallClock(), "start", StartEntry(options, faults));
  MqttFace mqtt(options.broker, Say);
  std::atomic<bool> broken = false;
  Dock dock({.service = service,
             .oci = oci,
             .store = *store,
             .outlet = mqtt,
             .history = history,
             .endpoints = {.data = options.broker.host + ":" + std::to_string(options.broker.port),
                           .jobs = address,
                           .files = files ? &*files : nullptr},
             .now = WallClock,
             .faults = std::move(faults),
             .on_broken = [&](const std::string& problem) {
               Say(problem + "; ending, because what it answers now would be forgotten");
               broken = true;
               kill(getpid(), SIGTERM);
             }});

  http.Start([&](const HttpRequest& request) {
    if (files && IsForS3(request)) return AnswerFile(*files, service.presigner(), request, dock.Clock());
    return dock.OnHttp(request);
  });
  mqtt.Start(
      [&](const std::string& topic, std::string payload) { dock.OnMessage(topic, std::move(payload)); },
      [&, announced = false]() mutable {
        if (!announced) Announce(options, *port);
        announced = true;
      });

  int signal_number = 0;
  sigwait(&end_signals, &signal_number);
  dock.EndWaits();  // the HTTP face's threads, which it waits for
  http.Stop();
  mqtt.Stop();
  return broken ? 1 : 0;
}

}  // namespace

int RunServe(const std::vector<std::string>& words) {
  const auto options = ParseServeOptions(words);
  if (!options) {
    Say(options.error().message);
    return 2;
  }
  if (options->help) {
    std::cout << kServeHelp;
    return 0;
  }
  auto faults = MakeFaults(*options);
  if (!faults) {
    Say(faults.error().message);
    return 2;
  }
  return Serve(*options, std::move(*faults));
}

}  // namespace kedge::drydock
