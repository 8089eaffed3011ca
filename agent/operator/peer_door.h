// The door without a bus: a Unix socket on which each connection is a D-Bus connection of its own, with
// sd-bus as the server. Who connects is known from the kernel. Private to the operator room.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "operator/door.h"
#include "sys/event_loop.h"
#include "sys/files.h"

namespace kedge::op {

class PeerDoor {
 public:
  // Makes the socket (mode 0666: everybody may read the status) and its folder. kBusy when another program
  // listens there.
  static Result<std::unique_ptr<PeerDoor>> Listen(sys::EventLoop& loop, AgentObject& object,
                                                  const std::string& path);
  ~PeerDoor();
  PeerDoor(const PeerDoor&) = delete;
  PeerDoor& operator=(const PeerDoor&) = delete;

  // Properties of these names have changed, or something else that the status tells.
  void EmitChange(const std::vector<std::string>& names);

 private:
  class Peer;

  PeerDoor(sys::EventLoop& loop, AgentObject& object, std::string path, sys::Fd listener);
  void Watch();
  void Accept();
  bool HasRoomFor(uid_t uid) const;
  void ReapSoon();
  void Reap();

  sys::EventLoop& loop_;
  AgentObject& object_;
  const std::string path_;
  const sys::Fd listener_;
  std::list<std::unique_ptr<Peer>> peers_;
  sys::Handle watch_;
  sys::Handle pause_;
  sys::Handle reap_;
};

}  // namespace kedge::op
