#include "rig/program.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "rig/files.h"
#include "rig/wait.h"

namespace kedge::rig {
namespace {

constexpr std::chrono::seconds kLongest{60};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // execve's signature
  pointers.push_back(nullptr);
  return pointers;
}

struct Output {
  int out;
  int err;
};

int OpenForOutput(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) throw std::runtime_error("cannot write " + path);
  return fd;
}

pid_t Spawn(const std::vector<std::string>& words, const std::vector<std::string>& more,
            const std::string& user, Output output) {
  std::vector<std::string> environment = more;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const auto argv = Pointers(words);
  const auto env = Pointers(environment);
  const passwd* entry = user.empty() ? nullptr : getpwnam(user.c_str());
  if (!user.empty() && entry == nullptr) throw std::runtime_error("there is no user " + user);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid > 0) return pid;
  dup2(open("/dev/null", O_RDONLY), 0);
  dup2(output.out, 1);
  dup2(output.err, 2);
  if (entry != nullptr &&
      (setgroups(0, nullptr) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)) {
    _exit(126);
  }
  execve(argv[0], argv.data(), env.data());
  _exit(127);
}

int StatusFrom(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// nsenter stops itself when its child is stopped, which a device that shuts down does to all its processes;
// nobody else would let it go on.
int WaitThrough(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) kill(pid, SIGCONT);
  return status;
}

}  // namespace

Program::Program(Program&& other) noexcept { *this = std::move(other); }

Program& Program::operator=(Program&& other) noexcept {
  std::swap(launch_, other.launch_);
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  std::swap(log_from_, other.log_from_);
  return *this;
}

void Program::Start() {
  if (Runs()) throw std::runtime_error(launch_.name + " runs already");
  const int log = OpenForOutput(log_path());
  log_from_ = static_cast<std::size_t>(lseek(log, 0, SEEK_END));
  pid_ = Spawn(launch_.argv, launch_.environment, launch_.user, {log, log});
  ended_.reset();
  close(log);
}

bool Program::Reap(int flags) {
  int status = 0;
  if (!ended_ && waitpid(pid_, &status, flags) == pid_) ended_ = StatusFrom(status);
  return ended_.has_value();
}

bool Program::Runs() { return !Reap(WNOHANG); }

void Program::Signal(int number) {
  if (Runs()) kill(pid_, number);
}

void Program::Kill() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  Reap(0);
}

int Program::Wait() {
  rig::WaitUntil(
      "the end of " + launch_.name, [this] { return !Runs(); }, kLongest);
  return *ended_;
}

int Program::Stop() {
  Signal(SIGTERM);
  return Wait();
}

void Program::Freeze() { Signal(SIGSTOP); }
void Program::Thaw() { Signal(SIGCONT); }

std::string Program::Log() const {
  const std::string all = ReadIfThere(log_path());
  return all.size() > log_from_ ? all.substr(log_from_) : "";
}

Finished Run(const std::vector<std::string>& argv, const std::string& folder, const std::string& user) {
  std::string stem = folder + "/run-XXXXXX";
  const int made = mkstemp(stem.data());
  if (made < 0) throw std::runtime_error("cannot write in " + folder);
  close(made);
  const Output output{OpenForOutput(stem), OpenForOutput(stem + ".err")};
  const pid_t pid = Spawn(argv, {}, user, output);
  close(output.out);
  close(output.err);
  const int status = WaitThrough(pid);
  Finished finished{StatusFrom(status), ReadIfThere(stem), ReadIfThere(stem + ".err")};
  unlink(stem.c_str());
  unlink((stem + ".err").c_str());
  return finished;
}

}  // namespace kedge::rig
