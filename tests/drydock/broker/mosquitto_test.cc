// mosquitto's configuration read back, and what is said when it cannot be started.

#include "broker/mosquitto.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "program.h"

namespace kedge::drydock {
namespace {

namespace fs = std::filesystem;

TEST_CASE("the listener is read back from the configuration that was written") {
  const auto read = ReadListener(MosquittoConf("/bench of mine", {"192.0.2.7", 18883}, "/plugin.so"));
  REQUIRE(read);
  CHECK(read->address == "192.0.2.7");
  CHECK(read->port == 18883);
  CHECK_FALSE(ReadListener("# listener 1 a\nlistener x y\n"));
}

TEST_CASE("a client on this machine finds the broker by a name that its certificate has") {
  CHECK(ClientHost({"127.0.0.1", 1}) == "localhost");
  CHECK(ClientHost({"0.0.0.0", 1}) == "localhost");
  CHECK(ClientHost({"192.0.2.7", 1}) == "192.0.2.7");
}

TEST_CASE("mosquitto and its plugin are found wherever they are, or their package is named") {
  TemporaryFolder folder;
  fs::create_directories(folder.File("lib/riscv64-linux-gnu"));
  std::ofstream(folder.File("mosquitto")) << "";
  chmod(folder.File("mosquitto").c_str(), 0755);
  const std::string path = "relative:" + folder.File("");
  const std::vector<std::string> plugins = {folder.File("lib"), folder.File("lib/*")};

  const auto none = FindMosquitto(path, plugins);
  REQUIRE_FALSE(none);
  CHECK(none.error().message ==
        "mosquitto's plugin mosquitto_dynamic_security.so is in none of " + plugins[0] + ", " + plugins[1] +
            ": apt-get install mosquitto (Debian's package has the broker and the plugin)");

  const std::string plugin = folder.File("lib/riscv64-linux-gnu/mosquitto_dynamic_security.so");
  std::ofstream(plugin) << "";
  const auto found = FindMosquitto(path, plugins);
  REQUIRE(found);
  CHECK(fs::equivalent(found->program, folder.File("mosquitto")));
  CHECK(found->plugin == plugin);
}

TEST_CASE("a port that is taken and an address of another machine are told before mosquitto starts") {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(listen(fd, 1) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const int port = ntohs(address.sin_port);

  const auto taken = CheckListener({"127.0.0.1", port});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message ==
        "cannot listen at port " + std::to_string(port) +
            " of 127.0.0.1: Address already in use; end what listens there (ss -ltnp "
            "shows it) or give another --port");
  close(fd);
  CHECK(CheckListener({"127.0.0.1", port}));
  const auto foreign = CheckListener({"192.0.2.7", port});
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().message.find("--listen takes an address of this machine") != std::string::npos);
}

}  // namespace
}  // namespace kedge::drydock
