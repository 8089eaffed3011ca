#include <doctest/doctest.h>

#include "handlers/handler_case.h"

namespace kedge::testing {

TEST_CASE("echo: run prints its arguments, the other verbs have nothing to do") {
  const HandlerCase echo("echo");
  CHECK(echo.Call("run", {"-n", "two words", "%s\\n"}).out == "-n two words %s\\n\n");
  CHECK(echo.Call("run", {}).out == "\n");
  for (const Finished& finished : {echo.Call("rollback", {"x"}), echo.Call("verify", {"x"}, "done"),
                                   echo.Call("verify", {"x"}, "undone")}) {
    CHECK(finished.status == 0);
    CHECK(finished.out == "");
    CHECK(finished.err == "");
  }
}

}  // namespace kedge::testing
