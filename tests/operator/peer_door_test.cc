// The socket against callers who mean no good, and against other agents.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "operator/agent_client.h"
#include "operator/agent_object.h"
#include "operator/served_agent.h"
#include "sys/files.h"

namespace kedge::op {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kCall = "call org.kedge.Agent1 /org/kedge/Agent1 org.kedge.Agent1 ";

sys::Fd ConnectRaw(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  sys::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

// Reads until the other side closes, or for a limited time.
bool IsClosedByPeer(int fd) {
  const timeval limit{20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char buffer[4096];
  ssize_t size = 0;
  while ((size = read(fd, buffer, sizeof buffer)) > 0) {
  }
  return size == 0 || errno == ECONNRESET;
}

// Whether the agent takes the handshake line from a process of the user nobody.
bool IsTakenFromNobody(ServedAgent& agent, const std::string& line) {
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const sys::Fd fd = ConnectRaw(agent.socket);
    const std::string hello = std::string(1, '\0') + line + "\r\n";
    if (write(fd.get(), hello.data(), hello.size()) != static_cast<ssize_t>(hello.size())) _exit(2);
    char answer[64] = {};
    (void)!read(fd.get(), answer, sizeof answer - 1);
    _exit(std::strncmp(answer, "OK ", 3) == 0 ? 0 : 1);
  }
  int status = 0;
  agent.While([&] { waitpid(child, &status, 0); });
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) != 2);
  return WEXITSTATUS(status) == 0;
}

TEST_CASE("who calls himself root in the handshake is not believed") {
  if (geteuid() != 0) return;
  ServedAgent agent;
  CHECK(IsTakenFromNobody(agent, "AUTH EXTERNAL 3635353334"));  // "65534" in hexadecimal
  CHECK_FALSE(IsTakenFromNobody(agent, "AUTH EXTERNAL 30"));    // "0"
  CHECK_FALSE(IsTakenFromNobody(agent, "AUTH ANONYMOUS"));
}

TEST_CASE("a connection that speaks no D-Bus is closed and disturbs no other") {
  ServedAgent agent;
  agent.While([&] {
    for (const std::string& noise :
         {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100'000, 'x'), std::string(5000, '\0'),
          std::string("\0AUTH EXTERNAL 30\r\nBEGIN\r\n", 25) + std::string(300, '\xff')}) {
      const sys::Fd fd = ConnectRaw(agent.socket);
      REQUIRE(fd);
      (void)!send(fd.get(), noise.data(), noise.size(), MSG_NOSIGNAL);
      shutdown(fd.get(), SHUT_WR);
      CHECK(IsClosedByPeer(fd.get()));
    }
    const sys::Fd silent = ConnectRaw(agent.socket);
    CHECK(AgentClient::Connect(agent.socket, false)->GetStatus().has_value());
  });
}

// A header's field: its number, its type, and text with a NUL; padded to 8 bytes as the next field wants it.
void AddField(std::string* header, char number, char type, const std::string& text) {
  header->append({number, 1, type, 0});
  const auto size = static_cast<uint32_t>(text.size());
  header->append(reinterpret_cast<const char*>(&size), sizeof size);
  header->append(text.c_str(), text.size() + 1);
  header->append((8 - header->size() % 8) % 8, '\0');
}

// A call of GetStatus as it goes over the wire.
std::string GetStatusCall(uint32_t serial) {
  std::string fields;
  AddField(&fields, 1, 'o', kObjectPath);
  AddField(&fields, 2, 's', kInterface);
  const size_t before_last = fields.size();
  AddField(&fields, 3, 's', "GetStatus");
  // The padding behind the last field does not count.
  const auto size = static_cast<uint32_t>(before_last + 8 + std::strlen("GetStatus") + 1);
  const uint32_t words[] = {0, serial, size};  // no body
  std::string call = std::endian::native == std::endian::little ? "l" : "B";
  call.append({1, 0, 1});
  call.append(reinterpret_cast<const char*>(words), sizeof words);
  return call + fields;
}

