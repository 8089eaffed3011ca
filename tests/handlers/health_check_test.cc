// The handler `health-check`. Units are looked at in services_handlers_field_test.cc.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handlers/handler_case.h"
#include "handlers/http_server.h"

namespace kedge::testing {
namespace {

// A port that accepts, or, once closed, one that refuses.
class Port {
 public:
  explicit Port(int family = AF_INET) : socket_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (family == AF_INET) {
      auto& four = reinterpret_cast<sockaddr_in&>(address);
      four.sin_family = AF_INET;
      four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
    }
    auto* any = reinterpret_cast<sockaddr*>(&address);
    is_open_ =
        bind(socket_, any, length) == 0 && listen(socket_, 5) == 0 && getsockname(socket_, any, &length) == 0;
    number_ = ntohs(address.sin6_port);  // in the same place in both
  }
  ~Port() { Close(); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  bool is_open() const { return is_open_; }
  std::string number() const { return std::to_string(number_); }

 private:
  int socket_;
  bool is_open_ = false;
  int number_ = 0;
};

}  // namespace

TEST_CASE("health-check: without arguments the device itself, and nothing is changed") {
  const HandlerCase handler("health-check");
  CHECK(handler.Call("check", {}).status == 0);
  const Finished finished = handler.Call("run", {});
  CHECK(finished.err == "");
  CHECK(finished.status == 0);
  CHECK(handler.Call("verify", {}, "done").status == 0);
  CHECK(handler.Call("rollback", {}).status == 0);
  CHECK(handler.Call("verify", {}, "undone").status == 0);
  CHECK(std::filesystem::is_empty(handler.state()));
}

TEST_CASE("health-check: a port that accepts, and one that does not") {
  Port port;
  REQUIRE(port.is_open());
  const HandlerCase handler("health-check");
  const std::string condition = "tcp=127.0.0.1:" + port.number();
  CHECK(handler.Call("run", {condition, "within=0"}).status == 0);
  CHECK(handler.Call("verify", {condition}, "done").status == 0);
  if (const Port six(AF_INET6); six.is_open())
    CHECK(handler.Call("run", {"tcp=[::1]:" + six.number(), "within=0"}).status == 0);
  port.Close();
  const Finished finished = handler.Call("run", {condition, "within=0"});
  CHECK(finished.status == 1);
  const std::string line = "tcp 127.0.0.1:" + port.number() + ": is not accepting connections, was to be";
  CHECK(finished.err == line + "\nhealth-check: after 0 s: " + line + "\n");
  CHECK(handler.Call("verify", {condition}, "done").out == line + "\n");
}

TEST_CASE("health-check: an answer, an error, and an address whose secrets stay secret") {
  HttpServer server;
  server.Answer("/good", Reply("200 OK", "x", 1));
  server.Answer("/bad", Reply("503 Busy", "x", 1));
  server.Answer("/moved", Redirect("/good"));
  server.Answer("/loop", Redirect("/loop"));
  const HandlerCase handler("health-check");
  CHECK(handler.Call("run", {"url=" + server.Url("/good"), "within=0"}).status == 0);
  CHECK(handler.Call("run", {"url=" + server.Url("/moved"), "within=0"}).status == 0);
  CHECK(handler.Call("run", {"url=" + server.Url("/loop"), "within=0"}).status == 1);
  const Finished finished = handler.Call("run", {"url=" + server.Url("/bad?token=secret"), "within=0"});
  CHECK(finished.status == 1);
  CHECK(finished.err.starts_with("url " + server.Url("/bad") +
                                 ": is HTTP status 503, was to be an answer below 400\n"));
  CHECK(finished.err.find("secret") == std::string::npos);
  Port port;
  port.Close();
  CHECK(handler.Call("run", {"url=http://user:secret@127.0.0.1:" + port.number() + "/x", "within=0"})
            .err.starts_with("url http://127.0.0.1:" + port.number() + "/x: is no answer, was to be"));
}

TEST_CASE("health-check: what does not hold at once is waited for") {
  HttpServer server;
  const auto busy = [](const std::string&) { return Reply("503 Busy", "", 0); };
  const auto good = [](const std::string&) { return Reply("200 OK", "", 0); };
  server.AnswerInTurn("/x", {busy, busy, good});
  const HandlerCase handler("health-check");
  CHECK(handler.Call("run", {"url=" + server.Url("/x"), "free=/:1", "within=60"}).status == 0);
  CHECK(server.Requests().size() == 3);
}

TEST_CASE("health-check: room on a file system") {
  const HandlerCase handler("health-check");
  CHECK(handler.Call("run", {"free=" + handler.place() + ":1", "within=0"}).status == 0);
  Finished finished = handler.Call("run", {"free=" + handler.place() + ":99999999", "within=0"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find(" MiB, was to be 99999999 MiB\n") != std::string::npos);
  finished = handler.Call("run", {"free=/nowhere/x:1", "free=/:1", "within=0"});
  CHECK(finished.status == 1);
  CHECK(finished.err.starts_with("free /nowhere/x: is not there, was to have 1 MiB\n"));
}

TEST_CASE("health-check: a file system that is read-only, full, or without inodes") {
  const HandlerCase handler("health-check");
  const Finished probe = Run({"/usr/bin/unshare", "--mount", "true"});
  if (probe.status != 0) {
    MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  const auto run_on = [&](const std::string& options) {
    return Run({"/usr/bin/unshare", "--mount", "sh", "-c",
                "mount -t tmpfs -o \"$1\" none \"$KEDGE_STATE_DIR\" && exec \"$2\"", "sh", options,
                handler.Command("verify", {}).front()},
               handler.For("verify", "done"));
  };
  CHECK(run_on("size=32m").status == 0);
  Finished finished = run_on("size=8m,ro");
  CHECK(finished.status == 1);
  CHECK(finished.out == "file system of " + handler.state() + ": is read-only, was to be writable\nfree " +
                            handler.state() + ": is 8 MiB, was to be 16 MiB\n");
  finished = run_on("size=32m,nr_inodes=1");
  CHECK(finished.status == 1);
  CHECK(finished.out == "free " + handler.state() + ": is without an inode, was to have one\n");
}

TEST_CASE("health-check: wrong conditions are refused, and none becomes an option") {
  const HandlerCase handler("health-check");
  for (const std::string condition : {"",
                                      "x",
                                      "--help",
                                      "-x=1",
                                      "unit=",
                                      "unit=--root=/",
                                      "unit=a b",
                                      "unit=a*",
                                      "url=",
                                      "url=file:///etc/passwd",
                                      "url=-o/x",
                                      "url=http://",
                                      "tcp=",
                                      "tcp=x",
                                      "tcp=x:",
                                      "tcp=x:0",
                                      "tcp=x:65536",
                                      "tcp=-x:1",
                                      "tcp=$(id):1",
                                      "tcp=a/b:1",
                                      "free=/",
                                      "free=x:1",
                                      "free=/:x",
                                      "free=/:-1",
                                      "within=",
                                      "within=-1",
                                      "within=3601",
                                      "within=1s",
                                      "url=http://a\nb"}) {
    CAPTURE(condition);
    CHECK(handler.Call("check", {condition}).status == 2);
    CHECK(handler.Call("run", {condition}).status == 2);
  }
}

}  // namespace kedge::testing
