// A name server for a test: on 127.0.0.1, port 53, of this network namespace. To every question for an IPv4
// address it answers 127.0.0.1; to others, that there is nothing.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace kedge::units {

class NameServer {
 public:
  NameServer();  // throws std::runtime_error when the port is taken
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  bool WasAskedFor(const std::string& name) const;

 private:
  void Serve();

  int socket_;
  int wake_[2];
  mutable std::mutex mutex_;
  std::set<std::string> names_;
  std::thread thread_;
};

}  // namespace kedge::units