TEST_CASE("who sends his first calls together with the end of the handshake is answered") {
  ServedAgent agent;
  agent.While([&] {
    const sys::Fd fd = ConnectRaw(agent.socket);
    REQUIRE(fd);
    std::string hello(1, '\0');
    hello += "AUTH EXTERNAL ";
    for (const char digit : std::to_string(geteuid())) hello += std::string("3") + digit;
    hello += "\r\nBEGIN\r\n" + GetStatusCall(1) + GetStatusCall(2) + GetStatusCall(3);
    REQUIRE(send(fd.get(), hello.data(), hello.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(hello.size()));
    const timeval limit{20, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string told;
    size_t answers = 0;
    while (answers < 3) {
      char buffer[4096];
      const ssize_t size = read(fd.get(), buffer, sizeof buffer);
      REQUIRE(size > 0);
      told.append(buffer, static_cast<size_t>(size));
      answers = 0;
      for (size_t at = 0; (at = told.find("pi-1", at)) != std::string::npos; ++at) ++answers;
    }
  });
}

TEST_CASE("one who asks and never reads the answers loses the connection") {
  ServedAgent agent;
  agent.status = std::string(20'000, 'x');
  agent.While([&] {
    sd_bus* made = nullptr;
    REQUIRE(sd_bus_new(&made) >= 0);
    const Bus bus(made);
    REQUIRE(sd_bus_set_address(made, agent.Address().c_str()) >= 0);
    REQUIRE(sd_bus_start(made) >= 0);
    int result = 0;
    for (int i = 0; i < 100'000 && result >= 0; ++i) {
      sd_bus_message* call = nullptr;
      REQUIRE(sd_bus_message_new_method_call(made, &call, nullptr, kObjectPath, kInterface, "GetStatus") >=
              0);
      const BusMessage owned(call);
      uint64_t cookie = 0;
      result = sd_bus_send(made, call, &cookie);
      if (result >= 0) result = sd_bus_flush(made);
    }
    CHECK(result < 0);
    CHECK(AgentClient::Connect(agent.socket, false)->GetStatus().has_value());
  });
}

TEST_CASE("one user cannot take all the connections") {
  if (geteuid() != 0) return;
  ServedAgent agent;
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  const sys::Fd from_child(pipe_ends[0]);
  const sys::Fd to_parent(pipe_ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(1);
    for (int i = 0; i < 100; ++i) (void)ConnectRaw(agent.socket).release();
    (void)!write(to_parent.get(), "x", 1);
    for (;;) pause();
  }
  agent.While([&] {
    char one = 0;
    CHECK(read(from_child.get(), &one, 1) == 1);
    CHECK(AgentClient::Connect(agent.socket, false)->GetStatus().has_value());
    CHECK(RunAsNobody(agent.Busctl(kCall + "GetStatus")).status != 0);
  });
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  agent.While([&] {
    // The places are free again once the agent has seen the connections end.
    Outcome again;
    for (int i = 0; i < 100 && again.status != 0; ++i) again = RunAsNobody(agent.Busctl(kCall + "GetStatus"));
    CHECK(again.status == 0);
  });
}

TEST_CASE("a second agent on the same socket is refused, a dead one's socket is taken over") {
  ServedAgent agent;
  sys::EventLoop loop;
  const OperatorConfig config{.thing = "t", .version = "1", .socket = agent.socket, .system_bus = false};
  const auto second = AgentObject::Start(loop, config, {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == ErrorKind::kBusy);
  CHECK(Has(second.error().message, "another program listens on " + agent.socket));
  CHECK(access(agent.socket.c_str(), F_OK) == 0);

  agent.object.reset();
  CHECK(access(agent.socket.c_str(), F_OK) != 0);
  {  // what a killed agent leaves
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, agent.socket.c_str(), agent.socket.size());
    const sys::Fd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  CHECK(AgentObject::Start(loop, config, {}).has_value());
}

TEST_CASE("a socket that cannot be made is named with the reason") {
  sys::EventLoop loop;
  const auto too_long =
      AgentObject::Start(loop, {.thing = "t", .version = "1", .socket = "/tmp/" + std::string(200, 'x')}, {});
  REQUIRE_FALSE(too_long.has_value());
  CHECK(Has(too_long.error().message, "too long for a socket"));
  const auto no_folder =
      AgentObject::Start(loop, {.thing = "t", .version = "1", .socket = "/proc/none/operator.sock"}, {});
  REQUIRE_FALSE(no_folder.has_value());
  CHECK(Has(no_folder.error().message, "/proc/none"));
}

}  // namespace
}  // namespace kedge::op
