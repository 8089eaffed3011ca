// The command itself: its seed, its exit statuses, its manners.
#include <doctest/doctest.h>

#include <regex>

#include "conform/author.h"

namespace kedge::testing {
namespace {

// Every moment that a report names, as a part of the time that it was drawn from.
std::vector<std::string> MomentsIn(const Tested& tested) {
  static const std::regex moment(R"(\((0\.\d{4}) of)");
  std::vector<std::string> moments;
  for (std::sregex_iterator it(tested.out.begin(), tested.out.end(), moment), end; it != end; ++it) {
    moments.push_back((*it)[1]);
  }
  return moments;
}

std::string Said(const std::vector<std::string>& words, int status) {
  std::vector<std::string> argv = {KEDGE_COMMAND, "handler-test"};
  argv.insert(argv.end(), words.begin(), words.end());
  const Finished finished = Run(argv);
  CHECK(finished.status == status);
  return finished.out + finished.err;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a seed brings the same moments back, another one others") {
  Author author;
  author.Write("rollback", "#!/bin/sh\nexit 1\n");  // so that every round is told
  const std::vector<std::string> first = MomentsIn(author.Test({"--seed", "7"}));
  CHECK(first.size() >= 9);
  CHECK(MomentsIn(author.Test({"--seed", "7"})) == first);
  CHECK(MomentsIn(author.Test({"--seed", "8"})) != first);
}

TEST_CASE("the seed is told, also when nobody gave one") {
  const Author author;
  CHECK(Has(Said({author.handler(), "--rounds", "1", "--seed", "12", "--", author.target(), "new"}, 0),
            "--seed 12 "));
  const std::string said = Said({author.handler(), "--rounds", "1", "--", author.target(), "new"}, 0);
  CHECK(std::regex_search(said, std::regex(", seed [0-9]+, 1 rounds")));
}

TEST_CASE("for people a breach says what was seen, and what the contract says") {
  Author author;
  author.Write("rollback", "#!/bin/sh\necho 'no idea' >&2\nexit 1\n");
  const std::string said =
      Said({author.handler(), "--watch", author.place(), "--rounds", "1", "--", author.target(), "new"}, 1);
  CAPTURE(said);
  CHECK(Has(said, "BROKEN"));
  CHECK(Has(said, "rollback: exit status 1: no idea, expected exit status 0"));
  CHECK(Has(said, "the contract: Verbs, rollback: as if run had never been called"));
}

TEST_CASE("what could not be tested is no success") {
  Author author;
  SUBCASE("check refuses") {
    const Tested tested = author.TestWith({author.handler(), "--", "relative", "new"});
    CHECK(tested.status == 2);
    CHECK(Has(tested.out, "is no absolute path"));
  }
  SUBCASE("run fails") {
    const Tested tested =
        author.TestWith({author.handler(), "--watch", author.place(), "--", author.target(), "impossible"});
    CHECK(tested.status == 2);
    CHECK(tested.Result("run") == "not shown");
    CHECK(Has(tested.Words("run"), "this text is impossible"));
  }
  SUBCASE("a probe that does not start") {
    const Tested tested =
        author.TestWith({author.handler(), "--probe", "/no/such/program", "--", author.target(), "new"});
    CHECK(tested.status == 2);
    CHECK(Has(tested.out, "/no/such/program"));
  }
}

TEST_CASE("a wrong call says what to type") {
  const Author author;
  CHECK(Has(Said({}, 2), "which handler?"));
  CHECK(Has(Said({"/no/such/handler"}, 2), "there is no handler /no/such/handler"));
  CHECK(Has(Said({author.handler(), "--round", "3"}, 2), "no option '--round'"));
  CHECK(Has(Said({author.handler(), "--rounds", "0"}, 2), "a number from 1 to 10000, not '0'"));
  CHECK(Has(Said({author.handler(), "--seed"}, 2), "--seed needs a value"));
  CHECK(Has(Said({author.handler(), author.handler()}, 2), "one handler at a time"));
  CHECK(Has(Said({author.handler(), "--user", "no-such-user"}, 2), "no-such-user"));
  CHECK(Has(Said({author.handler(), "--config", "/no/such/file"}, 2), "/no/such/file"));
  CHECK(Has(Said({"--help"}, 0), "--watch PATH"));
  // An option may stand before the command.
  const Finished before = Run({KEDGE_COMMAND, "--json", "handler-test", author.handler(), "--rounds", "0"});
  CHECK(before.status == 2);
  CHECK(Has(before.err, "a number from 1 to 10000, not '0'"));
}

TEST_CASE("interrupted, it rolls back what it has begun, and says so") {
  Author author;
  // The handler itself presses Ctrl-C: its parent is the command.
  author.Change("run", "mv -f -- \"$1.new\" \"$1\"",
                "mv -f -- \"$1.new\" \"$1\"; kill -INT \"$PPID\"; sleep 60");
  const Tested tested = author.Test();
  CAPTURE(tested.out);
  CHECK(tested.status == 2);
  CHECK(Has(tested.out, "interrupted"));
  CHECK(ReadAll(author.target()) == "old\n");
}

TEST_CASE("it leaves no folder behind, unless it is asked to") {
  const Author author;
  const std::string said =
      Said({author.handler(), "--keep", "--rounds", "1", "--", author.target(), "new"}, 0);
  std::smatch found;
  REQUIRE(std::regex_search(said, found, std::regex("what the calls have left is in (/\\S+)")));
  const std::string kept = found[1];
  CHECK(std::filesystem::exists(kept + "/state/undo"));
  std::filesystem::remove_all(kept);

  Author curious;
  const TemporaryFolder notes;
  curious.Begin("run", "printf %s \"$KEDGE_STATE_DIR\" >'" + notes / "where" + "'");
  CHECK(curious.Test({"--rounds", "1"}).status == 0);
  const std::string state = ReadAll(notes / "where");
  REQUIRE(Has(state, "kedge-handler-test-"));
  CHECK_FALSE(std::filesystem::exists(state.substr(0, state.find("/state/"))));
}

}  // namespace kedge::testing
