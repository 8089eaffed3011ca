#include "board/channel.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace kedge::board {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Channel::Time Soon() { return Clock::now() + std::chrono::seconds(20); }

// Listens as QEMU does.
class Listener {
 public:
  Listener() : folder_("/tmp/kedge-channel.XXXXXX"), fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().c_str(), path().size());
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd_, 1) == 0);
  }
  ~Listener() {
    close(fd_);
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ + "/socket"; }
  sys::Fd Accept() const { return sys::Fd(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  std::string folder_;
  int fd_;
};

void Say(const sys::Fd& fd, const std::string& bytes) {
  REQUIRE(write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

TEST_CASE("base64 brings any bytes there and back") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(FromBase64(ToBase64(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i));
  }
  CHECK(ToBase64("any") == "YW55");
  CHECK(FromBase64("YQ==") == "a");
  CHECK_THROWS(FromBase64("a line of text!"));
}

TEST_CASE("a line is given when it is whole, and nothing of the next one is lost") {
  const Listener listener;
  Channel channel(listener.path(), Soon());
  const sys::Fd other = listener.Accept();
  Say(other, "one\r\ntwo\nthr");
  CHECK(channel.Next(Soon()) == "one");
  CHECK(channel.Next(Soon()) == "two");
  CHECK_FALSE(channel.Next(Clock::now() + milliseconds(20)));
  CHECK(channel.IsOpen());
  Say(other, "ee\n");
  CHECK(channel.Next(Soon()) == "three");
}

TEST_CASE("an other end that goes is seen, after what it had said") {
  const Listener listener;
  Channel channel(listener.path(), Soon());
  {
    const sys::Fd other = listener.Accept();
    Say(other, "last words\n");
  }
  CHECK(channel.Next(Soon()) == "last words");
  CHECK_FALSE(channel.Next(Soon()));
  CHECK_FALSE(channel.IsOpen());
  CHECK_FALSE(channel.Send("anyone?"));
}

TEST_CASE("who does not listen is not waited for without an end") {
  CHECK_THROWS(Channel("/nonexistent/socket", Clock::now() + milliseconds(50)));
}

}  // namespace
}  // namespace kedge::board
