#include "process/cgroup_folder.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <sstream>

#include "process/cgroup.h"
#include "process/clone.h"

namespace kedge::process {
namespace {

bool IsCgroup2(const std::string& path) {
  struct statfs found {};
  return statfs(path.c_str(), &found) == 0 && static_cast<uint64_t>(found.f_type) == CGROUP2_SUPER_MAGIC;
}

// Starting a process in a group takes rights that no mode shows (delegation): so try it.
Result<void> TryGroup(const std::string& path) {
  auto group = Cgroup::Make(path);
  if (!group) return Unexpected(group.error());
  auto child = CloneChild(&*group);
  if (child && child->pid == 0) _exit(child->in_cgroup || JoinCgroup(group->procs_fd()) ? 0 : errno);
  Result<void> tried;
  if (!child) {
    tried = Unexpected(child.error());
  } else {
    siginfo_t info{};
    waitid(P_PIDFD, static_cast<id_t>(child->pidfd.get()), &info, WEXITED);  // it does nothing but leave
    if (info.si_status != 0)
      tried = Unexpected(sys::ErrnoError("join the control group " + path, info.si_status));
  }
  group->Remove();
  return tried;
}

}  // namespace

Result<std::string> OwnCgroup() {
  const auto mine = sys::ReadFile("/proc/self/cgroup");
  if (!mine) return Unexpected(mine.error());
  std::istringstream lines(*mine);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("0::", 0) != 0) continue;
    // The whole hierarchy (unified), or beside version 1 (hybrid).
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      if (IsCgroup2(mount)) return mount + (line == "0::/" ? "" : line.substr(3));
    }
  }
  return Unexpected(ErrorKind::kNotFound, "no control groups of version 2 on /sys/fs/cgroup");
}

Result<std::string> FindCgroupFolder(const std::string& wished) {
  std::string folder = wished;
  if (folder.empty()) {
    const auto own = OwnCgroup();
    if (!own) return Unexpected(own.error());
    folder = *own + "/kedge";
  }
  const bool made = mkdir(folder.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return Unexpected(sys::ErrnoError("make the control group " + folder, errno));
  Result<void> usable;
  if (IsCgroup2(folder)) {
    usable = TryGroup(folder + "/trial-" + std::to_string(getpid()));
  } else {
    usable = Unexpected(ErrorKind::kInvalid, folder + " is not a control group of version 2");
  }
  if (usable) return folder;
  if (made) rmdir(folder.c_str());
  return Unexpected(usable.error());
}

}  // namespace kedge::process
