// kedged's end of the socket to kedge-link: listens, checks who connects, and speaks for the broker
// (JobLink).
//
// One connection at a time; a newer one replaces the older (`down` comes first). A peer with another uid, or
// one that sends anything malformed or out of turn, is dropped and named to `trouble`; it cannot do more than
// that. kedged links neither MQTT nor TLS: those live in kedge-link.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "link/job_link.h"
#include "link/packet_socket.h"
#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::link {

struct LinkServerConfig {
  std::string socket_path;            // its folder is made when missing; a stale socket is replaced
  std::optional<uid_t> link_uid;      // of kedge-link's user; our own effective uid may always connect
  std::optional<gid_t> socket_group;  // of the socket, mode 0660; absent: our own
  std::vector<std::string> filters;   // what the link subscribes to
};

class LinkServer : public JobLink {
 public:
  LinkServer(sys::EventLoop& loop, LinkServerConfig config, sys::Fd listener, Callbacks callbacks,
             std::function<void(const std::string&)> trouble);
  ~LinkServer() override;  // removes the socket

  void Publish(const std::string& topic, const std::string& payload, bool retain) override;
  void Reconnect() override;

  bool up() const { return up_; }
  // Publishes that the broker has not acknowledged yet; 0 when down. For a daemon that wants its last words
  // out.
  size_t unacknowledged() const { return unacknowledged_; }

 private:
  void Accept();
  bool MayConnect(int fd);
  void OnPacket(const Packet& packet);
  void Handle(const Hello& hello);
  void Handle(const Up&);
  void Handle(const Down& down);
  void Handle(const Message& message);
  void Handle(const Published& published);
  void Handle(const Subscribe&) { Drop("it sent a packet that only kedged may send"); }
  void Handle(const link::Publish&) { Drop("it sent a packet that only kedged may send"); }
  // Ends the connection for what the other side did, and says so.
  void Drop(const std::string& why);
  void Forget();
  // Ends the connection, if there is one.
  void Disconnect(const std::string& reason);

  sys::EventLoop& loop_;
  LinkServerConfig config_;
  sys::Fd listener_;
  Callbacks callbacks_;
  std::function<void(const std::string&)> trouble_;
  sys::Handle watch_;
  std::unique_ptr<PacketSocket> peer_;
  bool greeted_ = false;
  bool up_ = false;
  int64_t last_id_ = 0;  // never used twice, so that a late acknowledgement cannot be taken for another's
  int64_t forgotten_id_ = 0;  // up to here nothing is waited for: the link went down since
  size_t unacknowledged_ = 0;
};

// kBusy: another kedged listens there; kDenied, kIo: the folder or the socket cannot be made.
Result<std::unique_ptr<LinkServer>> ListenForLink(sys::EventLoop& loop, LinkServerConfig config,
                                                  JobLink::Callbacks callbacks,
                                                  std::function<void(const std::string&)> trouble);

}  // namespace kedge::link
