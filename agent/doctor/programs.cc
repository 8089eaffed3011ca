#include "doctor/programs.h"

#include <unistd.h>

#include <algorithm>

#include "sys/paths.h"

namespace kedge::doctor {

Result<setup::Ran> Run(const Case& here, const std::vector<std::string>& argv, int times,
                       const std::string& user, const std::map<std::string, std::string>& more,
                       setup::Ran* cut_short) {
  setup::Interrupt interrupt;
  return setup::RunProgram(argv, user, more, here.options.timeout * times, interrupt, cut_short);
}

Result<std::map<std::string, std::string>> ShowUnit(const Case& here, const std::string& unit) {
  if (!sys::IsThere(here.device().systemd))
    return Unexpected{ErrorKind::kNotFound, "systemd does not run this machine"};
  const auto ran = Run(here, {here.device().systemctl, "show", "--no-pager", unit});
  if (!ran) return Unexpected(ran.error());
  if (!ran->succeeded)
    return Unexpected{ErrorKind::kUnavailable, "systemctl show " + unit + ": " + ran->how + ": " + ran->err};
  std::map<std::string, std::string> properties;
  for (size_t from = 0; from < ran->out.size();) {
    const size_t to = std::min(ran->out.find('\n', from), ran->out.size());
    const std::string line = ran->out.substr(from, to - from);
    from = to + 1;
    if (const size_t equals = line.find('='); equals != std::string::npos)
      properties[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return properties;
}

Result<std::string> VersionOf(const Case& here, const std::string& program) {
  const auto ran = Run(here, {program, "--version"});
  if (!ran) return Unexpected(ran.error());
  if (!ran->succeeded) return Unexpected{ErrorKind::kUnavailable, program + " --version: " + ran->how};
  std::string version = ran->out.substr(0, ran->out.find('\n'));
  return version.substr(version.rfind(' ') + 1);
}

bool IsExecutable(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

}  // namespace kedge::doctor
