#include <doctest/doctest.h>

#include <algorithm>

#include "commands/history.h"
#include "commands/verb.h"

namespace kedge::commands {
namespace {

Understood Parse(const std::vector<std::string>& words) { return Understand(words, "1.2.3"); }

bool IsReady(const std::vector<std::string>& words) {
  const Understood understood = Parse(words);
  CAPTURE(understood.wrong);
  return understood.wrong.empty() && understood.print.empty() && understood.run;
}

TEST_CASE("each verb is understood, with its options before or after it") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"status"},
           {"watch"},
           {"history"},
           {"history", "--limit", "5"},
           {"-n", "7", "history"},
           {"history", "--status", "failed", "--status=CANCELED", "--since", "2h", "--page", "3"},
           {"show", "fw-42"},
           {"show", "fw-42#3"},
           {"logs", "-f", "fw-42"},
           {"cancel", "--force", "fw-42", "--reason=wrong version"},
           {"cancel", "fw-42", "--reason", "--odd"},
           {"cancel", "--", "-odd-id"},
           {"--json", "--config", "/x.yaml", "cancel", "fw-42", "--is-forced", "true"},
           {"--json", "setup"},
           {"clear"},
           {"rollback", "--retry"},
           {"reload"},
           {"setup", "--thing", "pi-1"},
           {"--json", "setup"},
           {"doctor"},
           {"--json", "--config", "x.yaml", "doctor", "--only", "disk,clock"},
           {"--only", "disk", "-q", "doctor"},
           {"handler-test", "folder", "--limit", "5"},
           {"wait", "recovered"},
           {"wait", "idle", "--timeout", "90"},
           {"--timeout=90", "wait", "idle"},
           {"check", "job.json"},
           {"check", "-"},
           {"run", "job.json"},
           {"--dry-run", "run", "-", "--json"},
           {"metrics", "-o", "x.prom"},
           {"report", "--html", "fw-42"},
           {"config"},
           {"config", "broker", "jobs.sync"},
           {"import-config", "x.conf", "-o", "y.yaml"},
       }) {
    CAPTURE(words);
    CHECK(IsReady(words));
  }
  const Understood understood = Parse({"--json", "status", "--config=/x.yaml"});
  CHECK(understood.context.json);
  CHECK(understood.context.config == "/x.yaml");
}

TEST_CASE("wrong use says in one line what to type") {
  struct Row {
    std::vector<std::string> words;
    const char* part;
  };
  for (const Row& row : {
           Row{{}, "no command; type: kedge setup|status|"},
           Row{{"stauts"}, "no command 'stauts'; type: kedge status; kedge --help lists all"},
           Row{{"shwo"}, "no command 'shwo'; type: kedge show JOB;"},
           Row{{"nonsense"}, "no command 'nonsense'; type: kedge setup|status|"},
           Row{{"status", "fw-42"}, "'fw-42' is too much; type: kedge status"},
           Row{{"show"}, "which job (kedge history tells the names)? type: kedge show JOB"},
           Row{{"run"}, "which job document? type: kedge run FILE"},
           Row{{"run", "a", "b"}, "'b' is too much; type: kedge run FILE"},
           Row{{"check", "--dry-run", "a"}, "--dry-run is for: kedge run FILE; type: kedge check --help"},
           Row{{"wait"}, "wait for what? type: kedge wait recovered|idle"},
           Row{{"wait", "dinner"}, "wait for what?"},
           Row{{"wait", "idle", "now"}, "'now' is too much; type: kedge wait recovered|idle"},
           Row{{"wait", "idle", "--timeout", "0"}, "--timeout is a number of seconds from 1"},
           Row{{"wait", "idle", "--timeout", "soon"}, "not 'soon'"},
           Row{{"status", "--timeout", "5"},
               "--timeout is for: kedge wait recovered|idle, kedge doctor; type: kedge status"},
           Row{{"reload", "now"}, "'now' is too much; type: kedge reload"},
           Row{{"show", "fw-42#0"}, "'fw-42#0' is no job id"},
           Row{{"show", "fw-42#x"}, "type: kedge show JOB"},
           Row{{"show", std::string(65, 'x')}, "is no job id"},
           Row{{"show", ""}, "'' is no job id"},
           Row{{"check"}, "which job document? type: kedge check FILE"},
           Row{{"logs", "no job"}, "type: kedge logs JOB"},
           Row{{"history", "--limit"}, "--limit needs a value; type: kedge history --limit 20"},
           Row{{"history", "--limit", "many"}, "--limit is a number from 1 to 1000000, not 'many'"},
           Row{{"history", "--limit", "0"}, "not '0'"},
           Row{{"history", "--limit", "99999999999999999999"}, "--limit is a number"},
           Row{{"history", "--page", "0"}, "--page is a number"},
           Row{{"history", "--status", "DONE"}, "--status is SUCCEEDED, FAILED, REJECTED"},
           Row{{"history", "--status", "QUEUED"}, "not 'QUEUED'"},
           Row{{"history", "--verdict", "fine"}, "--verdict is safe, unknown or unsafe, not 'fine'"},
           Row{{"history", "--since", "soon"},
               "--since is a time, not 'soon'; type: kedge history --since 2h"},
           Row{{"status", "--limit", "1"}, "--limit is for: kedge history; type: kedge status --help"},
           Row{{"show", "x", "--force"}, "--force is for: kedge cancel JOB"},
           Row{{"clear", "--reason", "x"}, "--reason is for: kedge cancel JOB"},
           Row{{"rollback"}, "type: kedge rollback --retry"},
           Row{{"clear", "--retry"}, "--retry is for: kedge rollback --retry"},
           Row{{"status", "--jsno"}, "no option '--jsno'; type: kedge status --json"},
           Row{{"--jsno"}, "no option '--jsno'; type: kedge --json"},
           Row{{"show", "fw-42", "--nonsense"}, "no option '--nonsense'; type: kedge show --help"},
           Row{{"history", "--statsu", "FAILED"},
               "no option '--statsu'; type: kedge history --status FAILED"},
           Row{{"--nonsense"}, "no option '--nonsense'; type: kedge --help"},
           Row{{"status", "--json=yes"}, "--json takes no value"},
           Row{{"status", "--config="}, "--config needs a file"},
           Row{{"\x1b[31mred\x07"}, "no command 'red'"},
       }) {
    const Understood understood = Parse(row.words);
    CAPTURE(understood.wrong);
    CHECK(understood.wrong.find(row.part) != std::string::npos);
    CHECK(understood.wrong.find('\n') == std::string::npos);
    CHECK(understood.wrong.find('\x1b') == std::string::npos);
    CHECK_FALSE(understood.run);
  }
}

