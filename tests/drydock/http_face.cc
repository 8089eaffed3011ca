#include "http_face.h"

#include <httplib.h>
#include <sys/socket.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "http_guard.h"
#include "payloads.h"

namespace kedge::drydock {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr std::size_t kMaxBody = 4U << 20U;
// Each open connection and each request that waits for news holds one; the aws command still gets through
// beside a handful of web pages and `drydock watch`.
constexpr std::size_t kThreads = 32;

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

HttpReply Refuse(const std::string& why) {
  return {.status = 403, .body = Dump({{"message", why}}), .error_type = "ForbiddenException"};
}

void Serve(const HttpFace::Handle& handle, const httplib::Request& in, httplib::Response& out) {
  const HttpRequest request{
      .method = in.method, .target = in.target, .headers = LowerCase(in.headers), .body = in.body};
  const auto foreign = ForeignRequest(request);
  const HttpReply reply = foreign ? Refuse(*foreign) : handle(request);
  // Left open where it is 200: httplib then says 206 for the part that a Range header asks for.
  if (reply.status != 200) out.status = reply.status;
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
  server_->set_keep_alive_timeout(1);  // seconds
  server_->new_task_queue = [] {
    return new httplib::ThreadPool(kThreads);
  };  // NOLINT: the server deletes it
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
