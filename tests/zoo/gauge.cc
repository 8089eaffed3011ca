#include "gauge.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kedge::zoo {
namespace {

// Reads a small file of /proc into `text`, with an end; without the heap, which is what is measured.
template <size_t kSize>
bool ReadInto(const char* path, char (&text)[kSize]) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  size_t size = 0;
  for (ssize_t got = 0; size + 1 < kSize && (got = read(fd, text + size, kSize - 1 - size)) > 0;) {
    size += static_cast<size_t>(got);
  }
  close(fd);
  text[size] = '\0';
  return size > 0;
}

// The number behind `name`, in KiB, as bytes; -1 when there is none.
int64_t KibAfter(const char* text, const char* name) {
  const char* at = std::strstr(text, name);
  return at == nullptr ? -1 : std::strtoll(at + std::strlen(name), nullptr, 10) * 1024;
}

}  // namespace

int64_t PrivateMemory() {
  static char text[4096];
  if (ReadInto("/proc/self/smaps_rollup", text)) return KibAfter(text, "Private_Dirty:");
  if (ReadInto("/proc/self/status", text)) return KibAfter(text, "RssAnon:");
  return -1;
}

int64_t ResidentMemory() {
  static char text[4096];
  return ReadInto("/proc/self/status", text) ? KibAfter(text, "VmRSS:") : -1;
}

int64_t PeakMemory() {
  static char text[4096];
  return ReadInto("/proc/self/status", text) ? KibAfter(text, "VmHWM:") : -1;
}

bool ForgetPeak() {
  const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool forgotten = write(fd, "5", 1) == 1;
  close(fd);
  return forgotten;
}

int OpenDescriptors() {
  int count = -1;  // the one that looks
  DIR* const all = opendir("/proc/self/fd");
  while (const dirent* entry = all != nullptr ? readdir(all) : nullptr) {
    if (entry->d_name[0] != '.') ++count;
  }
  if (all != nullptr) closedir(all);
  return count;
}

int OwnZombies() {
  int zombies = 0;
  DIR* const all = opendir("/proc");
  while (const dirent* entry = all != nullptr ? readdir(all) : nullptr) {
    const int pid = std::atoi(entry->d_name);
    char path[32];
    char text[1024];
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (pid <= 0 || !ReadInto(path, text)) continue;
    const char* const after_name = std::strrchr(text, ')');
    char state = '?';
    int parent = 0;
    if (after_name == nullptr || std::sscanf(after_name + 1, " %c %d", &state, &parent) != 2) continue;
    if (state == 'Z' && parent == getpid()) ++zombies;
  }
  if (all != nullptr) closedir(all);
  return zombies;
}

bool MemoryCounts() {
#ifdef __SANITIZE_ADDRESS__
  return false;
#else
  return true;
#endif
}

}  // namespace kedge::zoo
