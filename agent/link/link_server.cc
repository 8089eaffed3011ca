#include "link/link_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>
#include <variant>

#include "link/unix_address.h"

namespace kedge::link {
namespace {

constexpr int kBacklog = 4;

Result<sys::Fd> NewSocket() {
  sys::Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Unexpected{sys::ErrnoError("make a Unix socket", errno)};
  return fd;
}

// A socket file left by a kedged that is gone is in the way of bind; one that somebody listens on is not ours
// to take.
Result<void> RemoveStale(const std::string& path, const sockaddr_un& address) {
  Result<sys::Fd> probe = NewSocket();
  if (!probe) return Unexpected{probe.error()};
  if (connect(probe->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return Unexpected{ErrorKind::kBusy,
                      "another program listens on " + path + "; is kedged running already?"};
  }
  if (errno == ECONNREFUSED && unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Unexpected{sys::ErrnoError("remove the old socket " + path, errno)};
  }
  return {};
}

Result<sys::Fd> Listen(const LinkServerConfig& config) {
  const std::string& path = config.socket_path;
  Result<sockaddr_un> address = UnixAddress(path);
  if (!address) return Unexpected{address.error()};
  if (auto made = sys::MakeDirs(std::filesystem::path(path).parent_path().string(), 0755); !made) {
    return Unexpected{made.error()};
  }
  if (auto removed = RemoveStale(path, *address); !removed) return Unexpected{removed.error()};
  Result<sys::Fd> listener = NewSocket();
  if (!listener) return listener;
  if (bind(listener->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return Unexpected{sys::ErrnoError("bind " + path, errno)};
  }
  // Nobody can connect before listen(), so there is no moment with a wrong mode.
  if (config.socket_group && chown(path.c_str(), static_cast<uid_t>(-1), *config.socket_group) != 0) {
    return Unexpected{
        sys::ErrnoError("give " + path + " to group " + std::to_string(*config.socket_group), errno)};
  }
  if (chmod(path.c_str(), 0660) != 0) return Unexpected{sys::ErrnoError("change the mode of " + path, errno)};
  if (listen(listener->get(), kBacklog) != 0) return Unexpected{sys::ErrnoError("listen on " + path, errno)};
  return listener;
}

}  // namespace

Result<std::unique_ptr<LinkServer>> ListenForLink(sys::EventLoop& loop, LinkServerConfig config,
                                                  JobLink::Callbacks callbacks,
                                                  std::function<void(const std::string&)> trouble) {
  Result<sys::Fd> listener = Listen(config);
  if (!listener) return Unexpected{listener.error().Within("the socket for kedge-link")};
  return std::make_unique<LinkServer>(loop, std::move(config), std::move(*listener), std::move(callbacks),
                                      std::move(trouble));
}

LinkServer::LinkServer(sys::EventLoop& loop, LinkServerConfig config, sys::Fd listener, Callbacks callbacks,
                       std::function<void(const std::string&)> trouble)
    : loop_(loop),
      config_(std::move(config)),
      listener_(std::move(listener)),
      callbacks_(std::move(callbacks)),
      trouble_(std::move(trouble)) {
  watch_ = loop_.OnFd(listener_.get(), EPOLLIN, [this](uint32_t) { Accept(); });
}

LinkServer::~LinkServer() { unlink(config_.socket_path.c_str()); }

void LinkServer::Publish(const std::string& topic, const std::string& payload, bool retain) {
  if (!up_) return;
  // AWS refuses RETAIN on its reserved topics (reference 1.3).
  const bool reserved = topic.starts_with('$');
  const auto sent = peer_->Send(link::Publish{last_id_ + 1, topic, payload, retain && !reserved});
  if (!sent) return trouble_("not published on " + topic + ": " + sent.error().message);
  ++last_id_;
  ++unacknowledged_;
}

void LinkServer::Accept() {
  sys::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return;  // gone again, or no descriptor left: the loop comes back as long as somebody waits
  if (!MayConnect(fd.get())) return;
  Disconnect("replaced by a newer connection of kedge-link");
  peer_ = std::make_unique<PacketSocket>(
      loop_, std::move(fd),
      PacketSocket::Callbacks{
          [this](Packet packet) { OnPacket(packet); },
          [this](const std::string& reason) { Disconnect("kedge-link is not connected: " + reason); }});
}

bool LinkServer::MayConnect(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    trouble_(sys::ErrnoError("refused a connection to " + config_.socket_path + ": ask for its user", errno)
                 .message);
    return false;
  }
  if (peer.uid == geteuid() || (config_.link_uid && peer.uid == *config_.link_uid)) return true;
  trouble_("refused a connection to " + config_.socket_path + ": pid " + std::to_string(peer.pid) +
           " has uid " + std::to_string(peer.uid) + ", which is not kedge-link's");
  return false;
}

void LinkServer::OnPacket(const Packet& packet) {
  if (!greeted_ && !std::holds_alternative<Hello>(packet)) return Drop("it did not say hello");
  std::visit([this](const auto& alternative) { Handle(alternative); }, packet);
}

void LinkServer::Handle(const Hello& hello) {
  if (greeted_) return Drop("it said hello twice");
  if (hello.version != kProtocolVersion) {
    return Drop("it speaks version " + std::to_string(hello.version) + " of the protocol, kedged speaks " +
                std::to_string(kProtocolVersion) + "; install kedged and kedge-link of the same release");
  }
  greeted_ = true;
  if (auto sent = peer_->Send(link::Subscribe{config_.filters}); !sent) trouble_(sent.error().message);
}

void LinkServer::Handle(const Up&) {
  up_ = true;
  callbacks_.up();
}

void LinkServer::Handle(const Down& down) {
  up_ = false;
  Forget();
  callbacks_.down(down.reason);
}

void LinkServer::Handle(const Message& message) { callbacks_.message(message.topic, message.payload); }

void LinkServer::Handle(const Published& published) {
  if (published.id > forgotten_id_ && published.id <= last_id_ && unacknowledged_ > 0) --unacknowledged_;
}

void LinkServer::Forget() {
  forgotten_id_ = last_id_;
  unacknowledged_ = 0;
}

void LinkServer::Drop(const std::string& why) {
  trouble_("dropped kedge-link's connection: " + why);
  Disconnect("kedge-link's connection was dropped: " + why);
}

void LinkServer::Disconnect(const std::string& reason) {
  if (!peer_) return;
  peer_.reset();
  greeted_ = up_ = false;
  Forget();
  callbacks_.down(reason);
}

}  // namespace kedge::link
