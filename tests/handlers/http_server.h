// A web server that answers with the bytes it was given, wrong ones too. One connection after the other.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kedge::testing {

class TlsServer;

class HttpServer {
 public:
  HttpServer();
  // Speaks https with a certificate chain and key from PEM files.
  HttpServer(const std::string& certificate, const std::string& key);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The whole reply to a request, head included; then the connection is closed.
  using Answerer = std::function<std::string(const std::string& request)>;

  // All of these before the first request; they may be called once a path.
  void Answer(const std::string& path, const std::string& reply);
  // One after the other; the last one from then on.
  void AnswerInTurn(const std::string& path, std::deque<Answerer> answerers);
  // As Answer, but the connection stays open after the reply until the client goes: a server that stalls.
  void AnswerAndStall(const std::string& path, const std::string& reply);

  // Waits until a stalling reply has been sent; false after ten seconds.
  bool WaitUntilStalled();
  // The heads of the requests so far, for any path.
  std::vector<std::string> Requests();
  std::string Url(const std::string& path) const;  // path begins with '/', may have a query

 private:
  void Serve();
  void Talk(int client);
  std::string Take(const std::string& request, const std::string& path);

  int listener_ = -1;
  int stalled_ = -1;  // eventfd
  std::unique_ptr<TlsServer> tls_;
  std::mutex mutex_;  // for the two that follow
  std::map<std::string, std::deque<Answerer>> answerers_;
  std::vector<std::string> requests_;
  std::map<std::string, bool> stalls_;
  std::thread thread_;
};

// A whole reply with `body`; `length` other than the body's is a lie. `more`: header lines, each with its
// end.
std::string Reply(const std::string& status, const std::string& body, size_t length,
                  const std::string& more = "");
// A redirect to `location`.
std::string Redirect(const std::string& location);
// The value of a request's header line, "" when it has none. `name` as curl writes it.
std::string HeaderOf(const std::string& request, const std::string& name);
// Answers as a good server does: all of `body`, or from where the Range begins if If-Range names `etag`. What
// is sent ends `cut` bytes early.
HttpServer::Answerer Ranges(const std::string& body, const std::string& etag, size_t cut = 0);

}  // namespace kedge::testing
