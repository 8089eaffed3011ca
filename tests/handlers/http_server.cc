#include "handlers/http_server.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace kedge::testing {

// The server's side of TLS; without a certificate everything goes in the clear.
class TlsServer {
 public:
  TlsServer() = default;
  TlsServer(const std::string& certificate, const std::string& key)
      : context_(SSL_CTX_new(TLS_server_method())) {
    if (SSL_CTX_use_certificate_chain_file(context_, certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("the test's certificate cannot be used");
  }
  ~TlsServer() { SSL_CTX_free(context_); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  bool is_on() const { return context_ != nullptr; }
  bool Accept(int client) {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, client);
    return SSL_accept(ssl_) == 1;
  }
  ssize_t Receive(char* buffer, size_t size) { return SSL_read(ssl_, buffer, static_cast<int>(size)); }
  void Send(const std::string& bytes) {
    if (!bytes.empty()) SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  }
  void End() {
    SSL_free(ssl_);
    ssl_ = nullptr;
  }

 private:
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

namespace {

sockaddr_in Loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

HttpServer::HttpServer() : HttpServer("", "") {}

HttpServer::HttpServer(const std::string& certificate, const std::string& key)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stalled_(eventfd(0, EFD_CLOEXEC)),
      tls_(certificate.empty() ? std::make_unique<TlsServer>()
                               : std::make_unique<TlsServer>(certificate, key)) {
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

void HttpServer::Answer(const std::string& path, const std::string& reply) {
  AnswerInTurn(path, {[reply](const std::string&) { return reply; }});
}

void HttpServer::AnswerInTurn(const std::string& path, std::deque<Answerer> answerers) {
  const std::lock_guard lock(mutex_);
  answerers_[path] = std::move(answerers);
}

void HttpServer::AnswerAndStall(const std::string& path, const std::string& reply) {
  stalls_[path] = true;
  Answer(path, reply);
}

bool HttpServer::WaitUntilStalled() {
  pollfd waited = {stalled_, POLLIN, 0};
  uint64_t count = 0;
  return poll(&waited, 1, 10000) == 1 && read(stalled_, &count, sizeof count) == sizeof count;
}

std::vector<std::string> HttpServer::Requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string HttpServer::Url(const std::string& path) const {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  return (tls_->is_on() ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(ntohs(address.sin_port)) + path;
}

void HttpServer::Serve() {
  sigset_t
      pipe;  // SSL_write knows no MSG_NOSIGNAL; in this thread only, for programs inherit what is ignored
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    if (!tls_->is_on() || tls_->Accept(client)) Talk(client);
    tls_->End();
    close(client);
  }
}

std::string HttpServer::Take(const std::string& request, const std::string& path) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  const auto found = answerers_.find(path);
  if (found == answerers_.end()) return Reply("404 Not Found", "no", 2);
  const Answerer answerer = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return answerer(request);
}

void HttpServer::Talk(int client) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got =
        tls_->is_on() ? tls_->Receive(buffer, sizeof buffer) : recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    request.append(buffer, static_cast<size_t>(got));
  }
  const size_t start = request.find(' ') + 1;
  const std::string path = request.substr(start, request.find_first_of(" ?", start) - start);
  const std::string reply = Take(request, path);
  if (tls_->is_on())
    tls_->Send(reply);
  else
    send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
  if (!stalls_.contains(path)) return;
  const uint64_t one = 1;
  static_cast<void>(write(stalled_, &one, sizeof one));
  static_cast<void>(recv(client, buffer, sizeof buffer, 0));  // until the client goes
}

std::string Reply(const std::string& status, const std::string& body, size_t length,
                  const std::string& more) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) + "\r\n" + more +
         "Connection: close\r\n\r\n" + body;
}

std::string Redirect(const std::string& location) {
  return Reply("302 Found", "", 0, "Location: " + location + "\r\n");
}

std::string HeaderOf(const std::string& request, const std::string& name) {
  const std::string wanted = "\r\n" + name + ": ";
  const size_t start = request.find(wanted);
  if (start == std::string::npos) return "";
  const size_t value = start + wanted.size();
  return request.substr(value, request.find("\r\n", value) - value);
}

HttpServer::Answerer Ranges(const std::string& body, const std::string& etag, size_t cut) {
  return [body, etag, cut](const std::string& request) {
    const std::string range = HeaderOf(request, "Range");
    const std::string tag = etag.empty() ? "" : "ETag: " + etag + "\r\n";
    if (!range.starts_with("bytes=") || etag.empty() || HeaderOf(request, "If-Range") != etag)
      return Reply("200 OK", body.substr(0, body.size() - cut), body.size(), tag);
    const size_t from = std::stoul(range.substr(6));
    const size_t rest = body.size() - from;
    const std::string content = "Content-Range: bytes " + std::to_string(from) + "-" +
                                std::to_string(body.size() - 1) + "/" + std::to_string(body.size()) + "\r\n";
    return Reply("206 Partial Content", body.substr(from, rest - cut), rest, content + tag);
  };
}

}  // namespace kedge::testing
