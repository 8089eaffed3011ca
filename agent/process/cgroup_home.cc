#include "process/cgroup_home.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <sstream>
#include <string_view>

#include "process/clone.h"

namespace kedge::process {
namespace {

// Every controller that Limits needs.
struct Controller {
  const char* name;
  const char* before;  // its name in version 1, which is how /proc/cgroups lists it
  const char* holds;
};
constexpr Controller kControllers[] = {{"memory", "memory", "limits of memory"},
                                       {"pids", "pids", "limits of processes"},
                                       {"cpu", "cpu", "CPU weights"},
                                       {"io", "blkio", "I/O weights"}};

bool IsCgroup2(const std::string& path) {
  struct statfs found {};
  return statfs(path.c_str(), &found) == 0 && static_cast<uint64_t>(found.f_type) == CGROUP2_SUPER_MAGIC;
}

bool ListHas(const std::string& file, std::string_view wanted) {
  const auto text = sys::ReadFile(file);
  std::istringstream words(text ? *text : "");
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

// 0, or errno.
int WriteTo(const std::string& file, const std::string& text) {
  const sys::Fd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) >= 0 ? 0 : errno;
}

std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// For a group that holds nobody, or this process alone, which then moves out of the way. 0, or errno.
int Vacate(const std::string& group) {
  const auto inhabitants = sys::ReadFile(group + "/cgroup.procs", 16 << 20);
  if (inhabitants && inhabitants->empty()) return 0;
  if (!inhabitants || *inhabitants != std::to_string(getpid()) + "\n") return EBUSY;
  const std::string leaf = group + "/agent";
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  return WriteTo(leaf + "/cgroup.procs", "0");
}

// Passes the controller on to the groups beneath `group`. 0, or errno.
int PassOn(const std::string& group, const std::string& controller) {
  // A group has either processes or controllers beneath it; only the root (which has no type) may have both.
  // The kernel refuses that (EBUSY) for memory and io alone: with cpu and pids it makes the group "domain
  // threaded", and no group beneath it takes a process any more.
  const bool is_root = access((group + "/cgroup.type").c_str(), F_OK) != 0;
  if (const int why = is_root ? 0 : Vacate(group); why != 0) return why;
  return WriteTo(group + "/cgroup.subtree_control", "+" + controller);
}

// Why there is no such controller for `home`.
std::string WhyNot(const Controller& controller, const std::string& home, int why) {
  const auto text = sys::ReadFile("/proc/cgroups");
  std::istringstream lines(text ? *text : "");
  bool listed = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string name;
    int hierarchy = 0;
    int groups = 0;
    int enabled = 1;
    if (!(fields >> name >> hierarchy >> groups >> enabled) || name != controller.before) continue;
    listed = true;
    if (enabled == 0) {
      return "the kernel was booted with this controller switched off (a Raspberry Pi needs cgroup_enable=" +
             name + " in cmdline.txt)";
    }
    if (hierarchy != 0) return "the controller is in use by control groups of version 1";
  }
  if (text && !listed) return "this kernel has no such controller";
  const std::string parent = ParentOf(home);
  if (why == EBUSY) return "other processes live in the control group " + parent;
  return "the controller is not given to the control group " + parent +
         " (Delegate=yes in the unit does that)";
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

Result<void> CgroupHome::Prepare() const {
  const bool made = mkdir(folder_.c_str(), 0755) == 0;
  if (!made && errno != EEXIST)
    return Unexpected(sys::ErrnoError("make the control group " + folder_, errno));
  if (!IsCgroup2(folder_)) {
    if (made) rmdir(folder_.c_str());
    return Unexpected(ErrorKind::kInvalid, folder_ + " is not a control group of version 2");
  }
  for (const Controller& controller : kControllers) {
    if (!ListHas(folder_ + "/cgroup.controllers", controller.name))
      PassOn(ParentOf(folder_), controller.name);
    WriteTo(folder_ + "/cgroup.subtree_control", std::string("+") + controller.name);
  }
  return {};
}

Result<CgroupHome> CgroupHome::Find(const std::string& wished) {
  CgroupHome home;
  home.folder_ = wished;
  if (wished.empty()) {
    const auto own = OwnCgroup();
    if (!own) return Unexpected(own.error());
    home.folder_ = *own + "/kedge";
  }
  if (auto prepared = home.Prepare(); !prepared) return Unexpected(prepared.error());
  if (auto usable = TryGroup(home.folder_ + "/trial-" + std::to_string(getpid())); !usable) {
    rmdir(home.folder_.c_str());  // if it is empty
    return Unexpected(usable.error());
  }
  std::map<std::string, std::vector<std::string>> lacks;  // by reason
  for (const Controller& controller : kControllers) {
    if (ListHas(home.folder_ + "/cgroup.subtree_control", controller.name)) continue;
    const int why = PassOn(ParentOf(home.folder_), controller.name);
    lacks[WhyNot(controller, home.folder_, why)].emplace_back(controller.holds);
  }
  for (const auto& [reason, held] : lacks) {
    std::string what = held[0];
    for (size_t i = 1; i < held.size(); ++i)
      what.append(i + 1 < held.size() ? ", " : " and ").append(held[i]);
    home.lacks_.push_back(what.append(" are not held: ").append(reason));
  }
  return home;
}

Result<Cgroup> CgroupHome::MakeGroup(const std::string& name) const {
  const std::string path = folder_ + "/" + name;
  auto group = Cgroup::Make(path);
  if (group || group.error().kind != ErrorKind::kNotFound) return group;
  // Somebody removed the empty folder of our groups beneath us; a job must not fail for that.
  if (auto prepared = Prepare(); !prepared) return Unexpected(prepared.error());
  return Cgroup::Make(path);
}

}  // namespace kedge::process
