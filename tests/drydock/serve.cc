// drydock serve: wires the core to its faces and waits for a signal.

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "commands.h"
#include "dock.h"
#include "history.h"
#include "http_face.h"
#include "mqtt_face.h"
#include "serve_options.h"
#include "service.h"

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

// Blocked before the first thread starts, so that every thread leaves them to WaitForTheEnd().
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Serve(const ServeOptions& options) {
  const sigset_t end_signals = BlockEndSignals();

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

  Service service({}, options.readings);
  History history(options.history.empty() ? nullptr : &history_file);
  MqttFace mqtt(options.broker, Say);
  const Endpoints endpoints{.data = options.broker.host + ":" + std::to_string(options.broker.port),
                            .jobs = "127.0.0.1:" + std::to_string(*port)};
  Dock dock(service, mqtt, history, endpoints, WallClock);

  http.Start([&](const HttpRequest& request) { return dock.OnHttp(request); });
  mqtt.Start(
      [&](const std::string& topic, std::string payload) { dock.OnMessage(topic, std::move(payload)); },
      [&, announced = false]() mutable {
        if (!announced) Announce(options, *port);
        announced = true;
      });

  int signal_number = 0;
  sigwait(&end_signals, &signal_number);
  http.Stop();
  mqtt.Stop();
  return 0;
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
  return Serve(*options);
}

}  // namespace kedge::drydock
