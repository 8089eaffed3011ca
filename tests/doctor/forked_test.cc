// Work in a process of its own (process/forked.h).
#include "process/forked.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace kedge::process {
namespace {

using std::chrono::milliseconds;

bool HasChildren() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

TEST_CASE("what the work gives comes back whole, however long it is") {
  const std::string much(3 << 20, 'x');
  const auto given = RunForked([&much] { return much; }, milliseconds(60000));
  REQUIRE(given);
  CHECK(*given == much);
  CHECK_FALSE(HasChildren());
}

TEST_CASE("the work is done in another process: nothing of it stays here") {
  int here = 1;
  CHECK(*RunForked([&here] { return std::to_string(++here); }, milliseconds(60000)) == "2");
  CHECK(here == 1);
}

TEST_CASE("work that does not end is ended at the limit") {
  const auto given = RunForked(
      []() -> std::string {
        signal(SIGTERM, SIG_IGN);
        for (;;) pause();
      },
      milliseconds(50));
  REQUIRE_FALSE(given);
  CHECK(given.error().kind == ErrorKind::kUnavailable);
  CHECK_FALSE(HasChildren());
}

TEST_CASE("work that throws or is killed is an error") {
  CHECK(RunForked([]() -> std::string { throw std::runtime_error("x"); }, milliseconds(60000)).error().kind ==
        ErrorKind::kIo);
  const auto killed = RunForked(
      []() -> std::string {
        raise(SIGKILL);
        return "";
      },
      milliseconds(60000));
  REQUIRE_FALSE(killed);
  CHECK(killed.error().message == "it was ended by signal 9");
  CHECK_FALSE(HasChildren());
}

}  // namespace
}  // namespace kedge::process
