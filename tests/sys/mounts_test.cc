#include "sys/mounts.h"

#include <doctest/doctest.h>

#include "sys/files.h"

namespace kedge::sys {
namespace {

using Places = std::vector<std::string>;

TEST_CASE("file systems of the machine's own disks, each once") {
  CHECK(LocalFileSystems(
            "22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"
            "23 22 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw\n"
            "30 22 179:1 / /boot/firmware rw,relatime shared:30 - vfat /dev/mmcblk0p1 rw,fmask=0022\n"
            "31 22 179:2 /srv /mnt/bound rw - ext4 /dev/root rw\n"
            "32 22 0:40 / /mnt/far rw shared:9 - nfs4 far:/export rw,hard\n"
            "33 22 0:41 / /tmp rw - tmpfs tmpfs rw\n"
            "34 22 0:42 / /data\\040one rw - ubifs ubi0:data rw\n"
            "35 22 0:43 / /over rw - overlay overlay rw,upperdir=/u") ==
        Places{"/", "/boot/firmware", "/data one", "/over"});
}

TEST_CASE("what is mounted for reading only is left out, by the mount or by the file system") {
  CHECK(LocalFileSystems("22 1 8:1 / / ro - ext4 /dev/sda1 rw\n"
                         "23 1 8:2 / /a rw,noatime master:1 propagate_from:2 - ext4 /dev/sda2 ro,errors=x\n"
                         "24 1 8:3 / /b rw - ext4 /dev/sda3 rw\n") == Places{"/b"});
}

TEST_CASE("lines that are none are passed over") {
  CHECK(LocalFileSystems("").empty());
  CHECK(LocalFileSystems("\n\nnonsense\n1 2 3:4 / / rw - ext4\n- - - - - - - - - -\n").empty());
}

TEST_CASE("this machine's own list is read") {
  const auto text = ReadFile("/proc/self/mountinfo");
  REQUIRE(text.has_value());
  for (const std::string& place : LocalFileSystems(*text)) CHECK(place.starts_with("/"));
}

}  // namespace
}  // namespace kedge::sys
