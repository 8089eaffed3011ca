#include "handlers/http_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace kedge::testing {
namespace {

sockaddr_in Loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

HttpServer::HttpServer()
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), stalled_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address = Loopback();  // port 0: a free one
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 8) != 0)
    throw std::runtime_error("no port for the test's web server");
  thread_ = std::thread([this] { Serve(); });
}

HttpServer::~HttpServer() {
  shutdown(listener_, SHUT_RDWR);  // ends accept
  thread_.join();
  close(listener_);
  close(stalled_);
}

void HttpServer::AnswerAndStall(const std::string& path, const std::string& reply) {
  Answer(path, reply);
  stalls_[path] = true;
}

bool HttpServer::WaitUntilStalled() {
  pollfd waited = {stalled_, POLLIN, 0};
  uint64_t count = 0;
  return poll(&waited, 1, 10000) == 1 && read(stalled_, &count, sizeof count) == sizeof count;
}

std::string HttpServer::Url(const std::string& path) const {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + path;
}

void HttpServer::Serve() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    Talk(client);
    close(client);
  }
}

void HttpServer::Talk(int client) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    request.append(buffer, static_cast<size_t>(got));
  }
  const size_t start = request.find(' ') + 1;
  const std::string path = request.substr(start, request.find_first_of(" ?", start) - start);
  const auto found = replies_.find(path);
  const std::string reply = found == replies_.end() ? Reply("404 Not Found", "no", 2) : found->second;
  send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
  if (!stalls_.contains(path)) return;
  const uint64_t one = 1;
  static_cast<void>(write(stalled_, &one, sizeof one));
  static_cast<void>(recv(client, buffer, sizeof buffer, 0));  // until the client goes
}

std::string Reply(const std::string& status, const std::string& body, size_t length) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) +
         "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace kedge::testing
