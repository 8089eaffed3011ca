#include "http_face.h"

#include <httplib.h>
#include <sys/socket.h>

#include <cctype>

namespace kedge::drydock {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr std::size_t kMaxBody = 4U << 20U;

// Not httplib's default, which shares the port with any other process that asks for it.
void SocketOptions(socket_t socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

Headers LowerCase(const httplib::Headers& headers) {
  Headers lower;
  for (const auto& [name, value] : headers) {
    std::string key = name;
    for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    lower.emplace(std::move(key), value);
  }
  return lower;
}

void Serve(const HttpFace::Handle& handle, const httplib::Request& in, httplib::Response& out) {
  const HttpReply reply =
      handle({.method = in.method, .target = in.target, .headers = LowerCase(in.headers), .body = in.body});
  out.status = reply.status;
  for (const auto& [name, value] : reply.headers) out.set_header(name, value);
  if (!reply.error_type.empty()) out.set_header("x-amzn-ErrorType", reply.error_type);
  out.set_content(reply.body, reply.content_type);
}

}  // namespace

struct HttpFace::Server : httplib::Server {};

HttpFace::HttpFace() : server_(std::make_unique<Server>()) {
  server_->set_tcp_nodelay(true);
  server_->set_socket_options(SocketOptions);
  server_->set_payload_max_length(kMaxBody);
  server_->set_keep_alive_max_count(100000);
  server_->set_keep_alive_timeout(1);  // seconds; each open connection holds one of the server's threads
}

HttpFace::~HttpFace() { Stop(); }

Result<int> HttpFace::Bind(int port) {
  if (port == 0) {
    const int bound = server_->bind_to_any_port(kHost);
    if (bound > 0) return bound;
  } else if (server_->bind_to_port(kHost, port)) {
    return port;
  }
  return Unexpected(ErrorKind::kBusy, std::string("cannot listen on ") + kHost + ":" + std::to_string(port) +
                                          "; is something else there? (--http-port 0 takes a free one)");
}

void HttpFace::Start(Handle handle) {
  const auto serve = [handle = std::move(handle)](const httplib::Request& in, httplib::Response& out) {
    Serve(handle, in, out);
  };
  constexpr const char* kAnything = "[\\s\\S]*";
  server_->Get(kAnything, serve);
  server_->Put(kAnything, serve);
  server_->Post(kAnything, serve);
  server_->Patch(kAnything, serve);
  server_->Delete(kAnything, serve);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // stop() before the server runs would do nothing; httplib has no other way to wait for that moment.
  while (!server_->is_running()) std::this_thread::yield();
}

void HttpFace::Stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

}  // namespace kedge::drydock
