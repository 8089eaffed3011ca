// A web server that answers with the bytes it was given, wrong ones too.
#pragma once

#include <map>
#include <string>
#include <thread>

namespace kedge::testing {

class HttpServer {
 public:
  HttpServer();
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Before the first request. `reply`: the whole of it, head included; then the connection is closed.
  void Answer(const std::string& path, const std::string& reply) { replies_[path] = reply; }
  // As Answer, but the connection stays open after the reply until the client goes: a server that stalls.
  void AnswerAndStall(const std::string& path, const std::string& reply);
  // Waits until a stalling reply has been sent; false after ten seconds.
  bool WaitUntilStalled();
  std::string Url(const std::string& path) const;  // path begins with '/', may have a query

 private:
  void Serve();
  void Talk(int client);

  int listener_ = -1;
  int stalled_ = -1;  // eventfd
  std::map<std::string, std::string> replies_;
  std::map<std::string, bool> stalls_;
  std::thread thread_;
};

// A whole reply with `body`; `length` other than the body's is a lie.
std::string Reply(const std::string& status, const std::string& body, size_t length);

}  // namespace kedge::testing
