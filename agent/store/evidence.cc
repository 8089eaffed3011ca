#include "store/evidence.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

#include "store/journal_file.h"
#include "sys/files.h"

namespace kedge::store {
namespace {

constexpr size_t kSets = 3;

std::string NameOf(const std::string& path, long number) {
  return path + ".failed-" + std::to_string(number);
}

// The numbers of the sets beside `path`, in order.
std::vector<long> Numbers(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string prefix = (slash == std::string::npos ? path : path.substr(slash + 1)) + ".failed-";
  std::vector<long> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(FolderOf(path).c_str()), closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const long number = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
    if (number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

// True: it was there. False with errno 0: it was not.
bool Move(const std::string& from, const std::string& to) {
  errno = 0;
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno == ENOENT) errno = 0;
  return false;
}

}  // namespace

Result<std::string> SetAside(const std::string& path) {
  std::vector<long> numbers = Numbers(path);
  const std::string name = NameOf(path, numbers.empty() ? 1 : numbers.back() + 1);
  bool found = false;
  // The database first, and durably: without its log it would be believed, as a state of long ago.
  for (const char* file : {"", "-wal"}) {
    const bool moved = Move(path + file, name + file);
    if (!moved && errno != 0) return Unexpected(sys::ErrnoError("rename " + path + file, errno));
    found = found || moved;
    if (auto synced = SyncFolder(FolderOf(path)); moved && !synced) return Unexpected(synced.error());
  }
  unlink((path + "-shm").c_str());  // made anew from the log
  if (!found) return std::string();
  for (size_t i = 0; i + kSets <= numbers.size(); ++i) {
    for (const char* file : {"", "-wal", "-shm"}) unlink((NameOf(path, numbers[i]) + file).c_str());
  }
  return name;
}

std::string NewestEvidence(const std::string& path) {
  const std::vector<long> numbers = Numbers(path);
  return numbers.empty() ? "" : NameOf(path, numbers.back());
}

}  // namespace kedge::store
