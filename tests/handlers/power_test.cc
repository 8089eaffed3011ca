// The handlers `reboot` and `shutdown`, as far as a machine that stays up can show it; the rest is in
// services_handlers_field_test.cc and in tests/field.
#include <doctest/doctest.h>

#include "handlers/handler_case.h"

namespace kedge::testing {
namespace {

std::string BootId() {
  std::string id = ReadAll("/proc/sys/kernel/random/boot_id");
  if (!id.empty()) id.pop_back();
  return id;
}

Finished CallAfter(const HandlerCase& handler, int reboots) {
  Environment environment = handler.For("run");
  environment["KEDGE_REBOOTS"] = std::to_string(reboots);
  return Run(handler.Command("run", {}), environment);
}

}  // namespace

TEST_CASE("reboot: asks for it, and is done on another boot only") {
  const HandlerCase handler("reboot");
  CHECK(handler.Call("check", {}).status == 0);
  CHECK(handler.Call("verify", {}, "done").status == 3);  // it was not asked for
  REQUIRE(CallAfter(handler, 0).status == 194);
  CHECK(ReadAll(handler.state() + "/boot") == BootId());
  Finished finished = handler.Call("verify", {}, "done");
  CHECK(finished.status == 1);
  CHECK(finished.out == "boot: is " + BootId() + ", was the same\n");
  finished = CallAfter(handler, 1);  // somebody claims it, and it is not so
  CHECK(finished.status == 1);
  CHECK(finished.err == "reboot: the device was not rebooted: it is still boot " + BootId() + "\n");
  WriteAll(handler.state() + "/boot", "the boot before");
  CHECK(CallAfter(handler, 1).status == 0);
  CHECK(handler.Call("verify", {}, "done").status == 0);
  CHECK(CallAfter(handler, 0).status == 194);  // interrupted, and told to begin anew
  CHECK(ReadAll(handler.state() + "/boot") == BootId());
}

TEST_CASE("reboot: nothing to undo, and no arguments") {
  const HandlerCase handler("reboot");
  for (int i = 0; i < 2; ++i) {
    CHECK(handler.Call("rollback", {}).status == 0);
    CHECK(handler.Call("verify", {}, "undone").status == 0);
    CallAfter(handler, 0);
  }
  CHECK(handler.Call("check", {"--force"}).status == 2);
  CHECK(handler.Call("verify", {}, "").status == 3);
}

TEST_CASE("shutdown: the minutes are a number, and nothing else") {
  const HandlerCase handler("shutdown");
  for (const std::string minutes :
       {"0", "-1", "--help", "+1", "1441", "99999", "now", "1 2", "1.5", "01", "23:00"}) {
    CAPTURE(minutes);
    CHECK(handler.Call("check", {minutes}).status == 2);
    CHECK(handler.Call("run", {minutes}).status == 2);
  }
  CHECK(handler.Call("check", {"1", "2"}).status == 2);
  CHECK(std::filesystem::is_empty(handler.state()));
  CHECK(handler.Call("rollback", {}).status == 0);
  CHECK(handler.Call("verify", {}, "undone").status == 0);
  CHECK(handler.Call("verify", {}, "done").status == 1);
}

}  // namespace kedge::testing
