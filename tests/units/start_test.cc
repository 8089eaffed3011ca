// What systemd makes of the units as they are shipped: nothing without a configuration; with one, both
// services, in their sandboxes, which hold what they promise and are not in the way.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "rig/shelter.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

// This one has to be the first of the run: the others give the device its configuration.
TEST_CASE("without a configuration nothing starts, nothing fails, and a call on the bus is refused at once") {
  const rig::Shelter shelter;
  const field::Device device(shelter.folder());
  REQUIRE_FALSE(device.Holds("test -e /etc/kedge/kedge.yaml"));
  for (const char* enabled : {"disable", "enable"}) {
    CAPTURE(enabled);
    device.Shell(std::string("systemctl -q ") + enabled +
                 " kedged kedge-link; systemctl start kedged kedge-link kedge-recovered.target");
    for (const char* unit : {"kedged.service", "kedge-link.service"}) {
      CHECK(device.Run({"systemctl", "is-active", unit}).out == "inactive\n");
      CHECK(device.Run({"systemctl", "is-failed", unit}).out == "inactive\n");
      CHECK(device.Shell(std::string("systemctl show --value -p ConditionResult ") + unit) == "no\n");
    }
    // There is nothing to recover either, and who waits for it may go on.
    CHECK(device.Run({"systemctl", "is-active", "kedge-recovered.target"}).out == "active\n");
    CHECK(device.Run({"systemctl", "is-system-running"}).out == "running\n");
  }
  device.Shell("systemctl -q disable kedged kedge-link; systemctl stop kedge-recovered.target");
  const rig::Finished call = device.Run(
      {"busctl", "call", "org.kedge.Agent1", "/org/kedge/Agent1", "org.kedge.Agent1", "GetStatus"});
  CHECK(call.status != 0);
  CHECK_MESSAGE(call.err.find("not found") != std::string::npos, call.err);
  CHECK_FALSE(device.Holds("test -e /run/kedge -o -e /var/lib/kedge"));
}

TEST_CASE(
    "with a configuration both are up, all of systemd is content, and a job comes through the sandbox") {
  Field& field = TheField();
  CHECK(IsActive("kedged.service"));
  CHECK(IsActive("kedge-link.service"));
  CHECK(field::RunJob(NewJob("plain"), field::DocumentOf({field::ShellStep("true")})) == "SUCCEEDED");
  CHECK(field.device().Run({"systemctl", "is-system-running"}).out == "running\n");
  CHECK(field.device().Shell("systemctl --failed --no-legend").empty());
  CHECK_FALSE(Property("kedge-link.service", "StatusText").empty());
  // systemd took every line, and had something to say about none.
  CHECK(field.device()
            .Shell("journalctl -b --no-pager -o cat _PID=1 | grep -i 'system/kedge' || true")
            .empty());
  CHECK(field.device().Shell("stat -c '%a %U' /var/lib/kedge /run/kedge /etc/kedge") ==
        "711 root\n755 root\n755 root\n");
}

}  // namespace
}  // namespace kedge::units
