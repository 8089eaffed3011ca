#include "faults/harms.h"

#include <map>

namespace kedge::faults {
namespace {

using Names = std::vector<std::string>;

// A '+' ends a harm that stays.
const std::map<std::string, Names>& Table() {
  static const Names kWrites = {"EIO", "ENOSPC", "EINTR", "EIO+", "ENOSPC+"};
  static const Names kEntries = {"EIO", "ENOSPC"};  // of a folder
  static const Names kAttributes = {"EIO", "EPERM"};
  static const Names kProcesses = {"EAGAIN", "ENOMEM"};
  static const Names kDescriptors = {"EMFILE", "ENFILE"};
  static const std::map<std::string, Names> table = {
      {"write", kWrites},
      {"pwrite64", kWrites},
      {"writev", kWrites},
      {"fsync", {"EIO", "ENOSPC", "EINTR", "EIO+", "ENOSPC+"}},
      {"fdatasync", {"EIO", "ENOSPC", "EINTR", "EIO+", "ENOSPC+"}},
      {"ftruncate", {"EIO", "EINTR"}},
      {"fallocate", {"EIO", "ENOSPC", "EINTR"}},
      {"rename", kEntries},
      {"renameat", kEntries},
      {"renameat2", kEntries},
      {"link", kEntries},
      {"linkat", kEntries},
      {"symlink", kEntries},
      {"symlinkat", kEntries},
      {"mkdir", kEntries},
      {"mkdirat", kEntries},
      {"unlink", {"EIO"}},
      {"unlinkat", {"EIO"}},
      {"rmdir", {"EIO"}},
      {"openat", {"EIO", "ENOSPC", "EMFILE"}},
      {"read", {"EIO"}},
      {"pread64", {"EIO"}},
      {"chmod", kAttributes},
      {"fchmod", kAttributes},
      {"fchmodat", kAttributes},
      {"chown", kAttributes},
      {"fchown", kAttributes},
      {"fchownat", kAttributes},
      {"utimensat", kAttributes},
      {"setxattr", {"EIO", "ENOSPC"}},
      {"fsetxattr", {"EIO", "ENOSPC"}},
      {"lsetxattr", {"EIO", "ENOSPC"}},
      {"clone", kProcesses},
      {"clone3", {"EAGAIN", "ENOMEM", "ENOSYS"}},  // ENOSYS: a kernel or a sandbox without it
      {"vfork", kProcesses},
      {"execve", {"EIO", "ENOMEM", "ENOENT"}},
      {"execveat", {"EIO", "ENOMEM", "ENOSYS"}},
      {"pipe2", kDescriptors},
      {"socket", kDescriptors},
      {"accept4", {"EMFILE", "ENOMEM"}},
      {"bind", {"EIO", "ENOMEM"}},
      {"epoll_ctl", {"ENOMEM", "ENOSPC"}},
      {"pidfd_open", {"EMFILE", "ENOMEM"}},
      {"timerfd_create", kDescriptors},
      {"flock", {"EINTR", "ENOLCK"}},
      {"sendto", {"ENOBUFS", "EPIPE", "EINTR"}},
      {"sendmsg", {"ENOBUFS", "EPIPE", "EINTR"}},
      {"sendmmsg", {"ENOBUFS", "EPIPE", "EINTR"}},
      {"close_range", {"ENOMEM", "ENOSYS"}},
      {"dup2", {"EMFILE", "EINTR"}},
      {"dup3", {"EMFILE", "EINTR"}}};
  return table;
}

}  // namespace

const std::vector<std::string>& HarmedCalls() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, harms] : Table()) all.push_back(name);
    return all;
  }();
  return names;
}

std::vector<Harm> HarmsOf(const std::string& syscall) {
  const auto found = Table().find(syscall);
  if (found == Table().end()) return {};
  std::vector<Harm> harms = {{"SIGKILL"}};
  for (const std::string& name : found->second) {
    const bool stays = name.ends_with('+');
    harms.push_back({stays ? name.substr(0, name.size() - 1) : name, stays});
  }
  return harms;
}

}  // namespace kedge::faults
