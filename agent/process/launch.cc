#include "process/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "process/resolve.h"
#include "process/trusted.h"

namespace kedge::process {
namespace {

// The kernel would take the text up to the NUL for the whole: never run half of what was written.
Result<void> CheckNoNul(const ChildSpec& spec) {
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  for (size_t i = 0; i < spec.argv.size(); ++i) {
    if (has_nul(spec.argv[i])) {
      return Unexpected(ErrorKind::kInvalid, "argument " + std::to_string(i) + " contains a NUL character");
    }
  }
  for (const auto& [name, value] : spec.env) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name)) {
      return Unexpected(ErrorKind::kInvalid, "the environment has an impossible name: '" + name + "'");
    }
    if (has_nul(value)) {
      return Unexpected(ErrorKind::kInvalid, "the environment's " + name + " contains a NUL character");
    }
  }
  if (has_nul(spec.program) || has_nul(spec.working_folder)) {
    return Unexpected(ErrorKind::kInvalid, "the program or the working folder contains a NUL character");
  }
  return {};
}

// The child puts its own descriptors on those up to `taken`.
Result<void> MoveAbove(int taken, sys::Fd* fd) {
  if (fd->get() > taken) return {};
  fd->reset(fcntl(fd->get(), F_DUPFD_CLOEXEC, taken + 1));
  if (!*fd) return Unexpected(sys::ErrnoError("fcntl F_DUPFD_CLOEXEC", errno));
  return {};
}

Result<void> FindTheUser(const ChildSpec& spec, Launch& launch) {
  if (spec.user.empty()) return {};
  auto user = FindIdentity(spec.user);
  if (!user) return Unexpected(user.error());
  // An agent that is no root may "become" itself only.
  launch.change_user = geteuid() == 0 || user->uid != geteuid();
  launch.user = std::move(*user);
  return {};
}

// For the user that was found.
Result<void> FindTheProgram(const ChildSpec& spec, Launch& launch) {
  if (!spec.trusted_folders.empty()) {
    auto trusted = OpenTrusted(spec.program, spec.trusted_folders);
    if (!trusted) return Unexpected(trusted.error());
    if (launch.change_user) {
      if (auto may = CheckMayStart(*trusted, launch.user); !may) return may;
    }
    if (auto held = HoldStill(&*trusted); !held) return held;
    if (trusted->compiled) {
      launch.path = std::move(trusted->path);
      launch.program = std::move(trusted->file);
      return MoveAbove(kStatusFd, &launch.program);
    }
    auto staged = Staged::Make(*trusted, spec.stage_folder, spec.name);
    if (!staged) return Unexpected(staged.error());
    launch.argv = InterpreterFor(trusted->start);
    launch.path = launch.argv[0];
    launch.argv.push_back(staged->path());
    launch.staged.emplace(std::move(*staged));
    return {};
  }
  const auto path = spec.env.find("PATH");
  auto program = FindProgram(spec.program, path == spec.env.end() ? "" : path->second);
  if (!program) return Unexpected(program.error());
  launch.path = std::move(*program);
  return {};
}

// A program for another machine is none, nor is anything with a NUL in its first line (as bash has it).
bool MayBeScript(const std::string& path) {
  const sys::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::array<char, 256> start{};
  const ssize_t got = fd ? read(fd.get(), start.data(), start.size()) : -1;
  if (got <= 0) return true;
  const std::string_view text(start.data(), static_cast<size_t>(got));
  return text.substr(0, text.find('\n')).find('\0') == std::string_view::npos && !text.starts_with("\177ELF");
}

}  // namespace

Result<Launch> Prepare(const ChildSpec& spec) {
  if (auto checked = CheckNoNul(spec); !checked) return Unexpected(checked.error());
  Launch launch;
  if (auto found = FindTheUser(spec, launch); !found) return Unexpected(found.error());
  if (auto found = FindTheProgram(spec, launch); !found) return Unexpected(found.error());
  if (launch.staged) {
    if (!spec.argv.empty()) launch.argv.insert(launch.argv.end(), spec.argv.begin() + 1, spec.argv.end());
  } else {
    launch.argv = spec.argv.empty() ? std::vector<std::string>{spec.program} : spec.argv;
  }
  if (!launch.program && MayBeScript(launch.path)) {
    launch.shell_argv = {"/bin/sh", launch.path};
    launch.shell_argv.insert(launch.shell_argv.end(), launch.argv.begin() + 1, launch.argv.end());
  }
  launch.working_folder = spec.working_folder;
  for (const auto& [name, value] : spec.env) {
    if (name != "KEDGE_TASK" && name != "KEDGE_STATUS_FD")
      launch.env.emplace_back(name).append("=").append(value);
  }
  launch.env.push_back("KEDGE_TASK=" + spec.name);
  launch.env.push_back("KEDGE_STATUS_FD=" + std::to_string(kStatusFd));
  return launch;
}

}  // namespace kedge::process
