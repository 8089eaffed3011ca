#include "process/launch.h"

#include <grp.h>
#include <unistd.h>

#include <algorithm>

#include "process/resolve.h"
#include "process/trusted.h"

namespace kedge::process {
namespace {

Result<Identity> FindIdentity(const std::string& name) {
  const auto user = FindUser(name);
  if (!user) return Unexpected(user.error());
  int count = 32;
  std::vector<gid_t> groups;
  int found = -1;
  while (found < 0) {  // `count` comes back as what it takes
    groups.resize(static_cast<size_t>(count));
    found = getgrouplist(user->name.c_str(), user->gid, groups.data(), &count);
    if (found < 0 && static_cast<size_t>(count) <= groups.size()) count = static_cast<int>(groups.size()) * 2;
  }
  groups.resize(static_cast<size_t>(found));
  return Identity{user->name, user->uid, user->gid, {groups.begin(), groups.end()}};
}

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

Result<void> FindTheProgram(const ChildSpec& spec, Launch& launch) {
  if (!spec.trusted_folders.empty()) {
    auto trusted = OpenTrusted(spec.program, spec.trusted_folders);
    if (!trusted) return Unexpected(trusted.error());
    launch.path = std::move(trusted->path);
    // A script is not executed by descriptor: see trusted.h.
    if (trusted->compiled) launch.program = std::move(trusted->file);
    return {};
  }
  const auto path = spec.env.find("PATH");
  auto program = FindProgram(spec.program, path == spec.env.end() ? "" : path->second);
  if (!program) return Unexpected(program.error());
  launch.path = std::move(*program);
  return {};
}

}  // namespace

Result<Launch> Prepare(const ChildSpec& spec) {
  if (auto checked = CheckNoNul(spec); !checked) return Unexpected(checked.error());
  Launch launch;
  if (auto found = FindTheProgram(spec, launch); !found) return Unexpected(found.error());
  launch.argv = spec.argv.empty() ? std::vector<std::string>{spec.program} : spec.argv;
  launch.shell_argv = {"/bin/sh", launch.path};
  launch.shell_argv.insert(launch.shell_argv.end(), launch.argv.begin() + 1, launch.argv.end());
  launch.working_folder = spec.working_folder;
  for (const auto& [name, value] : spec.env) {
    if (name != "KEDGE_TASK") launch.env.emplace_back(name).append("=").append(value);
  }
  launch.env.push_back("KEDGE_TASK=" + spec.name);
  if (!spec.user.empty()) {
    auto user = FindIdentity(spec.user);
    if (!user) return Unexpected(user.error());
    // An agent that is no root may "become" itself only.
    launch.change_user = geteuid() == 0 || user->uid != geteuid();
    launch.user = std::move(*user);
  }
  return launch;
}

}  // namespace kedge::process
