// The folder of a bench's broker: what is missing in it is made, what is there stays, so that it can be asked
// for again at any time.
//
//   broker.lock               marks the folder as ours; held as long as the broker runs
//   ca.pem ca.key             the test CA
//   broker.pem broker.key     for mosquitto
//   drydock.pem drydock.key   for `drydock serve`
//   admin.pem admin.key       for mosquitto_ctrl
//   things/NAME.pem NAME.key  for each thing
//   mosquitto.conf            what mosquitto does
//   dynamic-security.json     who may say what (access.h); while the broker runs, it is the broker's
//   mosquitto.db              the broker's sessions and retained messages
#pragma once

#include <string>
#include <vector>

#include "broker/certificates.h"
#include "broker/mosquitto.h"
#include "core/result.h"

namespace kedge::drydock {

// What is to be there. Empty and 0: as it is in the folder, or else the default.
struct Bench {
  std::vector<std::string> things;
  std::vector<std::string> names;  // of this machine, for the broker's certificate
  std::string listen;              // default 127.0.0.1
  int port = 0;                    // default 8883
  int days = 30;                   // that a new certificate is good for; at least 2
};

class BrokerFolder {
 public:
  // Makes the folder, for its owner alone, or takes one that was made so; refuses any other.
  static Result<BrokerFolder> Open(const std::string& path);
  BrokerFolder(BrokerFolder&& other) noexcept;
  BrokerFolder& operator=(BrokerFolder&&) = delete;
  ~BrokerFolder();

  // Makes all of it so. A broker that runs is told who is new. `now` is for the certificates.
  Result<void> Prepare(const Bench& bench, const std::string& plugin, Second now);
  // One sentence for each thing that Prepare did.
  const std::vector<std::string>& done() const { return done_; }

  // The broker of this folder, not any on its port.
  bool IsBrokerRunning() const { return lock_ < 0; }
  // Whatever program this process becomes has the lock then, for as long as it runs.
  Result<void> KeepLockOverExec() const;

  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // After Prepare.
  const Listener& listener() const { return listener_; }
  const std::vector<std::string>& things() const { return things_; }
  Second until() const { return until_; }  // when the first certificate runs out

 private:
  BrokerFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  Result<void> KeepConf(const std::string& present, const std::string& plugin);
  Result<void> KeepCertificates(const Bench& bench, Second now);
  // `running`: where the broker listens if it runs.
  Result<void> KeepAccess(const Listener& running);

  std::string path_;  // absolute
  int lock_;          // -1: the broker has it
  Listener listener_;
  std::vector<std::string> things_;
  Second until_;
  std::vector<std::string> done_;
};

}  // namespace kedge::drydock
