// A real program under test: started, signalled, ended and started again, its output in a file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace kedge::rig {

struct Launch {
  std::string name;  // of the log file
  std::vector<std::string> argv;
  std::string log_folder;
  std::string user = {};                      // empty: ours
  std::vector<std::string> environment = {};  // NAME=VALUE, on top of ours
};

class Program {
 public:
  Program() = default;
  explicit Program(Launch launch) : launch_(std::move(launch)) {}
  ~Program() { Kill(); }
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;

  void Start();  // not while it runs
  void Kill();   // SIGKILL; returns when it is gone. Its children live on
  int Stop();    // SIGTERM; returns its exit status when it is gone, 128 + N for one killed by signal N
  void Freeze();
  void Thaw();
  void Signal(int number);
  bool Runs();
  int Wait();  // for its end, at most 60 s (then throws); as Stop

  pid_t pid() const { return pid_; }  // of the last start
  std::string log_path() const { return launch_.log_folder + "/" + launch_.name + ".log"; }
  std::string Log() const;  // since the last start
  bool Said(const std::string& words) const { return Log().find(words) != std::string::npos; }

 private:
  bool Reap(int flags);

  Launch launch_;
  pid_t pid_ = -1;
  std::optional<int> ended_ = 0;  // how; none while it runs
  std::size_t log_from_ = 0;
};

struct Finished {
  int status = 0;
  std::string out;
  std::string err;
};

// Runs it to its end.
Finished Run(const std::vector<std::string>& argv, const std::string& folder, const std::string& user = "");

}  // namespace kedge::rig
