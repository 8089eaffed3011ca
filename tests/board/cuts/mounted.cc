#include "board/cuts/mounted.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "rig/program.h"

namespace kedge::board {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

void Must(const std::vector<std::string>& argv, const std::string& scratch) {
  const rig::Finished done = rig::Run(argv, scratch);
  if (done.status != 0) throw std::runtime_error(argv[0] + " fails: " + done.err);
}

}  // namespace

void OwnMounts() {
  if (unshare(CLONE_NEWNS) != 0) Fail("no mount namespace of our own");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) Fail("mounts cannot be made private");
}

Mounted::Mounted(const std::string& image, std::string folder, std::string scratch)
    : folder_(std::move(folder)), scratch_(std::move(scratch)) {
  std::filesystem::create_directories(folder_);
  Must({"/bin/mount", "-t", "ext4", "-o", "loop", image, folder_}, scratch_);
}

// By the program, which takes the loop device away too.
Mounted::~Mounted() {
  if (rig::Run({"/bin/umount", folder_}, scratch_).status != 0) umount2(folder_.c_str(), MNT_DETACH);
}

void CopySparse(const std::string& original, const std::string& copy, const std::string& scratch) {
  Must({"/bin/cp", "--sparse=auto", original, copy}, scratch);
}

InPlace::InPlace(const std::string& folder, std::string place) : place_(std::move(place)) {
  if (mount(folder.c_str(), place_.c_str(), nullptr, MS_BIND, nullptr) != 0) Fail("cannot mount " + place_);
}

InPlace::~InPlace() { umount2(place_.c_str(), MNT_DETACH); }

}  // namespace kedge::board
