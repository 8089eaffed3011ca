// A dock on a stage, for tests: a clock that the test moves, and an outlet that writes down what goes out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "dock.h"

namespace kedge::drydock {

class Recorder : public Outlet {
 public:
  bool Publish(const std::string& topic, const std::string& payload) override;
  void Cut(const std::string& client_id) override { Publish("cut:" + client_id, ""); }

  // The topics sent since the last call, without $aws/things/THING/jobs/, and cut:CLIENT.
  std::string Topics();
  std::string Last();  // payload
  // Until so many have been sent since the last Topics(); false: not within ten seconds.
  bool Wait(std::size_t count);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, std::string>> sent_;
};

struct Stage {
  Stage();  // with the thing pi-1

  HttpReply Http(const std::string& method, const std::string& target, const std::string& body = "");
  HttpReply DataPlane(const std::string& method, const std::string& target, const std::string& body = "");
  void Fault(const char* rule);
  void Job(const std::string& id);  // of pi-1
  // What a request of pi-1 brings, as topics; the last payload is in `last`.
  std::string Ask(const std::string& operation, std::string payload = "{}");
  // The history's entries after this one.
  std::vector<nlohmann::json> Entries(uint64_t after = 0, const std::string& more = "");
  std::string Kinds(uint64_t after);  // of them

  std::atomic<int64_t> now{1787000000000};  // ms
  Service service;
  Recorder outlet;
  std::ostringstream log;
  History history{&log};
  std::string last;
  oci::ResourceManager oci{service, {}};
  Store store = std::move(*Store::Open(":memory:"));
  Dock dock{{.service = service,
             .oci = oci,
             .store = store,
             .outlet = outlet,
             .history = history,
             .endpoints = {},
             .now = [this] { return Instant(std::chrono::milliseconds(now)); }}};
};

}  // namespace kedge::drydock
