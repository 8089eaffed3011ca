// The handler `run-command`: becomes the program, with no shell in between.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "handlers/handler_case.h"

namespace kedge::testing {

TEST_CASE("run-command: arguments arrive as they were written, and the exit status is the program's") {
  const HandlerCase handler("run-command");
  const Finished finished = handler.Call("run", {"printf", "%s|", "a b", "$(id)", "*", "-n", "", "`x`;&"});
  CHECK(finished.status == 0);
  CHECK(finished.out == "a b|$(id)|*|-n||`x`;&|");
  CHECK(finished.err == "");
  for (const std::string status : {"0", "1", "75", "194", "255"})
    CHECK(handler.Call("run", {"sh", "-c", "exit \"$1\"", "sh", status}).status == std::stoi(status));
  CHECK(handler.Call("run", {"sh", "-c", "kill -9 $$"}).status == -1);  // no shell is left to hide it
  CHECK(handler.Call("run", {"/bin/sh", "-c", "echo $0 $1 $KEDGE_VERB", "a", "b"}).out == "a b run\n");
}

TEST_CASE("run-command: what is built into the shell is a program as well, or nothing") {
  const HandlerCase handler("run-command");
  CHECK(handler.Call("run", {"echo", "x"}).out == "x\n");
  for (const std::string built_in : {"eval", "exit", "set", "."}) {
    CHECK(handler.Call("check", {built_in}).status != 0);
    CHECK(handler.Call("run", {built_in, "x"}).status != 0);
  }
}

TEST_CASE("run-command: a program that is not there, or is none") {
  const HandlerCase handler("run-command");
  WriteAll(handler / "text", "#!/bin/sh\n");
  std::filesystem::create_directory(handler / "folder");
  const std::vector<std::pair<std::string, int>> wrong = {{"", 2},
                                                          {"-x", 2},
                                                          {"--version", 2},
                                                          {"no-such-program", 127},
                                                          {handler / "absent", 127},
                                                          {handler / "text", 126},
                                                          {handler / "folder", 126}};
  for (const auto& [program, status] : wrong) {
    CAPTURE(program);
    CHECK(handler.Call("check", {program}).status == status);
    CHECK(handler.Call("run", {program}).status == status);
  }
  CHECK(handler.Call("check", {}).status == 2);
  chmod((handler / "text").c_str(), 0755);
  CHECK(handler.Call("check", {handler / "text"}).status == 0);
}

TEST_CASE("run-command: a later step's program may be brought by a step before") {
  const HandlerCase handler("run-command");
  Environment environment = handler.For("check");
  environment["KEDGE_STEP"] = "2";
  CHECK(Run(handler.Command("check", {"no-such-program"}), environment).status == 0);
  CHECK(Run(handler.Command("check", {"--version"}), environment).status == 2);
  environment["KEDGE_STEP"] = "1";
  CHECK(Run(handler.Command("check", {"no-such-program"}), environment).status == 127);
}

}  // namespace kedge::testing
