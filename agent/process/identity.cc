#include "process/identity.h"

#include <grp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace kedge::process {

Result<Identity> FindIdentity(const std::string& name) {
  const auto user = FindUser(name);
  if (!user) return Unexpected(user.error());
  int count = 32;
  std::vector<gid_t> groups;
  int found = -1;
  while (found < 0) {  // `count` comes back as what it takes
    groups.resize(static_cast<size_t>(count));
    errno = 0;
    found = getgrouplist(user->name.c_str(), user->gid, groups.data(), &count);
    if (found < 0 && static_cast<size_t>(count) <= groups.size()) count = static_cast<int>(groups.size()) * 2;
  }
  // It has no way to say that it could not look: then it gives the first group alone.
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO || errno == EACCES) {
    return Unexpected(sys::ErrnoError("look up the groups of user '" + name + "'", errno));
  }
  groups.resize(static_cast<size_t>(found));
  return Identity{user->name, user->uid, user->gid, {groups.begin(), groups.end()}};
}

Result<void> CheckMayStart(const TrustedFile& program, const Identity& user) {
  if (user.uid == 0) return {};
  const struct stat& found = program.found;
  const bool in_group = std::find(user.groups.begin(), user.groups.end(), found.st_gid) != user.groups.end();
  // The kernel looks at the first class only that fits.
  const unsigned shift = found.st_uid == user.uid ? 6 : in_group ? 3 : 0;
  const unsigned needed = program.compiled ? S_IXOTH : S_IROTH;
  if (((found.st_mode >> shift) & needed) != 0) return {};
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", found.st_mode & 07777U);
  return Unexpected(ErrorKind::kDenied, program.path + " cannot be " +
                                            (program.compiled ? "executed" : "read") + " by user '" +
                                            user.name + "' (mode " + mode.data() + "): chmod go+rx it");
}

Result<void> CheckMayStart(const Handler& handler, const HandlerFolders& folders, const Identity& user) {
  std::vector<std::string> programs = {handler.run};
  if (handler.has_check) programs.push_back(handler.folder + "/check");
  if (handler.has_rollback) programs.push_back(handler.folder + "/rollback");
  if (handler.has_verify) programs.push_back(handler.folder + "/verify");
  for (const std::string& path : programs) {
    const auto program = OpenTrusted(path, TrustedFolders(folders));
    if (!program) return Unexpected(program.error());
    if (auto may = CheckMayStart(*program, user); !may) return may;
  }
  return {};
}

}  // namespace kedge::process
