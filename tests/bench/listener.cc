#include "bench/listener.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "bench/proc.h"

namespace kedge::bench {
namespace {

constexpr std::chrono::milliseconds kProbeWait{100};
constexpr const char* kProbe = "bench-probe";

// Line by line: into a pipe it would keep what it has to say to itself. -R: nothing retained. QoS 0: a
// listener that acknowledged would be more work for the broker, in the time that is measured.
std::vector<std::string> Command(const rig::Rig& rig, const std::vector<std::string>& filters) {
  std::vector<std::string> argv = {"/usr/bin/stdbuf",
                                   "-oL",
                                   "/usr/bin/mosquitto_sub",
                                   "-v",
                                   "-R",
                                   "-q",
                                   "0",
                                   "-h",
                                   "localhost",
                                   "-p",
                                   std::to_string(rig.broker_port()),
                                   "--cafile",
                                   rig.Folder("pki/ca.pem"),
                                   "--cert",
                                   rig.Folder("pki/drydock.pem"),
                                   "--key",
                                   rig.Folder("pki/drydock.key")};
  for (const std::string& filter : filters) argv.insert(argv.end(), {"-t", filter});
  return argv;
}

}  // namespace

Listener::Listener(rig::Rig& rig, const std::vector<std::string>& filters, OnMessage on_message)
    : on_message_(std::move(on_message)) {
  Start(rig, filters);
  reader_ = std::thread([this] { Read(); });
  // Sockets of this process, drydock's for one, would be inherited by the agent and counted as its own.
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  WaitUntilItHears(rig);
}

Listener::~Listener() {
  kill(pid_, SIGKILL);
  reader_.join();
  waitpid(pid_, nullptr, 0);
  fclose(output_);
}

void Listener::Start(const rig::Rig& rig, const std::vector<std::string>& filters) {
  std::vector<std::string> argv = Command(rig, filters);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the listener");
  output_ = fdopen(ends[0], "r");
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int failed = posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    fclose(output_);
    throw std::runtime_error("mosquitto_sub does not start");
  }
}

void Listener::Read() {
  char* line = nullptr;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, output_)) > 0;) {
    const int64_t at = MonotonicNanos();
    const std::string text(line, static_cast<size_t>(length - 1));
    const size_t blank = text.find(' ');
    if (blank == std::string::npos) continue;
    const std::string topic = text.substr(0, blank);
    if (!topic.ends_with(kProbe)) {
      on_message_(at, topic, text.substr(blank + 1));
      continue;
    }
    const std::lock_guard lock(mutex_);
    hears_ = true;
    heard_.notify_all();
  }
  free(line);
}

void Listener::WaitUntilItHears(rig::Rig& rig) {
  const auto hears = [&] {
    rig.service().PublishJobs(kProbe, "{}");
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, kProbeWait, [this] { return hears_; });
  };
  rig.WaitUntil("the listener's hearing", hears);
}

}  // namespace kedge::bench
