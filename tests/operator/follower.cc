#include "operator/follower.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"

namespace kedge::op {

Follower::Follower(const std::vector<std::string>& argv) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  from_.reset(ends[0]);
  const sys::Fd to(ends[1]);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    dup2(to.get(), STDOUT_FILENO);
    dup2(to.get(), STDERR_FILENO);
    execvp(words[0], words.data());
    _exit(127);
  }
}

Follower::~Follower() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Follower::Says(const std::string& part) {
  const int64_t limit = sys::BootMillis() + 30'000;
  while (said_.find(part) == std::string::npos) {
    const int64_t left = limit - sys::BootMillis();
    pollfd ready{from_.get(), POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[4096];
    const ssize_t size = read(from_.get(), buffer, sizeof buffer);
    if (size <= 0) return said_.find(part) != std::string::npos;
    said_.append(buffer, static_cast<size_t>(size));
  }
  return true;
}

}  // namespace kedge::op
