// edit check FORMAT WORD...            do the words make sense?
// edit apply FORMAT FROM TO WORD...    writes to TO, which must not exist yet, what FROM becomes
// edit verify FORMAT FILE WORD...      is the file as the words say? differences, one a line
//
// Exit status: 0 yes, done; 1 refused (check, apply), differs (verify); 2 wrong call; 3 cannot tell (verify).
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "set-config/edit.h"
#include "sys/files.h"

namespace {

using kedge::Result;
using Words = std::vector<std::string>;

// A configuration file is small; a larger one is a mistake.
constexpr size_t kLargest = 16 << 20;

int Fail(int status, const std::string& reason) {
  std::fprintf(stderr, "set-config: %s\n", reason.c_str());
  return status;
}

int Write(const std::string& path, const std::string& content) {
  const kedge::sys::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  size_t written = 0;
  while (file && written < content.size()) {
    const ssize_t count = write(file.get(), content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    written += static_cast<size_t>(count);
  }
  if (!file || written < content.size()) return Fail(1, "write " + path + ": " + std::strerror(errno));
  return 0;
}

int Apply(const std::string& format, const std::string& from, const std::string& to, const Words& words) {
  const Result<std::string> text = kedge::sys::ReadFile(from, kLargest);
  if (!text) return Fail(1, text.error().message);
  const Result<std::string> edited = kedge::set_config::Apply(format, *text, words);
  return edited ? Write(to, *edited) : Fail(1, edited.error().message);
}

int Verify(const std::string& format, const std::string& file, const Words& words) {
  const Result<std::string> text = kedge::sys::ReadFile(file, kLargest);
  if (!text) return Fail(3, text.error().message);
  const Result<Words> differences = kedge::set_config::Differences(format, *text, words);
  if (!differences) return Fail(3, differences.error().message);
  for (const std::string& difference : *differences)
    std::printf("%s: %s\n", file.c_str(), difference.c_str());
  return differences->empty() ? 0 : 1;
}

int Check(const std::string& format, const Words& words) {
  const Result<void> checked = kedge::set_config::Check(format, words);
  return checked ? 0 : Fail(1, checked.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  const Words arguments(argv + 1, argv + argc);
  const auto from = [&](size_t index) {
    return Words(arguments.begin() + static_cast<std::ptrdiff_t>(index), arguments.end());
  };
  if (arguments.size() >= 2 && arguments[0] == "check") return Check(arguments[1], from(2));
  if (arguments.size() >= 4 && arguments[0] == "apply")
    return Apply(arguments[1], arguments[2], arguments[3], from(4));
  if (arguments.size() >= 3 && arguments[0] == "verify") return Verify(arguments[1], arguments[2], from(3));
  return Fail(2, "called wrongly");
}
