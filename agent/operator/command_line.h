// What the operator typed: `kedge VERB [options]`. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "operator/job_name.h"

namespace kedge::op {

struct StatusCommand {};
struct HistoryCommand {
  size_t limit = 20;
};
struct ShowCommand {
  JobName job;
};
struct CancelCommand {
  JobId job;
  bool force = false;
  std::string reason;
};
struct ClearCommand {};
struct RollbackCommand {};
// --help, --version: print this.
struct PrintCommand {
  std::string text;
};
// Wrong use: one line that says what to type.
struct WrongUse {
  std::string text;
};

struct CommandLine {
  std::variant<StatusCommand, HistoryCommand, ShowCommand, CancelCommand, ClearCommand, RollbackCommand,
               PrintCommand, WrongUse>
      command;
  bool json = false;
  std::string config;  // empty: the standard file
};

// Without the program's name. Options stand before or after the verb; "--" ends them.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const std::string& version);

}  // namespace kedge::op
