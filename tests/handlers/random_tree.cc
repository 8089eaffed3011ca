#include "handlers/random_tree.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "handlers/program.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kNodes = 30;

bool IsFolder(const std::string& path) { return fs::is_directory(fs::symlink_status(path)); }
bool IsFile(const std::string& path) { return fs::is_regular_file(fs::symlink_status(path)); }

void AppendNumber(std::string& bytes, uint32_t number, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(number >> (8 * i));
}

void Remove(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace

bool SetXattr(const std::string& path, const std::string& name, const std::string& value) {
  return lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0;
}

bool SetAcl(const std::string& path, uint32_t uid) {
  std::string acl;
  AppendNumber(acl, 2, 4);  // the version; then tag, permissions, id: owner, the user, group, mask, others
  const uint32_t entries[5][3] = {
      {0x01, 7, ~0U}, {0x02, 4, uid}, {0x04, 4, ~0U}, {0x10, 4, ~0U}, {0x20, 0, ~0U}};
  for (const auto& entry : entries) {
    AppendNumber(acl, entry[0], 2);
    AppendNumber(acl, entry[1], 2);
    AppendNumber(acl, entry[2], 4);
  }
  return SetXattr(path, "system.posix_acl_access", acl);
}

bool SetCapability(const std::string& path) {
  std::string capability;
  for (const uint32_t number : {0x02000001U, 1U << 10U, 0U, 0U, 0U}) AppendNumber(capability, number, 4);
  return SetXattr(path, "security.capability", capability);
}

void SetMtime(const std::string& path, int64_t seconds, int64_t nanoseconds) {
  struct timespec times[2] = {{0, UTIME_OMIT},
                              {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)}};
  utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

RandomTree::RandomTree(std::string root, uint32_t seed) : root_(std::move(root)), random_(seed) {
  fs::create_directory(root_);
  for (int i = 0; i < kNodes; ++i) Add(PickFolder() + "/" + PickName());
  std::vector<std::string> paths = {root_};
  for (const auto& entry : fs::recursive_directory_iterator(root_)) paths.push_back(entry.path().string());
  // The innermost first: a folder's time is set after its content.
  std::sort(paths.rbegin(), paths.rend());
  for (const std::string& path : paths) Decorate(path);
}

int RandomTree::Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

std::string RandomTree::PickName() {
  static const std::vector<std::string> kOdd = {"-rf", "with space", "new\nline", "\xff\xfe",
                                                "%41", "\"quoted\"", ".hidden"};
  if (Pick(5) == 0) return kOdd[static_cast<size_t>(Pick(static_cast<int>(kOdd.size())))];
  return "n" + std::to_string(Pick(60));
}

std::string RandomTree::PickFolder() {
  std::vector<std::string> folders = {root_};
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (IsFolder(entry.path().string())) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders[static_cast<size_t>(Pick(static_cast<int>(folders.size())))];
}

std::string RandomTree::PickPath() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) paths.push_back(entry.path().string());
  if (paths.empty()) return root_ + "/" + PickName();
  std::sort(paths.begin(), paths.end());
  return paths[static_cast<size_t>(Pick(static_cast<int>(paths.size())))];
}

std::string RandomTree::PickContent() {
  std::string content(static_cast<size_t>(Pick(4) == 0 ? Pick(200000) : Pick(300)), '\0');
  for (char& c : content) c = static_cast<char>(random_());
  return content;
}

void RandomTree::Decorate(const std::string& path) {
  const bool is_link = fs::is_symlink(fs::symlink_status(path));
  if (geteuid() == 0 && Pick(2) == 0) {
    static_cast<void>(
        lchown(path.c_str(), static_cast<uid_t>(Pick(3) * 1000), static_cast<gid_t>(Pick(3) * 500)));
  }
  if (!is_link && Pick(2) == 0) {
    const int lowest = geteuid() == 0 ? 0 : 0700;
    chmod(path.c_str(), static_cast<mode_t>(Pick(010000) | lowest));
  }
  if (!is_link && Pick(3) == 0) SetXattr(path, "user.kedge", PickContent().substr(0, 200));
  if (!is_link && Pick(4) == 0) SetAcl(path, static_cast<uint32_t>(Pick(5000)));
  if (geteuid() == 0 && Pick(4) == 0) SetXattr(path, "trusted.kedge", "t" + std::to_string(Pick(9)));
  if (geteuid() == 0 && IsFile(path) && Pick(4) == 0) SetCapability(path);
  if (Pick(5) != 0) SetMtime(path, Pick(2000000000), Pick(1000000000));
}

void RandomTree::Add(const std::string& path) {
  if (fs::exists(fs::symlink_status(path))) return;
  switch (Pick(10)) {
    case 0:
    case 1:
      fs::create_directory(path);
      return;
    case 2:
      static_cast<void>(symlink(Pick(2) == 0 ? PickPath().c_str() : "nowhere", path.c_str()));
      return;
    case 3:
      mkfifo(path.c_str(), 0600);
      return;
    case 4: {  // sparse
      WriteAll(path, "start");
      static_cast<void>(truncate(path.c_str(), 500000 + Pick(3000000)));
      std::ofstream(path, std::ios::binary | std::ios::app) << "end";
      return;
    }
    case 5: {
      const std::string other = PickPath();
      if (!IsFolder(other)) static_cast<void>(link(other.c_str(), path.c_str()));
      return;
    }
    default:
      WriteAll(path, PickContent());
  }
}

void RandomTree::Damage(int count) {
  for (int i = 0; i < count; ++i) DamageOnce();
}

void RandomTree::DamageOnce() {
  const std::string path = PickPath();
  switch (Pick(12)) {
    case 0:
      if (IsFile(path)) WriteAll(path, PickContent());  // in place
      return;
    case 1:
      if (IsFile(path)) std::ofstream(path, std::ios::binary | std::ios::app) << "more";
      return;
    case 2:  // as `sed -i` does
      WriteAll(root_ + "/new", PickContent());
      if (!IsFolder(path)) static_cast<void>(rename((root_ + "/new").c_str(), path.c_str()));
      return;
    case 3:
      Remove(path);
      return;
    case 4: {
      const std::string to = PickFolder() + "/" + PickName();
      static_cast<void>(rename(path.c_str(), to.c_str()));
      return;
    }
    case 5:
      Remove(path);
      fs::create_directory(path);
      Add(path + "/" + PickName());
      return;
    case 6:
      Remove(path);
      static_cast<void>(symlink("/etc", path.c_str()));
      return;
    case 7:
      Remove(path);
      WriteAll(path, PickContent());
      return;
    case 8:
      if (fs::is_symlink(fs::symlink_status(path))) return;
      removexattr(path.c_str(), "user.kedge");
      removexattr(path.c_str(), "system.posix_acl_access");
      SetXattr(path, "user.other", "x");
      return;
    case 9: {  // a socket, which no snapshot has
      Remove(path);
      if (geteuid() == 0) static_cast<void>(mknod(path.c_str(), S_IFSOCK | 0600, 0));
      return;
    }
    case 10:
      Add(PickFolder() + "/" + PickName());
      return;
    default:
      Decorate(path);
  }
}

}  // namespace kedge::testing
