// Tells what it was started with: `witness [WORD...]` prints a line KEY VALUE for each thing and writes
// "progress=42%" to the descriptor that KEDGE_STATUS_FD names. One static program without the sanitizers,
// which would catch signals and open descriptors of their own.
#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace {

// "/dev/null read", "pipe write", "pipe write O_NONBLOCK"
std::string Describe(int fd) {
  struct stat found {};
  if (fstat(fd, &found) != 0) return "closed";
  std::string what = "pipe";
  if (!S_ISFIFO(found.st_mode)) {
    char target[256] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (readlink(link.c_str(), target, sizeof target - 1) < 0) return "unreadable";
    what = target;
  }
  const int flags = fcntl(fd, F_GETFL);
  static constexpr const char* kModes[] = {" read", " write", " both", " neither"};
  what += kModes[flags & O_ACCMODE];
  if ((flags & O_NONBLOCK) != 0) what += " O_NONBLOCK";
  return what;
}

void TellDescriptors() {
  DIR* listing = opendir("/proc/self/fd");
  if (listing == nullptr) std::abort();
  while (const dirent* entry = readdir(listing)) {
    if (entry->d_name[0] == '.' || std::atoi(entry->d_name) == dirfd(listing)) continue;
    std::printf("fd %s %s\n", entry->d_name, Describe(std::atoi(entry->d_name)).c_str());
  }
  closedir(listing);
}

void TellStatus() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    for (const char* key : {"SigBlk:", "SigIgn:", "SigCgt:", "NoNewPrivs:", "Uid:", "Gid:", "Groups:",
                            "CapPrm:", "CapEff:", "CapAmb:", "CapInh:"}) {
      if (line.rfind(key, 0) != 0) continue;
      for (char& c : line) c = c == '\t' ? ' ' : c;
      while (!line.empty() && line.back() == ' ') line.pop_back();
      const size_t value = line.find_first_not_of(' ', std::strlen(key));
      const std::string text = value == std::string::npos ? "none" : line.substr(value);
      std::printf("%.*s %s\n", static_cast<int>(std::strlen(key)) - 1, key, text.c_str());
    }
  }
}

void TellTheRest() {
  const mode_t mask = umask(0);
  std::printf("umask %04o\n", mask);
  rlimit core{};
  getrlimit(RLIMIT_CORE, &core);
  std::printf("core %llu %llu\n", static_cast<unsigned long long>(core.rlim_cur),
              static_cast<unsigned long long>(core.rlim_max));
  std::printf("session %s\n", getsid(0) == getpid() && getpgrp() == getpid() ? "own" : "another's");
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  std::printf("terminal %s\n", terminal >= 0 ? "there" : std::strerror(errno));
}

void TellProgress() {
  const char* number = std::getenv("KEDGE_STATUS_FD");
  const char text[] = "progress=42%\n";
  const ssize_t size = sizeof text - 1;
  std::printf("status %s\n",
              number != nullptr && write(std::atoi(number), text, size) == size ? number : "-");
}

// Its name says that it has arrived where it stays.
[[noreturn]] void Stay() {
  prctl(PR_SET_NAME, "settled");
  for (;;) pause();
}

// A child, one in a session of its own, and one whose parent has left.
[[noreturn]] void StayAsFour() {
  signal(SIGTERM, SIG_IGN);
  if (fork() == 0) Stay();
  if (fork() == 0) {
    setsid();
    Stay();
  }
  if (fork() == 0) {
    if (fork() == 0) Stay();
    _exit(0);
  }
  Stay();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--stay") == 0) StayAsFour();
  TellDescriptors();
  TellStatus();
  TellTheRest();
  TellProgress();
  std::fflush(stdout);
}
