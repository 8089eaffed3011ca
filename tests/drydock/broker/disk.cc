#include "broker/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kedge::drydock {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

bool WriteAll(int fd, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(fd, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  return fsync(fd) == 0;
}

}  // namespace

Unexpected CannotDo(const std::string& what) {
  return {ErrorKind::kIo, "cannot " + what + ": " + std::strerror(errno)};
}

Result<std::optional<std::string>> ReadIfThere(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return CannotDo("read " + path);
  }
  std::string text;
  std::array<char, 65536> bytes{};
  for (;;) {
    const ssize_t count = read(file.get(), bytes.data(), bytes.size());
    if (count == 0) return std::optional<std::string>(std::move(text));
    if (count < 0 && errno != EINTR) return CannotDo("read " + path);
    if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

Result<void> WriteWhole(const std::string& path, const std::string& text, unsigned mode) {
  const std::string partial = path + ".partial";
  unlink(partial.c_str());  // of an earlier run that was cut off: its mode could be another
  const Descriptor file(open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0 || !WriteAll(file.get(), text) || rename(partial.c_str(), path.c_str()) != 0) {
    return CannotDo("write " + path);
  }
  return {};
}

}  // namespace kedge::drydock
