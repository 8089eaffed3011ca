#include "operator/command_line.h"

#include <doctest/doctest.h>

#include "operator/help.h"

namespace kedge::op {
namespace {

CommandLine Parse(const std::vector<std::string>& arguments) { return ParseCommandLine(arguments, "1.2.3"); }

std::string WrongUseOf(const std::vector<std::string>& arguments) {
  const CommandLine line = Parse(arguments);
  const auto* wrong = std::get_if<WrongUse>(&line.command);
  return wrong ? wrong->text : "";
}

template <typename Wanted>
Wanted As(const std::vector<std::string>& arguments) {
  const CommandLine line = Parse(arguments);
  const auto* command = std::get_if<Wanted>(&line.command);
  REQUIRE(command != nullptr);
  return *command;
}

TEST_CASE("each verb is understood, with its options before or after it") {
  As<StatusCommand>({"status"});
  CHECK(As<HistoryCommand>({"history"}).limit == 20);
  CHECK(As<HistoryCommand>({"history", "--limit", "5"}).limit == 5);
  CHECK(As<HistoryCommand>({"-n", "7", "history"}).limit == 7);
  CHECK(As<ShowCommand>({"show", "fw-42"}).job.job.value == "fw-42");
  CHECK_FALSE(As<ShowCommand>({"show", "fw-42"}).job.number.has_value());
  CHECK(As<ShowCommand>({"show", "fw-42#3"}).job.number == 3);
  const auto cancel = As<CancelCommand>({"cancel", "--force", "fw-42", "--reason=wrong version"});
  CHECK(cancel.job.value == "fw-42");
  CHECK(cancel.force);
  CHECK(cancel.reason == "wrong version");
  CHECK_FALSE(As<CancelCommand>({"cancel", "fw-42"}).force);
  CHECK(As<CancelCommand>({"cancel", "fw-42", "--reason", "--odd"}).reason == "--odd");
  CHECK(As<CancelCommand>({"cancel", "--", "-odd-id"}).job.value == "-odd-id");
  As<ClearCommand>({"clear"});
  As<RollbackCommand>({"rollback", "--retry"});
  As<ReloadCommand>({"reload"});
  CHECK(As<SetupCommand>({"setup", "--thing", "pi-1"}).arguments ==
        std::vector<std::string>{"--thing", "pi-1"});
  CHECK(As<PrintCommand>({"setup", "--help"}).text == HelpFor("setup"));
  CHECK(As<WaitCommand>({"wait", "recovered"}).what == WaitCommand::For::kRecovered);
  CHECK_FALSE(As<WaitCommand>({"wait", "recovered"}).seconds.has_value());
  CHECK(As<WaitCommand>({"wait", "idle", "--timeout", "90"}).what == WaitCommand::For::kIdle);
  CHECK(As<WaitCommand>({"--timeout=90", "wait", "idle"}).seconds == 90);
  CHECK(Parse({"--json", "status", "--config=/x.yaml"}).json);
  CHECK(Parse({"--json", "status", "--config=/x.yaml"}).config == "/x.yaml");
}

TEST_CASE("wrong use says in one line what to type") {
  struct Row {
    std::vector<std::string> arguments;
    const char* part;
  };
  for (const Row& row : {
           Row{{}, "no command; type: kedge status | history"},
           Row{{"stauts"}, "no command 'stauts'; type: kedge status |"},
           Row{{"status", "fw-42"}, "'fw-42' is too much; type: kedge status"},
           Row{{"show"}, "which job? type: kedge show JOB"},
           Row{{"cancel"}, "which job? type: kedge cancel JOB"},
           Row{{"cancel", "a", "b"}, "'b' is too much; type: kedge cancel JOB"},
           Row{{"cancel", "no job"}, "'no job' is no job id"},
           Row{{"cancel", "fw-42#1"}, "'fw-42#1' is no job id"},
           Row{{"--json", "setup"}, "the options of setup stand behind it"},
           Row{{"wait"}, "wait for what? type: kedge wait recovered|idle"},
           Row{{"wait", "dinner"}, "wait for what?"},
           Row{{"wait", "idle", "now"}, "wait for what?"},
           Row{{"wait", "idle", "--timeout", "0"}, "--timeout is a number of seconds from 1"},
           Row{{"wait", "idle", "--timeout", "soon"}, "not 'soon'"},
           Row{{"status", "--timeout", "5"}, "--timeout is for: kedge wait"},
           Row{{"reload", "now"}, "'now' is too much; type: kedge reload"},
           Row{{"show", "fw-42#0"}, "'fw-42#0' is no job id"},
           Row{{"show", "fw-42#x"}, "type: kedge show JOB"},
           Row{{"show", std::string(65, 'x')}, "is no job id"},
           Row{{"show", ""}, "'' is no job id"},
           Row{{"history", "--limit"}, "--limit needs a value; type: --limit 20"},
           Row{{"history", "--limit", "many"}, "--limit is a number from 1 to 1000000, not 'many'"},
           Row{{"history", "--limit", "0"}, "not '0'"},
           Row{{"history", "--limit", "99999999999999999999"}, "--limit is a number"},
           Row{{"status", "--limit", "1"}, "--limit is for: kedge history"},
           Row{{"show", "x", "--force"}, "are for: kedge cancel JOB"},
           Row{{"clear", "--reason", "x"}, "are for: kedge cancel JOB"},
           Row{{"rollback"}, "type: kedge rollback --retry"},
           Row{{"clear", "--retry"}, "--retry is for: kedge rollback --retry"},
           Row{{"status", "--jsno"}, "no option '--jsno'; type: kedge --help"},
           Row{{"status", "--json=yes"}, "--json takes no value"},
           Row{{"status", "--config="}, "--config needs a file"},
           Row{{"cancel", "x", "--reason", "\xff"}, "the reason is not UTF-8 text"},
           Row{{"\x1b[31m"}, "no command '[31m'"},
       }) {
    const std::string text = WrongUseOf(row.arguments);
    CAPTURE(text);
    CHECK(text.find(row.part) != std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("every verb has a help text with examples") {
  for (const char* verb : {"", "status", "history", "show", "cancel", "clear", "rollback"}) {
    const std::string text = HelpFor(verb);
    CAPTURE(verb);
    CHECK(text.find("Usage: kedge") != std::string::npos);
    CHECK(text.find("Examples:\n  ") != std::string::npos);
    std::vector<std::string> arguments{"--help"};
    if (*verb != '\0') arguments.insert(arguments.begin(), verb);
    CHECK(As<PrintCommand>(arguments).text == text);
  }
  CHECK(As<PrintCommand>({"--version"}).text == "kedge 1.2.3\n");
}

}  // namespace
}  // namespace kedge::op
