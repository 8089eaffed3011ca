#include "operator/agent_client.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sys/files.h"
#include "sys/unix_socket.h"

namespace kedge::op {
namespace {

// Longer than the agent's own limit for an answer: its words say more than a time-out here.
constexpr uint64_t kLimitMicros = 20'000'000;
constexpr time_t kConnectSeconds = 5;

std::string Why(int negative_errno) { return std::strerror(-negative_errno); }

// Connects by itself rather than by sd-bus, which gives up at once when others are in the queue before us.
Result<sys::Fd> ConnectSocket(const std::string& path) {
  const auto address = sys::UnixAddress(path);
  if (!address) return Unexpected{address.error()};
  sys::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{kConnectSeconds, 0};
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return Unexpected{errno == EACCES ? ErrorKind::kDenied : ErrorKind::kUnavailable,
                      path + ": " + Why(-errno)};
  }
  return fd;
}

Result<Bus> ConnectTo(const std::string& socket) {
  auto fd = ConnectSocket(socket);
  if (!fd) return Unexpected{fd.error()};
  sd_bus* made = nullptr;
  int result = sd_bus_new(&made);
  Bus bus(made);
  if (result >= 0) result = sd_bus_set_fd(made, fd->get(), fd->get());
  if (result >= 0) {
    fd->release();
    result = sd_bus_start(made);
  }
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, socket + ": " + Why(result)};
  return bus;
}

Result<Bus> ConnectToSystemBus() {
  sd_bus* made = nullptr;
  int result = sd_bus_open_system(&made);
  Bus bus(made);
  if (result >= 0) result = sd_bus_get_name_creds(made, kBusName, 0, nullptr);
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, "system bus: " + Why(result)};
  return bus;
}

}  // namespace

Result<AgentClient> AgentClient::Connect(const std::string& socket, bool system_bus) {
  auto peer = ConnectTo(socket);
  if (peer) return AgentClient(std::move(*peer), true);
  if (!system_bus) return Unexpected{peer.error()};
  auto bus = ConnectToSystemBus();
  if (bus) return AgentClient(std::move(*bus), false);
  return Unexpected{peer.error().kind, peer.error().message + "; " + bus.error().message};
}

Result<BusMessage> AgentClient::NewCall(const char* member) {
  sd_bus_message* made = nullptr;
  const int result = sd_bus_message_new_method_call(bus_.get(), &made, peer_to_peer_ ? nullptr : kBusName,
                                                    kObjectPath, kInterface, member);
  if (result < 0) return Unexpected{ErrorKind::kIo, std::string("make a D-Bus call: ") + Why(result)};
  return BusMessage(made);
}

Result<BusMessage> AgentClient::Send(BusMessage call) {
  BusError error;
  sd_bus_message* answer = nullptr;
  const int result = sd_bus_call(bus_.get(), call.get(), kLimitMicros, error.get(), &answer);
  if (result >= 0) return BusMessage(answer);
  const std::string text = error.message().empty() ? Why(result) : error.message();
  if (error.Is(SD_BUS_ERROR_ACCESS_DENIED)) return Unexpected{ErrorKind::kDenied, text};
  if (error.Is(SD_BUS_ERROR_INVALID_ARGS)) return Unexpected{ErrorKind::kInvalid, text};
  return Unexpected{ErrorKind::kUnavailable, text};
}

Result<Reply> AgentClient::SendForReply(BusMessage call) {
  auto answer = Send(std::move(call));
  if (!answer) return Unexpected{answer.error()};
  int accepted = 0;
  const char* text = nullptr;
  if (sd_bus_message_read(answer->get(), "bs", &accepted, &text) < 0) {
    return Unexpected{ErrorKind::kInvalid,
                      "kedged's answer is not understood; are kedged and kedge of one version?"};
  }
  return Reply{accepted != 0, text};
}

Result<std::string> AgentClient::GetStatus() {
  auto call = NewCall("GetStatus");
  if (!call) return Unexpected{call.error()};
  auto answer = Send(std::move(*call));
  if (!answer) return Unexpected{answer.error()};
  const char* text = nullptr;
  if (sd_bus_message_read(answer->get(), "s", &text) < 0) {
    return Unexpected{ErrorKind::kInvalid,
                      "kedged's answer is not understood; are kedged and kedge of one version?"};
  }
  return std::string(text);
}

Result<Reply> AgentClient::Cancel(const JobId& job, bool force, const std::string& reason) {
  auto call = NewCall("Cancel");
  if (!call) return Unexpected{call.error()};
  const int result =
      sd_bus_message_append(call->get(), "sbs", job.value.c_str(), force ? 1 : 0, reason.c_str());
  if (result < 0) return Unexpected{ErrorKind::kInvalid, std::string("make a D-Bus call: ") + Why(result)};
  return SendForReply(std::move(*call));
}

Result<Reply> AgentClient::Clear() {
  auto call = NewCall("Clear");
  if (!call) return Unexpected{call.error()};
  return SendForReply(std::move(*call));
}

Result<Reply> AgentClient::Reload() {
  auto call = NewCall("Reload");
  if (!call) return Unexpected{call.error()};
  return SendForReply(std::move(*call));
}

Result<void> AgentClient::WaitForChange(std::chrono::milliseconds limit) {
  // Whatever came between two calls is handled first; the signal needs no answer, so handling it is enough.
  int result = sd_bus_process(bus_.get(), nullptr);
  if (result == 0) result = sd_bus_wait(bus_.get(), static_cast<uint64_t>(limit.count()) * 1000);
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, "kedged has gone: " + Why(result)};
  return {};
}

Result<Reply> AgentClient::Rollback() {
  auto call = NewCall("Rollback");
  if (!call) return Unexpected{call.error()};
  return SendForReply(std::move(*call));
}

}  // namespace kedge::op
