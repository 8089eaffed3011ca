// Those that take all there is: memory, descriptors, processor time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "animal.h"

namespace zoo {
namespace {

constexpr size_t kMebibyte = 1 << 20;

void TouchPages(long mebibytes) {
  const size_t size = static_cast<size_t>(mebibytes) * kMebibyte;
  void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Must(pages != MAP_FAILED, "mmap");
  for (size_t at = 0; at < size; at += 4096) static_cast<volatile char*>(pages)[at] = 1;
}

void FillTmpfs(long mebibytes) {
  int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) fd = memfd_create("eater", MFD_CLOEXEC);  // the kernel's own tmpfs
  Must(fd >= 0, "memfd_create");
  static char block[1 << 16];
  std::memset(block, 'x', sizeof block);
  for (long i = 0; i < mebibytes * 16; ++i) Must(WriteAll(fd, block, sizeof block), "write");
}

// Argument 0: MiB; 1: who takes them: "self", a "child" (that the main process waits for, and then fails), or
// a file in "tmpfs".
[[noreturn]] void Memory() {
  const std::string who = Word(1, "self");
  if (who == "child") {
    const pid_t child = Fork();
    if (child == 0) {
      TouchPages(Number(0));
      WriteLine(1, "took all");
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  if (who == "tmpfs") FillTmpfs(Number(0));
  if (who == "self") TouchPages(Number(0));
  WriteLine(1, "took all");
  _exit(0);
}

// All that its limit lets it have, at most argument 0.
[[noreturn]] void Descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  long made = 0;
  while (made < Number(0) && dup(0) >= 0) ++made;
  WriteLine(1, "made " + std::to_string(made));
  _exit(0);
}

// Argument 0: milliseconds of processor time, which a grandchild burns that nobody has waited for.
[[noreturn]] void Burn() {
  int ends[2];
  Must(pipe(ends) == 0, "pipe");
  if (Fork() == 0) {
    if (Fork() > 0) _exit(0);
    const std::clock_t until = std::clock() + Number(0) * (CLOCKS_PER_SEC / 1000);
    while (std::clock() < until) {
    }
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  Must(read(ends[0], &byte, 1) == 0, "read");  // until the last other holder is gone
  _exit(0);
}

}  // namespace

void Eaters(const std::string& animal) {
  if (animal == "memory") Memory();
  if (animal == "descriptors") Descriptors();
  if (animal == "burn") Burn();
}

}  // namespace zoo
