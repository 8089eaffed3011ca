// Runs the real programs as the agent does: clean environment, no input, output caught.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kedge::testing {

using Environment = std::map<std::string, std::string>;

struct Finished {
  int status = -1;  // exit status; -1: ended by a signal
  std::string out;
  std::string err;
};

enum class Where {
  kDisk,
  // A tmpfs, where fsync costs nothing: in a mount namespace of this test program, if we are root and
  // extended attributes can be kept there (since Linux 6.6). Otherwise kDisk.
  kMemory,
};

// A temporary folder, removed at the end with all that is in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(Where where = Where::kDisk);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  bool is_mounted_ = false;
};

// A started program, with a session of its own; killed at the end if it still runs.
class Program {
 public:
  Program(const std::vector<std::string>& argv, const Environment& environment);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  Finished Wait();
  // SIGKILL to it and all that it started.
  void Kill();

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

Finished Run(const std::vector<std::string>& argv, const Environment& environment = {});

// Runs the program until its `stop`-th way into or out of the kernel and kills it there, with all that it has
// started; nullopt when it was killed. `stops` becomes the number of ways in and out that it took.
std::optional<Finished> RunKilledAt(const std::vector<std::string>& argv, const Environment& environment,
                                    int stop, int* stops);

// Runs the program to its end; at its `stop`-th way into or out of the kernel it has to wait for `disturb`,
// which is what somebody else does at that moment.
Finished RunDisturbedAt(const std::vector<std::string>& argv, const Environment& environment, int stop,
                        const std::function<void()>& disturb, int* stops);

// Runs the program and tells in which order it made what durable: "sync PATH" of a file, a folder or a file
// system, and "rename".
std::vector<std::string> SyncsOf(const std::vector<std::string>& argv, const Environment& environment);

std::string ReadAll(const std::string& path);
void WriteAll(const std::string& path, const std::string& content);

}  // namespace kedge::testing
