#include "rig/shelter.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "rig/files.h"
#include "rig/process_scan.h"

namespace kedge::rig {
namespace {

namespace fs = std::filesystem;

std::string NewCgroup(const std::string& name) {
  for (const std::string& line : Lines(ReadIfThere("/proc/self/cgroup"))) {
    if (!line.starts_with("0::")) continue;
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      const std::string group = mount + (line == "0::/" ? "" : line.substr(3)) + "/" + name;
      // Only version 2 puts this file into a new folder.
      if (mkdir(group.c_str(), 0755) == 0) {
        if (Exists(group + "/cgroup.kill")) return group;
        rmdir(group.c_str());
      }
    }
  }
  return "";
}

void RemoveCgroups(const std::string& group) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(group, gone)) {
    if (entry.is_directory(gone)) RemoveCgroups(entry.path());
  }
  rmdir(group.c_str());
}

void KillGroup(const std::string& cgroup) {
  const int fd = open((cgroup + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC);
  [[maybe_unused]] const ssize_t told = write(fd, "1", 1);
  close(fd);
}

// Until nothing is alive that knows the shelter or is in its group. What is killed takes a moment to be gone.
void EndAll(const std::string& marker, const std::string& cgroup) {
  constexpr int kLooks = 2000;
  const timespec pause{0, 5'000'000};
  for (int i = 0; i < kLooks; ++i) {
    KillGroup(cgroup);
    const auto alive = AliveWith(marker);
    const bool populated =
        !cgroup.empty() && ReadIfThere(cgroup + "/cgroup.events").find("populated 1") != std::string::npos;
    if (alive.empty() && !populated) return;
    for (const pid_t pid : alive) kill(pid, SIGKILL);
    nanosleep(&pause, nullptr);
  }
}

void TakeDown(const std::string& folder, const std::string& marker, const std::string& cgroup) {
  EndAll(marker, cgroup);
  if (!cgroup.empty()) RemoveCgroups(cgroup);
  std::error_code error;
  fs::remove_all(folder, error);
}

}  // namespace

Shelter::Shelter() : folder_((fs::temp_directory_path() / "kedge-rig-XXXXXX").string()) {
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
  chmod(folder_.c_str(), 0755);
  marker_ = fs::path(folder_).filename();
  cgroup_ = NewCgroup(marker_);

  std::array<int, 2> line{};
  if (pipe2(line.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    // Twice, and in a session of its own: whoever kills the test and its children does not meet the guardian.
    if (fork() != 0) _exit(0);
    setsid();
    for (const int fd : {0, 1, 2}) dup2(line[0], fd);
    close_range(3, ~0u, 0);
    char byte = 0;
    const bool ended_well = read(0, &byte, 1) == 1;
    if (!ended_well) TakeDown(folder_, marker_, cgroup_);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  close(line[0]);
  lifeline_ = line[1];
}

Shelter::~Shelter() {
  TakeDown(folder_, marker_, cgroup_);
  [[maybe_unused]] const ssize_t told = write(lifeline_, "x", 1);
  close(lifeline_);
}

}  // namespace kedge::rig
