#include "broker/broker_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "broker/access.h"
#include "broker/certificate_folder.h"
#include "broker/disk.h"
#include "broker/live_access.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr const char* kLock = "/broker.lock";

Result<void> MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return CannotDo("make the folder " + path);
}

Unexpected NotOurs(const std::string& path, const std::string& why) {
  return {ErrorKind::kDenied, path + " " + why + "; give a folder that is empty or not there yet"};
}

// One that we made, or that somebody made for us.
Result<void> CheckOurs(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return CannotDo("look at " + path);
  if (!S_ISDIR(facts.st_mode)) return NotOurs(path, "is not a folder");
  if (facts.st_uid != geteuid()) {
    return NotOurs(path, "belongs to user " + std::to_string(facts.st_uid) +
                             ", and the keys have to belong to who runs the broker");
  }
  std::error_code error;
  const bool ours = std::filesystem::exists(path + kLock, error) || std::filesystem::is_empty(path, error);
  if (error) return Unexpected{ErrorKind::kIo, "cannot look into " + path + ": " + error.message()};
  if (!ours) return NotOurs(path, "has files, and none of `drydock broker`");
  if (chmod(path.c_str(), 0700) != 0) return CannotDo("keep other users out of " + path);
  return {};
}

// Those before, and the new ones; sorted.
Result<std::vector<std::string>> AllThings(const std::string& folder, std::vector<std::string> things) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".key") things.push_back(entry.path().stem());
  }
  if (error) return Unexpected{ErrorKind::kIo, "cannot look into " + folder + ": " + error.message()};
  std::sort(things.begin(), things.end());
  things.erase(std::unique(things.begin(), things.end()), things.end());
  return things;
}

}  // namespace

Result<BrokerFolder> BrokerFolder::Open(const std::string& path) {
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  if (error || absolute.find('\n') != std::string::npos) {
    return Unexpected{ErrorKind::kInvalid, "'" + path + "' is not the name of a folder"};
  }
  if (const auto made = MakeFolder(absolute); !made) return Unexpected(made.error());
  if (const auto ours = CheckOurs(absolute); !ours) return Unexpected(ours.error());
  int lock = open((absolute + kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return CannotDo("write " + absolute + kLock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    lock = -1;
  }
  return BrokerFolder(std::move(absolute), lock);
}

BrokerFolder::BrokerFolder(BrokerFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

BrokerFolder::~BrokerFolder() {
  if (lock_ >= 0) close(lock_);
}

Result<void> BrokerFolder::KeepLockOverExec() const {
  if (fcntl(lock_, F_SETFD, 0) != 0) return CannotDo("hand on the lock " + path_ + kLock);
  return {};
}

Result<void> BrokerFolder::Prepare(const Bench& bench, const std::string& plugin, Second now) {
  done_.clear();
  const auto conf = ReadIfThere(File("mosquitto.conf"));
  if (!conf) return Unexpected(conf.error());
  const Listener before = ReadListener(conf->value_or("")).value_or(Listener{"127.0.0.1", 8883});
  listener_ = {bench.listen.empty() ? before.address : bench.listen,
               bench.port == 0 ? before.port : bench.port};
  if (const auto kept = KeepConf(conf->value_or(""), plugin); !kept) return kept;
  if (const auto kept = KeepCertificates(bench, now); !kept) return kept;
  return KeepAccess(before);
}

Result<void> BrokerFolder::KeepConf(const std::string& present, const std::string& plugin) {
  const std::string conf = MosquittoConf(path_, listener_, plugin);
  if (conf == present) return {};
  if (const auto written = WriteWhole(File("mosquitto.conf"), conf, 0644); !written) return written;
  done_.push_back("wrote mosquitto.conf, to listen at port " + std::to_string(listener_.port) + " of " +
                  listener_.address);
  return {};
}

Result<void> BrokerFolder::KeepCertificates(const Bench& bench, Second now) {
  if (const auto made = MakeFolder(File("things")); !made) return made;
  const auto things = AllThings(File("things"), bench.things);
  if (!things) return Unexpected(things.error());
  things_ = *things;
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (listener_.address != kAllAddresses && listener_.address != "127.0.0.1")
    names.push_back(listener_.address);
  names.insert(names.end(), bench.names.begin(), bench.names.end());

  CertificateFolder certificates(path_, bench.days, now);
  if (const auto kept = certificates.KeepAuthority(); !kept) return kept;
  if (const auto kept = certificates.KeepServer("broker", "broker", names); !kept) return kept;
  for (const char* name : {kServiceName, kAdminName}) {
    if (const auto kept = certificates.KeepClient(name, name); !kept) return kept;
  }
  for (const std::string& thing : things_) {
    if (const auto kept = certificates.KeepClient("things/" + thing, thing); !kept) return kept;
  }
  until_ = certificates.until();
  done_.insert(done_.end(), certificates.done().begin(), certificates.done().end());
  return {};
}

Result<void> BrokerFolder::KeepAccess(const Listener& running) {
  const std::string path = File("dynamic-security.json");
  const auto text = ReadIfThere(path);
  if (!text) return Unexpected(text.error());
  json access = *text ? json::parse(**text, nullptr, false) : NobodysAccess();
  if (!IsAccess(access)) {
    return Unexpected{ErrorKind::kCorrupt,
                      path + " is not what the plugin writes; remove it, and it is made again"};
  }
  const std::vector<json> commands = MissingAccess(access, things_);
  if (commands.empty()) return {};
  if (IsBrokerRunning()) {
    const auto sent = SendCommands(
        {ClientHost(running), running.port, File("ca.pem"), File("admin.pem"), File("admin.key")}, commands);
    if (!sent) return sent;
  } else {
    for (const json& command : commands) CarryOut(command, access);
    if (const auto written = WriteWhole(path, access.dump(1, '\t'), 0600); !written) return written;
  }
  const std::string where = IsBrokerRunning() ? "the broker that runs" : "dynamic-security.json";
  for (const json& command : commands) {
    if (command["command"] == "createClient") {
      done_.push_back("let '" + command["username"].get<std::string>() + "' into " + where);
    }
  }
  return {};
}

}  // namespace kedge::drydock