TEST_CASE("every verb has a place in the help, and a page of its own with examples") {
  const std::string all = Parse({"--help"}).print;
  CHECK(all == Help());
  CHECK(Parse({"-h"}).print == all);
  for (const Verb& verb : Verbs()) {
    CAPTURE(verb.name);
    CHECK(all.find("\n  " + std::string(verb.name)) != std::string::npos);
    CHECK(all.find(verb.summary) != std::string::npos);
    const std::string page = Parse({std::string(verb.name), "--help"}).print;
    CHECK(page == HelpOf(verb));
    CHECK(page.find("\n\nUsage: kedge " + std::string(verb.name)) != std::string::npos);
    CHECK(page.find("\nExamples:\n  ") != std::string::npos);
    CHECK(page.find("-h, --help") != std::string::npos);
    for (const Option& option : verb.options) CHECK(page.find(option.name) != std::string::npos);
    CHECK((verb.prepare != nullptr) != (verb.with_words != nullptr));
  }
  CHECK(Parse({"--version"}).print == "kedge 1.2.3\n");
  CHECK(Parse({"status", "--version"}).print == "kedge 1.2.3\n");
}

TEST_CASE("help keeps within 80 columns in the list, and 120 on the pages") {
  const auto longest = [](const std::string& text) {
    size_t most = 0;
    for (size_t from = 0; from < text.size();) {
      const size_t to = std::min(text.find('\n', from), text.size());
      most = std::max(most, to - from);
      from = to + 1;
    }
    return most;
  };
  CHECK(longest(Help()) <= 100);
  for (const Verb& verb : Verbs()) {
    CAPTURE(verb.name);
    CHECK(longest(HelpOf(verb)) <= 122);
  }
}

TEST_CASE("history: what is asked for becomes a query") {
  const auto read = [](const std::vector<std::string>& words) {
    const auto arguments = ReadArguments(words, {{"--job", "x"},
                                                 {"--status", "x"},
                                                 {"--verdict", "x"},
                                                 {"--since", "x"},
                                                 {"--until", "x"},
                                                 {"--limit", "x", 'n'},
                                                 {"--page", "x"}});
    REQUIRE(arguments);
    auto query = ReadHistoryQuery(*arguments, 1'000'000'000);
    REQUIRE(query);
    return *query;
  };
  CHECK(read({}).limit == 20);
  CHECK(read({}).skip == 0);
  CHECK_FALSE(read({}).since.has_value());
  const auto query =
      read({"--job", "fw-*", "--status", "failed", "--status", "TIMED_OUT", "--verdict", "unsafe", "--since",
            "2m", "--until=1970-01-12T00:00:00Z", "-n", "5", "--page", "3"});
  CHECK(query.job == "fw-*");
  CHECK(query.statuses == std::vector<std::string>{"FAILED", "TIMED_OUT"});
  CHECK(query.verdicts == std::vector<std::string>{"unsafe"});
  CHECK(query.since == 1'000'000'000 - 120'000);
  CHECK(query.until == 11 * 86'400'000LL);
  CHECK(query.limit == 5);
  CHECK(query.skip == 10);
}

}  // namespace
}  // namespace kedge::commands
