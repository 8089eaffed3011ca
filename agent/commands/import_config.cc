#include "operator/import_config.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "commands/device.h"
#include "commands/verbs.h"
#include "config.h"
#include "operator/terminal.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

constexpr char kHelp[] = R"(Make a kedge.yaml from the JSON configuration of AWS's IoT Device Client.

Usage: kedge import-config FILE [--output kedge.yaml]

  -o, --output FILE  write there; a file that exists is never overwritten (default: stdout)

FILE is ~/.aws-iot-device-client/aws-iot-device-client.conf of the user that the Device Client runs as. Run this on the
device, as that user or as root: the files that it names are looked at, for Kedge may not be allowed to use them where
they are. On stderr stands what has to be done first, and what has no equivalent, with what to do instead. Nothing but
the output is written. With --json, all of this is one object on stdout: yaml, toDo, leftOut.

Examples:
  sudo kedge import-config /root/.aws-iot-device-client/aws-iot-device-client.conf -o /etc/kedge/kedge.yaml

Exit status: 0 done, 1 not done (each mistake is named), 2 wrong use.
)";

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

// What was found on the way: on stderr, or all in one as JSON.
int TellOf(const op::ImportedConfig& imported, bool json) {
  if (json) return Print(op::ImportedJson(imported));
  Tell("To do before Kedge starts with it, as root:", imported.to_do);
  Tell("Not taken over:", imported.left_out);
  return kDone;
}

int ImportConfig(const std::string& file, const std::string& output, bool json) {
  const auto text = sys::ReadFile(file);
  if (!text) return Fail(text.error().message);
  const auto imported = op::ImportDeviceClientConfig(*text, file);
  if (!imported) return Fail(imported.error().message);
  // The loader is the judge of names, hosts and paths.
  if (const auto config = ParseConfig(imported->yaml, "the result"); !config)
    return Fail(file + " has values that Kedge cannot take:\n" + config.error().message + "\n" +
                imported->yaml);
  if (!output.empty()) {
    if (const auto written = WriteNew(output, imported->yaml); !written) return Fail(written.error().message);
  } else if (!json) {
    if (const int printed = Print(imported->yaml); printed != kDone) return printed;
  }
  return TellOf(*imported, json);
}

}  // namespace

Verb ImportConfigVerb() {
  return {
      .name = "import-config",
      .usage = "FILE",
      .summary = "make a kedge.yaml from the configuration of AWS's Device Client",
      .help = kHelp,
      .options = {{"--output", "kedge.yaml", 'o'}},
      .least_operands = 1,
      .most_operands = 1,
      .which = "which file?",
      .prepare = [](const Arguments& arguments) -> Result<Run> {
        return Run([file = arguments.operands().front(), output = arguments.Value("--output").value_or("")](
                       const Context& context) { return ImportConfig(file, output, context.json); });
      }};
}

}  // namespace kedge::commands
