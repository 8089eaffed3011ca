// The MQTT face: one connection to the broker, kept up. Takes the devices' requests and carries the service's
// messages, all at QoS 1.
#pragma once

#include <mqtt/async_client.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "broker_access.h"
#include "dock.h"

namespace kedge::drydock {

class MqttFace : public Outlet, private mqtt::iaction_listener {
 public:
  // On a thread of the face's own, one at a time.
  using OnMessage = std::function<void(const std::string& topic, std::string payload)>;
  using OnReady = std::function<void()>;
  // What is to be told to a person, one sentence.
  using Say = std::function<void(const std::string& sentence)>;

  MqttFace(Broker broker, Say say);
  ~MqttFace() override;

  // Connects, subscribes, and does so again whenever the connection is lost, until Stop(). `on_ready` is
  // called each time the subscription is active.
  void Start(OnMessage on_message, OnReady on_ready);
  void Stop();

  // False while the connection is lost: what was said then, nobody could have heard. Before the first one it
  // waits: devices may be connected, and what ran out while nobody served is news to them.
  bool Publish(const std::string& topic, const std::string& payload) override;
  // takeover.h says how. Messages wait meanwhile, a few milliseconds.
  void Cut(const std::string& client_id) override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  // One thing to do at the broker: a message, or the end of a client's connection.
  struct Task {
    std::string topic;
    std::string payload;
    std::string cut;  // the client's id; empty: it is a message
  };

  void Run();
  void Deliver();
  bool TryConnect();
  int Connect();  // gives the window
  void Subscribe();
  bool TrySubscribe(const char* filter);
  bool MayGoOn() const;
  void WorkUntilLost(Lock& lock);
  void SendOne(const Task& task);
  void CutOne(const Task& task) const;
  mqtt::connect_options Options() const;

  // Of each publication: acknowledged, or given up.
  void on_success(const mqtt::token& token) override;
  void on_failure(const mqtt::token& token) override;

  const Broker broker_;
  const Say say_;
  OnMessage on_message_;
  OnReady on_ready_;
  mqtt::async_client client_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool lost_ = false;
  bool was_up_ = false;
  std::deque<Task> waiting_;
  int in_flight_ = 0;
  int window_ = 0;
  std::string last_problem_;       // said once, not at every try
  std::set<std::string> refused_;  // subscriptions, said once too
  std::deque<mqtt::const_message_ptr> arrived_;
  std::thread deliverer_;
  std::thread keeper_;
};

}  // namespace kedge::drydock
