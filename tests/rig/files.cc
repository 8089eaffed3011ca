#include "rig/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kedge::rig {

// Not by a stream: a process that ends while its file in /proc is read is an error there, and throws.
std::string ReadIfThere(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string content;
  std::array<char, 16384> bytes{};
  for (ssize_t got = 0; (got = read(fd, bytes.data(), bytes.size())) > 0;) {
    content.append(bytes.data(), static_cast<std::size_t>(got));
  }
  if (fd >= 0) close(fd);
  return content;
}

void WriteFile(const std::string& path, const std::string& content, unsigned mode) {
  std::ofstream(path, std::ios::binary) << content;
  if (chmod(path.c_str(), mode) != 0 || ReadIfThere(path) != content) {
    throw std::runtime_error("cannot write " + path);
  }
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace kedge::rig
