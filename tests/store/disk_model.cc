#include "disk_model.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace kedge::store {
namespace {

namespace fs = std::filesystem;

struct stat StatOf(int fd) {
  struct stat found {};
  if (fstat(fd, &found) != 0) throw std::runtime_error("fstat");
  return found;
}

std::string ContentOf(int fd, off_t size) {
  std::string content(static_cast<size_t>(size), '\0');
  if (pread(fd, content.data(), content.size(), 0) != static_cast<ssize_t>(size))
    throw std::runtime_error("pread");
  return content;
}

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The index of a log is memory; SQLite makes it anew.
bool IsMemory(const std::string& name) { return name.ends_with("-shm"); }

}  // namespace

void WriteImage(const DiskImage& image, const std::string& folder) {
  for (const auto& [path, content] : image) {  // a folder comes before what is in it
    if (content)
      std::ofstream(folder + "/" + path, std::ios::binary) << *content;
    else
      fs::create_directory(folder + "/" + path);
  }
}

DiskModel::DiskModel(std::string root) : root_(std::move(root)) {
  Adopt(root_);
  TheDisk().listener = this;
}

DiskModel::~DiskModel() { TheDisk().listener = nullptr; }

void DiskModel::Adopt(const std::string& folder) {
  struct stat found {};
  if (stat(folder.c_str(), &found) != 0) throw std::runtime_error("stat " + folder);
  const Names names = Read(folder);
  for (const auto& [name, is] : names) {
    const std::string path = folder + "/" + name;
    if (is.is_folder) {
      Adopt(path);
    } else {
      held_.emplace(is.inode, open(path.c_str(), O_RDONLY | O_CLOEXEC));
      contents_[is.inode] = std::make_shared<const std::string>(ContentOf(path));
    }
  }
  names_[found.st_ino] = names;
}

bool DiskModel::Event() {
  if (keeps_) {
    for (DiskImage& image : Now()) images_.push_back(std::move(image));
  }
  return ++events_ != fail_at_;
}

bool DiskModel::MaySync(int fd) {
  const bool succeeds = Event();
  const struct stat found = StatOf(fd);
  if (S_ISDIR(found.st_mode)) {
    if (succeeds) names_[found.st_ino] = Read(fs::read_symlink("/proc/self/fd/" + std::to_string(fd)));
    return succeeds;
  }
  if (!held_.contains(found.st_ino)) held_.emplace(found.st_ino, fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!succeeds) bad_.insert(found.st_ino);
  if (!bad_.contains(found.st_ino))
    contents_[found.st_ino] = std::make_shared<const std::string>(ContentOf(fd, found.st_size));
  return succeeds;
}

std::vector<DiskImage> DiskModel::Now() const {
  struct stat root {};
  if (stat(root_.c_str(), &root) != 0) throw std::runtime_error("stat " + root_);
  std::vector<DiskImage> images(3);
  AddSynced(images[0], root.st_ino, "");
  AddLive(images[1], "", false);
  AddLive(images[2], "", true);
  return images;
}

DiskModel::Names DiskModel::Read(const std::string& folder) {
  Names names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    struct stat found {};
    if (lstat(entry.path().c_str(), &found) != 0) throw std::runtime_error("lstat");
    const std::string name = entry.path().filename();
    if (!IsMemory(name)) names[name] = {found.st_ino, S_ISDIR(found.st_mode)};
  }
  return names;
}

// Empty when it was never synced.
std::shared_ptr<const std::string> DiskModel::Synced(ino_t inode) const {
  const auto found = contents_.find(inode);
  return found == contents_.end() ? std::make_shared<const std::string>() : found->second;
}

void DiskModel::AddSynced(DiskImage& image, ino_t folder, const std::string& prefix) const {
  const auto names = names_.find(folder);
  if (names == names_.end()) return;
  for (const auto& [name, is] : names->second) {
    image[prefix + name] = is.is_folder ? nullptr : Synced(is.inode);
    if (is.is_folder) AddSynced(image, is.inode, prefix + name + "/");
  }
}

void DiskModel::AddLive(DiskImage& image, const std::string& prefix, bool contents) const {
  for (const auto& [name, is] : Read(root_ + "/" + prefix)) {
    const std::string path = prefix + name;
    if (is.is_folder) {
      image[path] = nullptr;
      AddLive(image, path + "/", contents);
    } else {
      image[path] =
          contents ? std::make_shared<const std::string>(ContentOf(root_ + "/" + path)) : Synced(is.inode);
    }
  }
}

}  // namespace kedge::store
