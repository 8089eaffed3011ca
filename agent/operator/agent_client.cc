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
// Where somebody may be asked for a password first.
constexpr uint64_t kPersonLimitMicros = 150'000'000;
constexpr time_t kConnectSeconds = 5;
constexpr char kNotUnderstood[] = "kedged's answer is not understood; are kedged and kedge of one version?";

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

int NoArguments(sd_bus_message*) { return 0; }

}  // namespace

Result<AgentClient::Line> AgentClient::ToSocket(const std::string& socket) {
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
  return Line{.bus = std::move(bus), .peer_to_peer = true, .listens = true};
}

Result<AgentClient::Line> AgentClient::ToSystemBus() {
  sd_bus* made = nullptr;
  int result = sd_bus_open_system(&made);
  Bus bus(made);
  if (result >= 0) result = sd_bus_get_name_creds(made, kBusName, 0, nullptr);
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, "system bus: " + Why(result)};
  return Line{.bus = std::move(bus)};
}

Result<AgentClient> AgentClient::Connect(const std::string& socket, bool system_bus) {
  auto peer = ToSocket(socket);
  if (peer) return AgentClient(std::move(*peer), system_bus);
  if (!system_bus) return Unexpected{peer.error()};
  auto bus = ToSystemBus();
  if (bus) return AgentClient(std::move(*bus), system_bus);
  return Unexpected{peer.error().kind, peer.error().message + "; " + bus.error().message};
}

Result<BusMessage> AgentClient::Call(const Line& line, const char* member, const Fill& fill) {
  sd_bus_message* made = nullptr;
  int result = sd_bus_message_new_method_call(line.bus.get(), &made, line.peer_to_peer ? nullptr : kBusName,
                                              kObjectPath, kInterface, member);
  const BusMessage call(made);
  if (result >= 0) result = fill(made);
  if (result >= 0)
    result = sd_bus_message_set_allow_interactive_authorization(made, line.peer_to_peer ? 0 : 1);
  if (result < 0) return Unexpected{ErrorKind::kInvalid, std::string("make a D-Bus call: ") + Why(result)};

  BusError error;
  sd_bus_message* answer = nullptr;
  result = sd_bus_call(line.bus.get(), made, line.peer_to_peer ? kLimitMicros : kPersonLimitMicros,
                       error.get(), &answer);
  if (result >= 0) return BusMessage(answer);
  const std::string text = error.message().empty() ? Why(result) : error.message();
  if (error.Is(SD_BUS_ERROR_ACCESS_DENIED) || error.Is(SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)) {
    return Unexpected{ErrorKind::kDenied, text};
  }
  if (error.Is(SD_BUS_ERROR_INVALID_ARGS)) return Unexpected{ErrorKind::kInvalid, text};
  return Unexpected{ErrorKind::kUnavailable, text};
}

Result<BusMessage> AgentClient::CallWithLeave(const char* member, const Fill& fill) const {
  auto answer = Call(line_, member, fill);
  if (!answer && answer.error().kind == ErrorKind::kDenied && line_.peer_to_peer && system_bus_) {
    // Without a bus the first answer is the one that counts.
    if (const auto bus = ToSystemBus()) answer = Call(*bus, member, fill);
  }
  return answer;
}

Result<Reply> AgentClient::Change(const char* member, const Fill& fill) {
  auto answer = CallWithLeave(member, fill);
  if (!answer) return Unexpected{answer.error()};
  int accepted = 0;
  const char* text = nullptr;
  if (sd_bus_message_read(answer->get(), "bs", &accepted, &text) < 0) {
    return Unexpected{ErrorKind::kInvalid, kNotUnderstood};
  }
  return Reply{accepted != 0, text};
}

Result<std::string> AgentClient::TextIn(const Result<BusMessage>& answer) {
  if (!answer) return Unexpected{answer.error()};
  const char* text = nullptr;
  if (sd_bus_message_read(answer->get(), "s", &text) < 0) {
    return Unexpected{ErrorKind::kInvalid, kNotUnderstood};
  }
  return std::string(text);
}

Result<OutputSince> AgentClient::GetOutput(uint64_t after) {
  const auto fill = [after](sd_bus_message* call) { return sd_bus_message_append(call, "t", after); };
  auto answer = CallWithLeave("GetOutput", fill);
  if (!answer) return Unexpected{answer.error()};
  sd_bus_message* message = answer->get();
  OutputSince output;
  const char* job = nullptr;
  int result =
      sd_bus_message_read(message, "sxtt", &job, &output.execution.number, &output.end, &output.lost);
  if (result >= 0) result = sd_bus_message_enter_container(message, 'a', "(xsay)");
  while (result >= 0 && (result = sd_bus_message_enter_container(message, 'r', "xsay")) > 0) {
    OutputPiece piece;
    const char* stream = nullptr;
    const void* bytes = nullptr;
    size_t size = 0;
    result = sd_bus_message_read(message, "xs", &piece.task, &stream);
    if (result >= 0) result = sd_bus_message_read_array(message, 'y', &bytes, &size);
    if (result < 0) break;
    piece.is_stderr = std::string_view(stream) == "stderr";
    piece.bytes.assign(static_cast<const char*>(bytes), size);
    output.pieces.push_back(std::move(piece));
    result = sd_bus_message_exit_container(message);
  }
  if (result < 0) return Unexpected{ErrorKind::kInvalid, kNotUnderstood};
  output.execution.job.value = job;
  return output;
}

Result<std::string> AgentClient::GetStatus() { return TextIn(Call(line_, "GetStatus", NoArguments)); }

Result<Reply> AgentClient::Cancel(const JobId& job, bool force, const std::string& reason) {
  return Change("Cancel", [&](sd_bus_message* call) {
    return sd_bus_message_append(call, "sbs", job.value.c_str(), force ? 1 : 0, reason.c_str());
  });
}

Result<std::string> AgentClient::CancelExecution(const std::string& request) {
  return TextIn(CallWithLeave("CancelExecution", [&](sd_bus_message* call) {
    return sd_bus_message_append(call, "s", request.c_str());
  }));
}

Result<Reply> AgentClient::Clear() { return Change("Clear", NoArguments); }

Result<Reply> AgentClient::Rollback() { return Change("Rollback", NoArguments); }

Result<Reply> AgentClient::Reload() { return Change("Reload", NoArguments); }

Result<void> AgentClient::Listen() {
  if (line_.listens) return {};
  const int result = sd_bus_match_signal(
      line_.bus.get(), nullptr, kBusName, kObjectPath, kInterface, "StatusChanged",
      [](sd_bus_message*, void*, sd_bus_error*) { return 0; }, nullptr);
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, "kedged has gone: " + Why(result)};
  line_.listens = true;
  return {};
}

Result<void> AgentClient::WaitForChange(std::chrono::milliseconds limit) {
  if (auto listening = Listen(); !listening) return listening;
  // Whatever came between two calls is handled first; the signal needs no answer, so handling it is enough.
  int result = sd_bus_process(line_.bus.get(), nullptr);
  if (result == 0) result = sd_bus_wait(line_.bus.get(), static_cast<uint64_t>(limit.count()) * 1000);
  if (result < 0) return Unexpected{ErrorKind::kUnavailable, "kedged has gone: " + Why(result)};
  return {};
}

}  // namespace kedge::op
