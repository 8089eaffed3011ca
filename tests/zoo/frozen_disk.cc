#include "frozen_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kedge::zoo {
namespace {

std::string Failed(const std::string& what) { return what + ": " + std::strerror(errno); }

// "" when it ended with success.
std::string MakeFileSystem(std::string image) {
  std::string words[] = {"mkfs.ext4", "-q", "-F"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), image.data(), nullptr};
  std::string path = "PATH=/usr/sbin:/sbin:/usr/bin:/bin";
  char* env[] = {path.data(), nullptr};
  for (const char* program : {"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"}) {
    pid_t pid = 0;
    if (posix_spawn(&pid, program, nullptr, nullptr, argv, env) != 0) continue;
    int status = 0;
    waitpid(pid, &status, 0);
    return status == 0 ? "" : "mkfs.ext4 fails";
  }
  return "there is no mkfs.ext4";
}

}  // namespace

FrozenDisk::FrozenDisk(const std::string& folder) : mount_point_(folder + "/frozen") {
  why_not_ = Make(folder + "/image");
}

std::string FrozenDisk::Make(const std::string& image) {
  const sys::Fd file(open(image.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file || ftruncate(file.get(), 8 << 20) != 0) return Failed("make an image");
  if (auto why = MakeFileSystem(image); !why.empty()) return why;
  const sys::Fd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return Failed("open /dev/loop-control");
  for (int tries = 0; !loop_ && tries < 20; ++tries) {  // somebody else may take the same one first
    const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return Failed("find a free loop device");
    loop_.reset(open(("/dev/loop" + std::to_string(number)).c_str(), O_RDWR | O_CLOEXEC));
    if (!loop_) return Failed("open a loop device");
    if (ioctl(loop_.get(), LOOP_SET_FD, file.get()) != 0) {
      loop_.reset();
      continue;
    }
    loop_info64 info{};
    info.lo_flags = LO_FLAGS_AUTOCLEAR;
    ioctl(loop_.get(), LOOP_SET_STATUS64, &info);
    mkdir(mount_point_.c_str(), 0755);
    const std::string device = "/dev/loop" + std::to_string(number);
    if (mount(device.c_str(), mount_point_.c_str(), "ext4", 0, "") != 0) return Failed("mount ext4");
  }
  if (!loop_) return "no loop device is free";
  const sys::Fd inside(open(this->file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  inside_.reset(open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!inside || !inside_) return Failed("open in " + mount_point_);
  if (ioctl(inside_.get(), FIFREEZE, 0) != 0) {
    inside_.reset();
    return Failed("freeze ext4");
  }
  return "";
}

void FrozenDisk::Thaw() {
  if (inside_) ioctl(inside_.get(), FITHAW, 0);
  inside_.reset();
}

FrozenDisk::~FrozenDisk() {
  Thaw();
  umount2(mount_point_.c_str(), MNT_DETACH);
}

}  // namespace kedge::zoo
