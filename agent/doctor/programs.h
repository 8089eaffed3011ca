// Other programs that the doctor asks. Private to doctor/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "doctor/checks.h"
#include "setup/runner.h"

namespace kedge::doctor {

// Runs it to its end within `times` --timeouts. The environment gets `more`.
Result<setup::Ran> Run(const Case& here, const std::vector<std::string>& argv, int times = 1,
                       const std::string& user = "", const std::map<std::string, std::string>& more = {},
                       setup::Ran* cut_short = nullptr);

// "NAME=VALUE" lines of `systemctl show UNIT`, or an error when systemd does not run this machine or does not
// answer.
Result<std::map<std::string, std::string>> ShowUnit(const Case& here, const std::string& unit);

// The number that ends "kedged 0.1.0".
Result<std::string> VersionOf(const Case& here, const std::string& program);

bool IsExecutable(const std::string& path);

}  // namespace kedge::doctor
