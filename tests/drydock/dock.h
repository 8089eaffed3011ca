// The dock puts the pure service to work: one lock around it, the clock, the faults, the history, and one
// thread for timers and delayed messages. The faces call OnMessage() and OnHttp() from any thread.
//
// Each request and each timer goes the same way: decide, gather what follows from it, settle. Nothing leaves
// the dock before Settle(), and what leaves goes in the order in which it was decided.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench_api.h"
#include "faults.h"
#include "history.h"
#include "mqtt_api.h"
#include "oci/resource_manager.h"
#include "outbox.h"
#include "rest_api.h"
#include "service.h"
#include "stale_list.h"
#include "store.h"

namespace kedge::drydock {

// The way to the broker. Neither call waits, or calls back into the dock.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // QoS 1, in the order of the calls. False: it is lost, there is no connection.
  virtual bool Publish(const std::string& topic, const std::string& payload) = 0;
  // Ends the connection of the client with this id, after everything that was published before has reached
  // the broker, and before anything that is published later does.
  virtual void Cut(const std::string& client_id) = 0;
};

// What a dock is made of. All that is referred to outlives it.
struct DockParts {
  Service& service;
  oci::ResourceManager& oci;
  Store& store;
  Outlet& outlet;
  History& history;
  Endpoints endpoints;
  std::function<Instant()> now;  // the clock that /drydock/clock moves on from
  Faults faults = Faults();
  // Once, when the store cannot be written: from then on nothing is answered, for nothing would be kept.
  std::function<void(const std::string& problem)> on_broken = {};
};

class Dock : private Bench {
 public:
  explicit Dock(DockParts parts);
  ~Dock() override;
  Dock(const Dock&) = delete;
  Dock& operator=(const Dock&) = delete;

  void OnMessage(const std::string& topic, std::string payload);
  // May wait: for news of the history, and with a fault that delays the reply.
  HttpReply OnHttp(const HttpRequest& request);
  // The service's time.
  Instant Clock();
  // Nobody waits in OnHttp() any more, from now on: for the face's Stop(), which waits for its threads.
  void EndWaits();

 private:
  using Monotonic = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;

  struct Outgoing {
    Publication publication;
    const Request* answers;  // null: an event, or raw
  };

  // Bench: what /drydock/... may do; the lock is held.
  Faults& faults() override { return parts_.faults; }
  Service& service() override { return parts_.service; }
  std::chrono::milliseconds clock_offset() const override { return offset_; }
  void SetClockOffset(std::chrono::milliseconds offset) override;
  void Record(const char* kind, const nlohmann::json& members) override;
  void PublishRaw(const std::string& topic, const std::string& payload) override;

  // Each with the lock held.
  Instant Time() const { return parts_.now() + offset_; }
  void RunOut(Instant now);
  void Serve(const Request& request, Instant now);
  Publication Decide(const Request& request, const RequestFate& fate, Instant now);
  void ForceCancel(const Request& request, const RequestFate& fate, Fault::Do when, Instant now);
  HttpReply AnswerAny(const HttpRequest& request, Instant now, std::chrono::milliseconds& late);
  HttpReply AnswerApi(const HttpRequest& request, Instant now, std::chrono::milliseconds& late);
  HttpReply Obey(const HttpRequest& request, Plane plane, Instant now);
  HttpReply Refuse(const HttpRequest& request, Plane plane, const std::string& code, Instant now);
  HttpReply AwaitHistory(Lock& lock, const HistoryQuestion& question);
  void Gather(const char* by, Instant now);
  void Settle();
  bool Keep();
  void Send(const Outgoing& outgoing);
  void SendNow(const Publication& publication);

  void RunTimers();
  Monotonic::time_point NextWake();

  DockParts parts_;
  bool broken_ = false;  // the store cannot be written
  std::chrono::milliseconds offset_{0};
  StaleList stale_;
  std::vector<std::string> cuts_;  // decided on, not yet done
  std::vector<Outgoing> outgoing_;
  Outbox outbox_;

  std::mutex mutex_;
  std::condition_variable earlier_;  // the timers' thread must look before wake_, or stop
  std::condition_variable news_;     // in the history; or nobody waits any more
  uint64_t told_ = 0;                // the last entry that news_ was told of
  bool waits_ended_ = false;
  bool stopping_ = false;
  Monotonic::time_point wake_;
  std::thread timers_;
};

}  // namespace kedge::drydock
