#include "import_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "config.h"
#include "operator/import_config.h"
#include "operator/terminal.h"
#include "sys/files.h"

namespace kedge {
namespace {

int Fail(const std::string& why) {
  std::fprintf(stderr, "kedge: %s\n", why.c_str());
  return 1;
}

// A new file only: O_EXCL, so that what somebody has written by hand cannot get lost. It holds no secret.
Result<void> WriteNew(const std::string& path, const std::string& text) {
  const sys::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file && errno == EEXIST)
    return Unexpected(ErrorKind::kInvalid,
                      path + " exists and is not overwritten; name another file, or move it away");
  if (!file) return Unexpected(sys::ErrnoError("write " + path, errno));
  const ssize_t wrote = write(file.get(), text.data(), text.size());
  if (wrote == static_cast<ssize_t>(text.size()) && fsync(file.get()) == 0) return {};
  const Error failure = sys::ErrnoError("write " + path, wrote < 0 ? errno : ENOSPC);
  unlink(path.c_str());
  return Unexpected(failure);
}

void Tell(const char* heading, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  std::fprintf(stderr, "%s\n", heading);
  for (const std::string& line : lines)
    std::fprintf(stderr, "%s%s\n", line.starts_with("  ") ? "  " : "- ", op::SafeLine(line).c_str());
}

}  // namespace

int ImportConfig(const op::ImportCommand& command) {
  const auto text = sys::ReadFile(command.file);
  if (!text) return Fail(text.error().message);
  const auto imported = op::ImportDeviceClientConfig(*text, command.file);
  if (!imported) return Fail(imported.error().message);
  // The loader is the judge of names, hosts and paths.
  if (const auto config = ParseConfig(imported->yaml, "the result"); !config)
    return Fail(command.file + " has values that Kedge cannot take:\n" + config.error().message + "\n" +
                imported->yaml);
  if (command.output.empty()) {
    if (std::fputs(imported->yaml.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
      return Fail("cannot write the output");
  } else if (const auto written = WriteNew(command.output, imported->yaml); !written) {
    return Fail(written.error().message);
  }
  Tell("To do before Kedge starts with it, as root:", imported->to_do);
  Tell("Not taken over:", imported->left_out);
  return 0;
}

}  // namespace kedge
