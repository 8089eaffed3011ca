// An emulated board: QEMU with a Debian of image.sh on its disk, without KVM. It has power or not, a network
// cable that is in or out, a console that is written to a file, and a control channel by which a test runs
// commands on it: a shell of the test's own, which knows nothing of Kedge and needs no network.
//
//   Machine board({.image = {.folder = image}, .folder = scratch});
//   board.Boot();
//   board.WaitUntilControl();
//   board.Shell("sha256sum /srv/config");
//   board.Cut();      // what was written and not flushed may be lost
//   board.Boot();     // the same disk, as the cut left it
//
// What goes wrong around the test throws std::runtime_error, with the end of the console in it. Not thread
// safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "board/channel.h"
#include "rig/program.h"

namespace kedge::board {

// What takes a second on a quiet machine takes a minute on one that emulates other boards beside, and a boot
// ten.
inline constexpr std::chrono::seconds kPatient{1200};

// What image.sh made: a folder with disk.img, vmlinuz, initrd.img and the file `arch` (amd64, arm64, armhf,
// raspi3b). It is read only.
struct Image {
  std::string folder;
};

// What was on its way to the disk since the last boot. `log` is in the format of dm-log-writes, as QEMU's
// blklogwrites writes it; whatever the machine wrote is in it, in order, the flushes too. `disk` is as it was
// at the boot: the machine itself writes elsewhere.
struct PowerLoss {
  std::string disk;  // raw; to be changed in place into what the cut leaves
  std::string log;
  int boot = 0;  // counted from 1, over the life of the Machine
};
using AfterCut = std::function<void(const PowerLoss&)>;

struct Options {
  Image image = {};
  std::string folder = {};  // of this run, made if missing: disk.img, writes.log, console-N.log. Kept
  AfterCut after_cut = {};  // none: what is after the last flush is lost
  int processors = 2;       // not of raspi3b, which has four
  std::string append = {};  // to the kernel's command line
};

struct Output {
  int status = 0;   // 128 + N for what signal N ended, as a shell tells it
  std::string out;  // stdout and stderr together
};

class Machine {
 public:
  explicit Machine(Options options);
  ~Machine();  // as a cut, without an afterwards
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const std::string& arch() const { return arch_; }

  // --- power
  void Boot(bool network = true);  // returns at once. Not while it has power. `network`: is the cable in?
  // Until commands can be run, early in the boot: services may be on their way still.
  void WaitUntilControl(std::chrono::seconds limit = kPatient);
  void Cut();  // at once; then Options::after_cut says what is on the disk
  void PowerOff(std::chrono::seconds limit = kPatient);  // orderly: all is on the disk
  // Waits for a reboot that the board itself began: power is on all the while, unless it was an orderly
  // power-off.
  void WaitForReboot(std::chrono::seconds limit = kPatient);
  bool HasPower();
  int boots() const { return boots_; }

  // --- the network cable
  void Network(bool is_in);

  // --- commands, as root, one at a time
  // A script for bash; its end is awaited (not that of what it leaves in the background). Throws when `limit`
  // passes, or when the board reboots or loses power meanwhile.
  Output Run(const std::string& script, std::chrono::seconds limit = kPatient);
  std::string Shell(const std::string& script,
                    std::chrono::seconds limit = kPatient);  // throws unless the status is 0
  bool Holds(const std::string& script) { return Run(script).status == 0; }
  // Whole files, of any content, to the board and back; durable there when PutFile returns. Small ones: a
  // megabyte takes a minute.
  void PutFile(const std::string& path, const std::string& content, const std::string& mode = "0644");
  std::string GetFile(const std::string& path);

  // --- without power
  // Writes a file into the disk, before the first boot or after a power-off. `owner`: a user of the board.
  void PlaceFile(const std::string& path, const std::string& content, unsigned mode = 0644,
                 const std::string& owner = "root");
  const std::string& disk() const { return disk_; }  // raw ext4, no partitions; as of the last power loss
  const std::string& log() const { return log_; }    // of the running boot, or of the last one

  // --- to find out why
  std::string console_path() const;  // of the running boot, or of the last one
  std::string Console() const;
  std::string Tail() const;  // its last lines

  struct Times {
    std::chrono::milliseconds control{};  // from the start of QEMU until the control channel answered
  };
  const Times& times() const { return times_; }

 private:
  [[noreturn]] void Fail(const std::string& what) const;
  void Monitor(const std::string& command, const nlohmann::json& arguments);
  bool TakeGreeting(const std::string& line);
  void Unplug();

  const Options options_;
  const std::string arch_;
  const std::string disk_;
  const std::string log_;
  int boots_ = 0;
  int64_t asked_ = 0;    // commands, over all boots
  bool has_cable_ = false;
  std::string boot_id_;  // by the control channel's greeting; "" before it
  Times times_;
  std::chrono::steady_clock::time_point started_;
  rig::Program qemu_;
  std::unique_ptr<Channel> control_;
  std::unique_ptr<Channel> monitor_;
};

}  // namespace kedge::board
