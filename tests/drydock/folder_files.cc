#include "folder_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "s3_object.h"

namespace kedge::drydock {

namespace fs = std::filesystem;

namespace {

// An open file; closed at the end.
class Descriptor {
 public:
  // O_NONBLOCK: a FIFO must not hold up the service.
  explicit Descriptor(const fs::path& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool IsRegular() const {
    struct stat status {};
    return fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  }

  // Where what is open really lies: asked of the kernel afterwards, so nobody can swap a link in between.
  fs::path Place() const {
    std::error_code error;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd_), error);
  }

  std::optional<std::string> ReadAll() const {
    std::string bytes;
    std::array<char, 65536> part{};
    while (true) {
      const ssize_t count = read(fd_, part.data(), part.size());
      if (count < 0) return std::nullopt;
      if (count == 0) return bytes;
      bytes.append(part.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  int fd_;
};

// S3's keys are flat; as a path only one without empty, "." and ".." parts means one file.
bool IsPlainPath(const std::string& key) {
  if (key.empty() || key.front() == '/' || key.back() == '/') return false;
  if (key.find('\0') != std::string::npos || key.find("//") != std::string::npos) return false;
  const fs::path path(key);
  for (const fs::path& part : path) {
    if (part == "." || part == "..") return false;
  }
  return true;
}

bool IsBelow(const fs::path& place, const fs::path& root) {
  const auto relative = place.lexically_relative(root);
  return !relative.empty() && *relative.begin() != ".." && relative != ".";
}

}  // namespace

Result<FolderFiles> FolderFiles::In(const std::string& folder) {
  std::error_code error;
  fs::path root = fs::canonical(folder, error);
  if (error || !fs::is_directory(root, error)) {
    return Unexpected(ErrorKind::kNotFound,
                      "there is no folder " + folder + "; --files needs one with BUCKET/KEY in it");
  }
  return FolderFiles(std::move(root));
}

std::optional<std::string> FolderFiles::Read(const std::string& bucket, const std::string& key) const {
  if (!IsBucketName(bucket) || !IsPlainPath(key)) return std::nullopt;
  const Descriptor file(root_ / bucket / key);
  if (!file.IsRegular() || !IsBelow(file.Place(), root_)) return std::nullopt;
  return file.ReadAll();
}

}  // namespace kedge::drydock
