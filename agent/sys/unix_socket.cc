#include "sys/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kedge::sys {
namespace {

Result<Fd> NewSocket(int type) {
  Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Unexpected{ErrnoError("make a Unix socket", errno)};
  return fd;
}

Result<void> RemoveStale(const std::string& path, int type, const sockaddr_un& address) {
  const auto probe = NewSocket(type);
  if (!probe) return Unexpected{probe.error()};
  if (connect(probe->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return Unexpected{ErrorKind::kBusy,
                      "another program listens on " + path + "; is kedged running already?"};
  }
  if (errno == ECONNREFUSED && unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Unexpected{ErrnoError("remove the old socket " + path, errno)};
  }
  return {};
}

}  // namespace

Result<sockaddr_un> UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Unexpected{ErrorKind::kInvalid, "the path '" + path +
                                               "' is empty or too long for a socket (at most " +
                                               std::to_string(sizeof address.sun_path - 1) + " bytes)"};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Fd> ListenOnUnix(const UnixListenerConfig& config) {
  const std::string& path = config.path;
  const auto address = UnixAddress(path);
  if (!address) return Unexpected{address.error()};
  if (auto made = MakeDirs(std::filesystem::path(path).parent_path().string(), 0755); !made) {
    return Unexpected{made.error()};
  }
  if (auto removed = RemoveStale(path, config.type, *address); !removed) return Unexpected{removed.error()};
  auto listener = NewSocket(config.type);
  if (!listener) return listener;
  if (bind(listener->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return Unexpected{ErrnoError("bind " + path, errno)};
  }
  // Nobody can connect before listen(), so there is no moment with a wrong mode.
  if (config.group && chown(path.c_str(), static_cast<uid_t>(-1), *config.group) != 0) {
    return Unexpected{ErrnoError("give " + path + " to group " + std::to_string(*config.group), errno)};
  }
  if (chmod(path.c_str(), config.mode) != 0)
    return Unexpected{ErrnoError("change the mode of " + path, errno)};
  if (listen(listener->get(), config.backlog) != 0) return Unexpected{ErrnoError("listen on " + path, errno)};
  return listener;
}

}  // namespace kedge::sys
