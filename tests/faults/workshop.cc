#include "faults/workshop.h"

#include <sched.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "faults/story.h"
#include "rig/files.h"
#include "rig/program.h"

namespace kedge::faults {
namespace {

// Stands in for the guard: the call whose number the bench has written down is traced, every other is not.
// The bench is found by the folder that the agent gives the guard.
constexpr const char* kTracedGuard = R"(#!/bin/sh
bench=${KEDGE_STATE_DIR%/state/undo/*}
echo "$1" >> "$bench/guard-calls"
calls=0
while read -r call; do calls=$((calls + 1)); done < "$bench/guard-calls"
read -r wanted < "$bench/guard-call"
[ "$wanted" = all ] && wanted=$calls
if [ "$calls" = "$wanted" ]; then
  exec $(cat "$bench/guard-strace") "GUARD" "$@"
fi
exec "GUARD" "$@"
)";

std::string With(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
  return text;
}

// Puts a file system in memory, that only this process and its children see, over a folder that nobody uses,
// and temporary files there. It goes with the last of them. False where that is not ours to do.
bool MoveIntoMemory() {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return false;
  for (const char* place : {"/mnt", "/media", "/srv"}) {
    std::error_code error;
    if (!std::filesystem::is_empty(place, error) || error) continue;
    if (mount("faults", place, "tmpfs", 0, "mode=1777") != 0) continue;
    return setenv("TMPDIR", place, 1) == 0;
  }
  return false;
}

}  // namespace

Workshop::Workshop(std::string kedged)
    : in_memory_(MoveIntoMemory()), kedged_(kedged.empty() ? FAULTS_KEDGED : std::move(kedged)) {
  std::filesystem::create_directory(programs());
  std::filesystem::create_directory(traced_guards());
  WriteStepPrograms(programs());
  rig::WriteFile(traced_guards() + "/files", With(kTracedGuard, "GUARD", guards() + "/files"), 0755);
}

std::string Workshop::guards() const { return FAULTS_GUARDS; }

bool CanPretendReboot(const Workshop& workshop) {
  rig::WriteFile(workshop.Folder("boot-id"), "-\n");
  return rig::Run(WithBootId(workshop.Folder("boot-id"), {"/bin/true"}), workshop.programs()).status == 0;
}

std::vector<std::string> WithBootId(const std::string& file, std::vector<std::string> words) {
  words.insert(words.begin(), {"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                               "mount --bind \"$0\" /proc/sys/kernel/random/boot_id && exec \"$@\"", file});
  return words;
}

std::string WhyNoStrace(const Workshop& workshop) {
  if (!rig::Exists("/usr/bin/strace")) {
    return "/usr/bin/strace is not installed (package strace; tests/setup.sh installs it)";
  }
  const rig::Finished tried = rig::Run({"/usr/bin/strace", "-D", "-qq", "-o", workshop.Folder("trial"), "-e",
                                        "inject=getppid:error=EIO:when=1", "/bin/true"},
                                       workshop.Folder("programs"));
  if (tried.status == 0) return "";
  return "strace may not trace here (ptrace is denied: a container without CAP_SYS_PTRACE?): " + tried.err;
}

}  // namespace kedge::faults
