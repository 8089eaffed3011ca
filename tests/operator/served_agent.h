// An AgentObject on a socket of its own, with a daemon behind it that records what it is asked.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "operator/agent_object.h"
#include "sys/event_loop.h"

namespace kedge::op {

class TemporaryFolder {
 public:
  TemporaryFolder();  // mode 0755: other users may look in
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Outcome {
  int status = -1;     // exit status
  std::string output;  // both streams
};
// Runs a shell command to its end.
Outcome Run(const std::string& command);
// The same, as the user nobody.
Outcome RunAsNobody(const std::string& command);

class ServedAgent {
 public:
  explicit ServedAgent(bool system_bus = false,
                       std::chrono::milliseconds answer_limit = std::chrono::seconds(20),
                       std::chrono::milliseconds polkit_limit = std::chrono::seconds(60));

  // Runs `client` on a thread of its own and the loop beside it until the client is done.
  void While(const std::function<void()>& client);
  std::string Address() const { return "unix:path=" + socket; }
  // "busctl --address=... call" and the like: a client that is not ours.
  std::string Busctl(const std::string& arguments) const {
    return "busctl --address=" + Address() + " " + arguments;
  }

  TemporaryFolder folder;
  const std::string socket = folder.path() + "/run/operator.sock";
  sys::EventLoop loop;
  std::string status = R"({"thing":"pi-1","state":"idle"})";
  LiveOutput printed;
  std::vector<CancelRequested> cancels;
  std::vector<ClearRequested> clears;
  std::vector<RollbackRequested> rollbacks;
  int reloads = 0;
  bool reload_works = true;
  // What the daemon does with a question; at first it accepts each at once.
  std::function<void(int64_t request)> decide;
  std::unique_ptr<AgentObject> object;
};

}  // namespace kedge::op
