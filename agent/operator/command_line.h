// What the operator typed: `kedge VERB [options]`. Pure.
#pragma once

#include <cstdint>
#include <optional>
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
struct ReloadCommand {};
struct WaitCommand {
  enum class For { kRecovered, kIdle };
  For what = For::kRecovered;
  std::optional<int64_t> seconds{};  // absent: for ever
};
struct ImportCommand {
  std::string file;    // the Device Client's configuration
  std::string output;  // empty: stdout
};
// What stands behind the verb is read by conform/.
struct HandlerTestCommand {
  std::vector<std::string> arguments;
};
// What stands behind the verb is read by setup/.
struct SetupCommand {
  std::vector<std::string> arguments;
};
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
               ReloadCommand, WaitCommand, ImportCommand, HandlerTestCommand, SetupCommand, PrintCommand,
               WrongUse>
      command;
  bool json = false;
  std::string config;  // empty: the standard file
};

// Without the program's name. Options stand before or after the verb, those of handler-test and setup behind
// it; "--" ends them.
CommandLine ParseCommandLine(const std::vector<std::string>& arguments, const std::string& version);

}  // namespace kedge::op
