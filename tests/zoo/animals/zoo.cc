// The zoo: one program, many animals; each is an escape or a nuisance that a step of a job may be.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include "animal.h"

namespace zoo {
namespace {

Call the_call{};

// A lock that this process and all that it starts hold, unless they close what they inherit: as long as one
// of them lives. What forks and leaves is quicker than any look through /proc; this has no such race.
void HoldLock() {
  const int fd = open((the_call.folder + "/lock").c_str(), O_RDONLY | O_CREAT, 0666);
  Must(fd >= 0 && flock(fd, LOCK_SH) == 0, "flock");
}

}  // namespace

const Call& TheCall() { return the_call; }

const char* Word(int index, const char* otherwise) {
  return index < the_call.count ? the_call.argument[index] : otherwise;
}

long Number(int index, long otherwise) {
  return index < the_call.count ? std::strtol(the_call.argument[index], nullptr, 10) : otherwise;
}

void Must(bool succeeded, const char* call) {
  if (succeeded) return;
  WriteLine(2, std::string(call) + ": " + std::strerror(errno));
  _exit(70);
}

void NotHere(const std::string& why) {
  WriteLine(1, why);
  _exit(77);
}

void Settle() {
  const int fd =
      open((the_call.folder + "/settled").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return;  // the folder is gone: the test has ended
  std::ignore = write(fd, ".", 1);
  close(fd);
}

void Nap() {
  for (int second = 0; second < 300; ++second) sleep(1);
  _exit(72);
}

void SettleAndNap() {
  Settle();
  Nap();
}

pid_t Fork() {
  const pid_t pid = fork();
  if (pid < 0) _exit(71);
  return pid;
}

void IgnoreAllSignals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
}

bool WriteAll(int fd, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t wrote = write(fd, bytes, count);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    bytes += wrote;
    count -= static_cast<size_t>(wrote);
  }
  return true;
}

void WriteLine(int fd, const std::string& line) {
  const std::string whole = line + "\n";
  WriteAll(fd, whole.data(), whole.size());
}

bool WriteFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool wrote = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return wrote;
}

void BecomeAgain(const char* path, const char* name, const char* animal) {
  std::string words[] = {name, animal, the_call.folder};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  char* env[] = {nullptr};
  execve(path, argv, env);
  Must(false, "execve");
  _exit(70);
}

void Enter(const Call& call) {
  the_call = call;
  HoldLock();
}

}  // namespace zoo

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: zoo ANIMAL FOLDER [ARGUMENT...]; see README.md beside its source\n", stderr);
    return 2;
  }
  zoo::Enter({argv[0], argv[2], argc - 3, argv + 3});
  const std::string animal = argv[1];
  zoo::Runaways(animal);
  zoo::Deaf(animal);
  zoo::Breeders(animal);
  zoo::Floods(animal);
  zoo::Eaters(animal);
  zoo::Endings(animal);
  std::fprintf(stderr, "zoo: no animal is called %s\n", argv[1]);
  return 2;
}
