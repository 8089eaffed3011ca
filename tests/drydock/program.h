// Real programs for tests: started with a pipe on their output, read with a limit, ended for certain.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace kedge::drydock {

class Program {
 public:
  // `environment` is added to ours, NAME=VALUE. Standard output and error come in one stream.
  explicit Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});
  ~Program();  // SIGKILL if it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Reads until the output has this text; false when the limit or the output's end comes first.
  bool Says(const std::string& text, std::chrono::seconds limit = std::chrono::seconds(20));
  // Everything read so far.
  const std::string& output() const { return output_; }
  void Signal(int number) const;
  // Reads to the end and gives the exit status; -1 for a signal, and when the limit had to end it.
  int Wait(std::chrono::seconds limit = std::chrono::seconds(60));

 private:
  bool ReadSome(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

// A folder that is gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Free on the loopback interface a moment ago.
int FreePort();

}  // namespace kedge::drydock
