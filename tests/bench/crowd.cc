// A step with many processes, for the bench `cancel`: changes files, then stays with all its processes until
// it is ended.
//
//   crowd USER COUNT obey|ignore READY FILE...
//
// Writes something else into each FILE, starts COUNT - 1 processes, writes READY (the pids of all COUNT, a
// line each, renamed into place) when every one of them is there, and pauses. `ignore`: all of them ignore
// SIGTERM. A fourth of the processes are plain children, a fourth lead sessions of their own, a fourth are
// orphans, a fourth lead process groups of their own.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Kind { kChild, kSession, kOrphan, kGroup, kCount };

[[noreturn]] void Stay(int told) {
  const pid_t pid = getpid();
  if (write(told, &pid, sizeof pid) != sizeof pid) _exit(1);
  close(told);
  for (;;) pause();
}

// False: there is no other process to be had.
bool StartOne(Kind kind, int told) {
  const pid_t child = fork();
  if (child < 0) return false;
  if (child > 0) {
    if (kind == Kind::kOrphan) waitpid(child, nullptr, 0);
    return true;
  }
  if (kind == Kind::kSession) setsid();
  if (kind == Kind::kGroup) setpgid(0, 0);
  if (kind == Kind::kOrphan && fork() != 0) _exit(0);
  Stay(told);
}

bool Change(const char* path) {
  const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  constexpr std::string_view kText = "changed by the step\n";
  const bool written = fd >= 0 && write(fd, kText.data(), kText.size()) == static_cast<ssize_t>(kText.size());
  if (fd >= 0) close(fd);
  return written;
}

bool TellReady(const std::string& path, const std::vector<pid_t>& pids) {
  const std::string beside = path + ".new";
  FILE* file = std::fopen(beside.c_str(), "we");
  if (file == nullptr) return false;
  for (const pid_t pid : pids) std::fprintf(file, "%d\n", pid);
  return std::fclose(file) == 0 && std::rename(beside.c_str(), path.c_str()) == 0;
}

int Fail(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const int count = std::atoi(argv[2]);
  if (std::string_view(argv[3]) == "ignore") std::signal(SIGTERM, SIG_IGN);
  for (int i = 5; i < argc; ++i) {
    if (!Change(argv[i])) return Fail(argv[i]);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Fail("pipe");
  for (int i = 1; i < count; ++i) {
    if (!StartOne(static_cast<Kind>(i % static_cast<int>(Kind::kCount)), ends[1])) return Fail("fork");
  }
  std::vector<pid_t> pids = {getpid()};
  for (pid_t pid = 0; static_cast<int>(pids.size()) < count;) {
    if (read(ends[0], &pid, sizeof pid) != sizeof pid) return Fail("read");
    pids.push_back(pid);
  }
  if (!TellReady(argv[4], pids)) return Fail(argv[4]);
  for (;;) pause();
}
