#include "broker/mosquitto.h"

#include <glob.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>

namespace kedge::drydock {

const std::vector<std::string> kPluginFolders = {"/usr/local/lib", "/usr/local/lib/*", "/usr/lib/*",
                                                 "/usr/lib"};

namespace {

constexpr const char* kPlugin = "mosquitto_dynamic_security.so";
constexpr const char* kInstall =
    ": apt-get install mosquitto (Debian's package has the broker and the plugin)";

constexpr const char* kSameEverywhere = R"(
# A client is who its certificate's common name says; nobody is let in without one.
require_certificate true
use_identity_as_username true
allow_anonymous false

# Whoever starts it keeps its rights, for the folder is its owner's alone. mosquitto heeds this line only when root
# starts it.
user root
log_dest stderr

# As AWS: a session outlives its connection, and the broker's own restart, for an hour.
persistence true
autosave_interval 60
persistent_client_expiration 1h

# As AWS: 1,200 s; 128 KiB of payload and the rest of the packet; 100 messages without an answer.
max_keepalive 1200
max_packet_size 149504
max_inflight_messages 100

# A burst of jobs is not thrown away, and does not wait for Nagle.
max_queued_messages 0
set_tcp_nodelay true
)";

std::string FirstMatch(const std::string& pattern) {
  glob_t found{};
  const bool any = glob(pattern.c_str(), 0, nullptr, &found) == 0 && found.gl_pathc > 0;
  const std::string first = any ? found.gl_pathv[0] : "";
  globfree(&found);
  return first;
}

}  // namespace

std::string MosquittoConf(const std::string& folder, const Listener& listener, const std::string& plugin) {
  std::ostringstream conf;
  conf << "# Made by `drydock broker`, which writes it again each time.\n"
       << "# Start it with `drydock broker " << folder << "`: then things can be added while it runs.\n\n"
       << "listener " << listener.port << " " << listener.address << "\n"
       << "cafile " << folder << "/ca.pem\n"
       << "certfile " << folder << "/broker.pem\n"
       << "keyfile " << folder << "/broker.key\n"
       << "plugin " << plugin << "\n"
       << "plugin_opt_config_file " << folder << "/dynamic-security.json\n"
       << "persistence_location " << folder << "\n"
       << kSameEverywhere;
  return conf.str();
}

std::optional<Listener> ReadListener(const std::string& conf) {
  std::istringstream lines(conf);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    Listener listener;
    if (words >> word >> listener.port >> listener.address && word == "listener") return listener;
  }
  return std::nullopt;
}

std::string ClientHost(const Listener& listener) {
  const bool local = listener.address == "127.0.0.1" || listener.address == kAllAddresses;
  return local ? "localhost" : listener.address;
}

Result<Mosquitto> FindMosquitto(const std::string& path, const std::vector<std::string>& plugin_folders) {
  Mosquitto found;
  std::istringstream folders(path + ":/usr/local/sbin:/usr/sbin");
  for (std::string folder; found.program.empty() && std::getline(folders, folder, ':');) {
    const std::string program = folder + "/mosquitto";
    if (folder.starts_with('/') && access(program.c_str(), X_OK) == 0) found.program = program;
  }
  if (found.program.empty()) {
    return Unexpected{ErrorKind::kNotFound, std::string("mosquitto is not installed") + kInstall};
  }
  std::string looked_in;
  for (const std::string& folder : plugin_folders) {
    found.plugin = FirstMatch(folder + "/" + kPlugin);
    if (!found.plugin.empty()) return found;
    looked_in += (looked_in.empty() ? "" : ", ") + folder;
  }
  return Unexpected{ErrorKind::kNotFound,
                    std::string("mosquitto's plugin ") + kPlugin + " is in none of " + looked_in + kInstall};
}

Result<void> CheckListener(const Listener& listener) {
  const std::string port = std::to_string(listener.port);
  const std::string where = "cannot listen at port " + port + " of " + listener.address + ": ";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* resolved = nullptr;
  if (const int error = getaddrinfo(listener.address.c_str(), port.c_str(), &hints, &resolved); error != 0) {
    return Unexpected{ErrorKind::kInvalid, where + gai_strerror(error) + "; give another --listen"};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(resolved, freeaddrinfo);
  const int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
  const int yes = 1;  // as mosquitto has it: an old connection is no obstacle
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int error = bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 1) == 0 ? 0 : errno;
  close(fd);
  if (error == 0) return {};
  const std::string what_next = error == EADDRINUSE
                                    ? "; end what listens there (ss -ltnp shows it) or give another --port"
                                : error == EADDRNOTAVAIL ? "; --listen takes an address of this machine"
                                                         : "; give another --port or --listen";
  return Unexpected{ErrorKind::kBusy, where + std::strerror(error) + what_next};
}

}  // namespace kedge::drydock
