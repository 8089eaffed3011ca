// A job that does nothing, but for telling when it began: noop [USER [FILE]] writes the monotonic clock's
// nanoseconds into FILE.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

int main(int argc, char** argv) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc < 3) return 0;
  char text[32];
  const int length =
      std::snprintf(text, sizeof text, "%lld%09ld", static_cast<long long>(now.tv_sec), now.tv_nsec);
  const int fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  return fd >= 0 && write(fd, text, static_cast<size_t>(length)) == length ? 0 : 1;
}
