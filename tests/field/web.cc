#include "field/web.h"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace kedge::field {

struct Web::Server {
  httplib::Server http;
  int port = 0;
  std::thread thread;
};

const std::string& Web::Content() {
  static const std::string content = [] {
    std::mt19937_64 random(1);
    std::string bytes(2U << 20U, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }();
  return content;
}

Web::Web() : server_(std::make_unique<Server>()) {
  server_->http.Get(R"(/.*\.bin)", [](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(Content().size(), "application/octet-stream",
                                  [](std::size_t from, std::size_t length, httplib::DataSink& sink) {
                                    // The pace of a slow line, not a wait for anything.
                                    std::this_thread::sleep_for(std::chrono::milliseconds(30));
                                    return sink.write(Content().data() + from,
                                                      std::min<std::size_t>(length, 65536));
                                  });
  });
  server_->port = server_->http.bind_to_any_port("127.0.0.1");
  server_->thread = std::thread([server = server_.get()] { server->http.listen_after_bind(); });
}

Web::~Web() {
  server_->http.stop();
  server_->thread.join();
}

std::string Web::Url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(server_->port) + path;
}

}  // namespace kedge::field
