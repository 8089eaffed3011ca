#include "small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kedge::store {

namespace {

constexpr int kNotMounted = 77;

struct Ended {
  std::string said;
  int code = 0;
};

// A child that runs `body`, writes what it says to a pipe, and ends with the code that `body` gives.
Ended Run(const std::function<int(std::string& said)>& body) {
  int words[2];
  if (pipe2(words, O_CLOEXEC) != 0) return {"no pipe", 1};
  const pid_t child = fork();
  if (child == 0) {
    std::string said;
    const int code = body(said);
    const bool told = write(words[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    _exit(told ? code : 1);
  }
  close(words[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t got = 0; (got = read(words[0], buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<size_t>(got));
  close(words[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return {"the child crashed", 1};
  ended.code = WEXITSTATUS(status);
  if (ended.code == 1 && ended.said.empty()) ended.said = "the child failed";
  return ended;
}

}  // namespace

std::optional<std::string> OnSmallDisk(const std::string& folder, const std::string& size,
                                       const std::function<std::string()>& body) {
  const Ended ended = Run([&](std::string& said) {
    const bool own = unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    const bool mounted = own && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    if (!mounted) return kNotMounted;
    said = body();
    return 0;
  });
  if (ended.code == kNotMounted) return std::nullopt;
  return ended.said;
}

std::string InChild(const std::function<std::string()>& body) {
  return Run([&](std::string& said) {
           said = body();
           return 0;
         })
      .said;
}

void FillDisk(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  while (write(file, page.data(), page.size()) > 0) {
  }
  close(file);
}

bool SetReadOnly(const std::string& folder, bool read_only) {
  return mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr) == 0;
}

}  // namespace kedge::store
