// The dock puts the pure service to work: one lock around it, the clock, the faults, the history, and one
// thread for timers and delayed messages. The faces call OnMessage() and OnHttp() from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "bench_api.h"
#include "faults.h"
#include "history.h"
#include "mqtt_api.h"
#include "rest_api.h"
#include "service.h"

namespace kedge::drydock {

// The way to the broker.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // QoS 1, in the order of the calls. Does not wait, and does not call back into the dock. False: it is lost,
  // there is no connection.
  virtual bool Publish(const std::string& topic, const std::string& payload) = 0;
};

class Dock : private Bench {
 public:
  using Now = std::function<Instant()>;

  // All three outlive the dock.
  Dock(Service& service, Outlet& outlet, History& history, Endpoints endpoints, Now now);
  ~Dock() override;
  Dock(const Dock&) = delete;
  Dock& operator=(const Dock&) = delete;

  void OnMessage(const std::string& topic, std::string payload);
  HttpReply OnHttp(const HttpRequest& request);

 private:
  using Monotonic = std::chrono::steady_clock;

  // Bench: what /drydock/... may do; the lock is held.
  Faults& faults() override { return faults_; }
  const History& history() const override { return history_; }
  Service& service() override { return service_; }
  void PublishRaw(const std::string& topic, const std::string& payload) override;

  // Each with the lock held.
  void Serve(const Request& request, Instant now);
  void ForceCancel(const Request& request, Instant now);
  void Send(const Publication& publication, const Request* request);
  void SendEvents();
  void SendNow(const Publication& publication);

  void RunTimers();
  Monotonic::time_point NextWake() const;

  Service& service_;
  Outlet& outlet_;
  History& history_;
  const Endpoints endpoints_;
  const Now now_;
  Faults faults_;
  std::multimap<Monotonic::time_point, Publication> delayed_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread timers_;
};

}  // namespace kedge::drydock
