// Where the doctor looks at the device: the real places, or others in a test.
#pragma once

#include <sys/statvfs.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config.h"
#include "core/result.h"

namespace kedge::doctor {

// How long each of some small writes took until it was on the disk, in a file in `folder` that is gone
// afterwards.
Result<std::vector<std::chrono::microseconds>> TimeSyncs(const std::string& folder);
// Somebody (systemd-timesyncd, chrony) has told the kernel that its clock is right.
bool ClockIsSynchronised();
int64_t WallNow();  // milliseconds since the epoch

struct Device {
  std::string proc = "/proc";
  std::string cgroups = "/sys/fs/cgroup";
  std::string systemd = "/run/systemd/system";  // there when systemd runs the machine
  std::string systemctl = "systemctl";
  // Where the kernel's command line is written: on a Raspberry Pi, on an older one, with GRUB.
  std::vector<std::string> cmdlines = {"/boot/firmware/cmdline.txt", "/boot/cmdline.txt"};
  std::string grub = "/etc/default/grub";
  std::string kedged = "/usr/sbin/kedged";
  std::string kedge_link = "/usr/sbin/kedge-link";
  std::string service_config = kConfigFile;  // what the services run with
  std::function<int(const char*, struct statvfs*)> look_at_file_system = statvfs;
  std::function<int64_t()> now = WallNow;
  std::function<bool()> clock_is_synchronised = ClockIsSynchronised;
  std::function<Result<std::vector<std::chrono::microseconds>>(const std::string&)> time_syncs = TimeSyncs;
};

}  // namespace kedge::doctor
