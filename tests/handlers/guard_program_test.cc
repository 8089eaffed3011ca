// How guards call other programs.
#include <doctest/doctest.h>

#include <algorithm>

#include "guards/program/program.h"

namespace kedge::guards {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Call Shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, EnvironmentWith({}), "", seconds(20)};
}

TEST_CASE("guards: programs get their arguments, and their output and end are told") {
  const auto echo = Run({{"sh", "-c", "printf %s \"$1$A\"; echo bad >&2; exit 7", "sh", "$x *;"},
                         EnvironmentWith({"A=b"}),
                         "",
                         seconds(20)});
  REQUIRE(echo);
  CHECK(echo->out == "$x *;b");
  CHECK(echo->err == "bad\n");
  CHECK(echo->status == 7);
  CHECK(Run(Shell("kill -9 $$"))->status == 137);
  CHECK(Run({{"/nowhere/x"}, {}}).error().kind == ErrorKind::kNotFound);
  CHECK(Run({{"pwd"}, EnvironmentWith({}), "/"})->out == "/\n");
}

TEST_CASE("guards: any amount of output is taken, and input there is none") {
  const auto much = Run(Shell("cat; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"));
  REQUIRE(much);
  CHECK(much->out.size() == 300000);
  CHECK(much->err.size() == 300000);
}

TEST_CASE("guards: what does not end is killed, what is left running is not waited for") {
  CHECK(Run({{"sleep", "1000"}, EnvironmentWith({}), "", milliseconds(50)}).error().kind == ErrorKind::kBusy);
  const auto left = Run(Shell("sleep 1000 & echo $!"));
  REQUIRE(left);
  CHECK(left->status == 0);
  CHECK(Run(Shell("kill " + LastLine(left->out)))->status == 0);  // it was alive
}

TEST_CASE("guards: the environment is ours, but for what is replaced") {
  const auto printed = Run({{"/usr/bin/env"}, EnvironmentWith({"PATH=/x", "PATHOLOGY=y"}), "", seconds(20)});
  REQUIRE(printed);
  CHECK(printed->out.find("PATH=/x\n") != std::string::npos);
  const auto ours = EnvironmentWith({"PATHOLOGY=y"});
  CHECK(std::count_if(ours.begin(), ours.end(),
                      [](const std::string& v) { return v.starts_with("PATH="); }) == 1);
}

TEST_CASE("guards: the last line that says something") {
  CHECK(LastLine("a\nb \n\n") == "b");
  CHECK(LastLine("one") == "one");
  CHECK(LastLine("").empty());
}

}  // namespace
}  // namespace kedge::guards
