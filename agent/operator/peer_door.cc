#include "operator/peer_door.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "operator/bus_face.h"
#include "operator/interface.h"
#include "sys/clock.h"
#include "sys/unix_socket.h"

namespace kedge::op {
namespace {

constexpr int kBacklog = 128;
// Anybody may connect, so nobody may take all the room: neither the connections nor the memory behind one of
// them.
constexpr size_t kPeersOfOneUser = 8;
constexpr size_t kPeers = 128;
constexpr uint64_t kUnreadAnswers = 64;
constexpr int64_t kPauseMillis = 1000;  // when there is no descriptor left for another connection

}  // namespace

class PeerDoor::Peer : public Door {
 public:
  Peer(AgentObject& object, PeerDoor& owner, sys::EventLoop& loop, uid_t uid)
      : Door(object), owner_(owner), loop_(loop), uid_(uid) {}

  // Takes `fd` over. Negative errno when it cannot be served.
  int Serve(sys::Fd fd) {
    sd_bus* made = nullptr;
    int result = sd_bus_new(&made);
    if (result < 0) return result;
    bus_.reset(made);
    sd_id128_t id;
    if ((result = sd_id128_randomize(&id)) < 0) return result;
    if ((result = sd_bus_set_fd(made, fd.get(), fd.get())) < 0) return result;
    fd.release();
    // Not anonymous: a caller has to name the user that the kernel says he is.
    if ((result = sd_bus_set_server(made, 1, id)) < 0) return result;
    if ((result = sd_bus_negotiate_fds(made, 0)) < 0) return result;
    // Who takes the socket for a bus looks for signals from the owner of our name.
    if ((result = sd_bus_set_sender(made, kAgentOnPeer)) < 0) return result;
    if ((result = sd_bus_set_connected_signal(made, 1)) < 0) return result;
    if ((result = sd_bus_start(made)) < 0) return result;
    if ((result = Watch("Connected", &Peer::OnConnected, start_slot_)) < 0) return result;
    if ((result = AddObject(made, this, object_slot_)) < 0) return result;
    if ((result = AddBusFace(made, bus_slot_, monitor_slot_)) < 0) return result;
    if ((result = Watch("Disconnected", &Peer::OnEnd, end_slot_)) < 0) return result;
    sd_bus_slot* filter = nullptr;
    if ((result = sd_bus_add_filter(made, &filter, &Peer::OnAnything, this)) < 0) return result;
    filter_slot_.reset(filter);
    return sd_bus_attach_event(made, loop_.native(), SD_EVENT_PRIORITY_NORMAL);
  }

  int Identify(sd_bus_message* call, WithCaller then) override { return then(call, uid_); }

  // Who takes the socket for a bus breaks off when anything comes before the answer to his Hello (sd-bus:
  // EIO). What changes before the first call is no loss: the first answer is newer.
  void EmitChange(const std::vector<std::string>& names) {
    if (!has_called_) return;
    if (op::EmitChange(bus_.get(), names) < 0 || !Reads()) End();
  }
  bool IsGone() const { return gone_; }
  uid_t uid() const { return uid_; }

 private:
  int Watch(const char* what, sd_bus_message_handler_t then, BusSlot& slot) {
    return WatchConnection(bus_.get(), what, then, this, slot);
  }
  static int OnConnected(sd_bus_message*, void* self, sd_bus_error*) {
    static_cast<Peer*>(self)->CatchUp();
    return 0;
  }
  // With the last line of the handshake sd-bus may have read the first calls, and then waits for bytes that
  // it has already: a client that sends both at once (GDBus does, now and then) would never be answered.
  void CatchUp() {
    catch_up_ = loop_.Soon([this] {
      if (!gone_ && sd_bus_process(bus_.get(), nullptr) > 0) CatchUp();
    });
  }
  static int OnEnd(sd_bus_message*, void* self, sd_bus_error*) {
    static_cast<Peer*>(self)->End();
    return 0;
  }
  // Before each message: one who does not read the answers to his questions loses the connection.
  static int OnAnything(sd_bus_message* message, void* self, sd_bus_error*) {
    auto& peer = *static_cast<Peer*>(self);
    peer.has_called_ |= sd_bus_message_is_method_call(message, nullptr, nullptr) > 0;
    if (!peer.Reads()) peer.End();
    return peer.gone_ ? 1 : 0;
  }
  bool Reads() const {
    uint64_t unread = 0;
    return sd_bus_get_n_queued_write(bus_.get(), &unread) < 0 || unread <= kUnreadAnswers;
  }
  void End() {
    gone_ = true;
    owner_.ReapSoon();
  }

  PeerDoor& owner_;
  sys::EventLoop& loop_;
  const uid_t uid_;
  bool gone_ = false;
  bool has_called_ = false;
  Bus bus_;
  BusSlot object_slot_;
  BusSlot bus_slot_;
  BusSlot monitor_slot_;
  BusSlot end_slot_;
  BusSlot filter_slot_;
  BusSlot start_slot_;
  sys::Handle catch_up_;
};

Result<std::unique_ptr<PeerDoor>> PeerDoor::Listen(sys::EventLoop& loop, AgentObject& object,
                                                   const std::string& path) {
  sys::UnixListenerConfig listen;
  listen.path = path;
  listen.type = SOCK_STREAM;
  listen.mode = 0666;  // anyone may read; who may change is judged by the caller's uid
  listen.backlog = kBacklog;
  auto listener = sys::ListenOnUnix(listen);
  if (!listener) return Unexpected{listener.error().Within("the operator's socket")};
  return std::unique_ptr<PeerDoor>(new PeerDoor(loop, object, path, std::move(*listener)));
}

PeerDoor::PeerDoor(sys::EventLoop& loop, AgentObject& object, std::string path, sys::Fd listener)
    : loop_(loop), object_(object), path_(std::move(path)), listener_(std::move(listener)) {
  Watch();
}

PeerDoor::~PeerDoor() { unlink(path_.c_str()); }

void PeerDoor::Watch() {
  watch_ = loop_.OnFd(listener_.get(), EPOLLIN, [this](uint32_t) { Accept(); });
}

void PeerDoor::Accept() {
  sys::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    // Out of descriptors: whoever waits keeps the listener ready, and the loop must not spin on it.
    watch_.reset();
    pause_ = loop_.At(sys::BootMillis() + kPauseMillis, [this] { Watch(); });
    return;
  }
  ucred caller{};
  socklen_t size = sizeof caller;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &caller, &size) != 0) return;
  if (!HasRoomFor(caller.uid)) return;
  auto peer = std::make_unique<Peer>(object_, *this, loop_, caller.uid);
  if (peer->Serve(std::move(fd)) >= 0) peers_.push_back(std::move(peer));
}

bool PeerDoor::HasRoomFor(uid_t uid) const {
  if (uid == 0 || uid == geteuid()) return true;  // who may call a job off always gets in
  const auto same =
      std::count_if(peers_.begin(), peers_.end(), [uid](const auto& peer) { return peer->uid() == uid; });
  return peers_.size() < kPeers && static_cast<size_t>(same) < kPeersOfOneUser;
}

void PeerDoor::EmitChange(const std::vector<std::string>& names) {
  for (const auto& peer : peers_) peer->EmitChange(names);
}

// Later: a connection cannot be closed from within its own callback.
void PeerDoor::ReapSoon() {
  if (!reap_) reap_ = loop_.Soon([this] { Reap(); });
}

void PeerDoor::Reap() {
  reap_.reset();
  peers_.remove_if([](const auto& peer) { return peer->IsGone(); });
}

}  // namespace kedge::op
