#include "link/link_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>
#include <variant>

#include "sys/unix_socket.h"

namespace kedge::link {
namespace {

constexpr int kBacklog = 4;

}  // namespace

Result<std::unique_ptr<LinkServer>> ListenForLink(sys::EventLoop& loop, LinkServerConfig config,
                                                  JobLink::Callbacks callbacks,
                                                  std::function<void(const std::string&)> trouble) {
  sys::UnixListenerConfig listen;
  listen.path = config.socket_path;
  listen.type = SOCK_SEQPACKET;
  listen.mode = 0660;
  listen.group = config.socket_group;
  listen.backlog = kBacklog;
  Result<sys::Fd> listener = sys::ListenOnUnix(listen);
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

// kedge-link has no connection without us, and makes one whenever it has greeted us: reading its files again.
void LinkServer::Reconnect() { Disconnect("asked to connect anew"); }

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

void LinkServer::Handle(const Message& message) {
  callbacks_.message(message.topic, message.payload, message.retained);
}

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
