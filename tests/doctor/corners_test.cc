// What is no single fault of a device, and how the doctor looks at it.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "doctor/scene.h"
#include "rig/files.h"

namespace kedge::doctor_test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a healthy device is all ok") {
  Scene scene;
  const json report = scene.Look();
  INFO(report.dump(1));
  CHECK(NotOk(report).empty());
  CHECK(Skipped(report) == kNetwork);
  CHECK(report["healthy"] == true);
  CHECK(scene.status() == 0);
  CHECK(report["thing"] == "pi-1");
  CHECK(report["checks"].size() == 26);
}

TEST_CASE("a page beside the handlers is no fault") {
  Scene scene;
  rig::WriteFile(scene.Folder("handlers/README"), "How to use them.\n");
  CHECK(NotOk(scene.Look()).empty());
}

TEST_CASE(
    "a file name that a shell would take for more is quoted, and one that steers the terminal is not to be "
    "typed") {
  Scene scene;
  scene.Script("handlers/a;reboot", "#!/bin/sh\n", 0777);
  const json line = LineOf(scene.Look(), "handlers");
  // The words end at the first blank, and this name has none.
  CHECK(line["command"] == "sudo chmod go-w '" + scene.Folder("handlers/a;reboot") + "'");
  fs::remove(scene.Folder("handlers/a;reboot"));
  scene.Script("handlers/a\x1b[2J", "#!/bin/sh\n", 0777);
  CHECK(LineOf(scene.Look(), "handlers")["command"].is_null());
  CHECK(scene.Text().find('\x1b') == std::string::npos);
}

TEST_CASE("the disk's speed is measured with a file that is gone afterwards") {
  Scene scene;
  scene.io.device.time_syncs = doctor::TimeSyncs;
  const json report = scene.Look({"--only", "fsync"});
  REQUIRE(report["checks"].size() == 1);
  CHECK(Has(report["checks"][0]["saw"], "a small write is on the disk after"));
  for (const auto& entry : fs::directory_iterator(scene.Folder("state")))
    CHECK(entry.path().filename().string().starts_with("journal.db"));
}

TEST_CASE("a check that hangs is ended, and the others are done") {
  Scene scene;
  scene.io.device.time_syncs = [](const std::string&) -> Result<std::vector<std::chrono::microseconds>> {
    for (;;) pause();
  };
  const json report = scene.Look({"--timeout", "1"});
  CHECK(NotOk(report) == std::set<std::string>{"fsync"});
  CHECK(Has(LineOf(report, "fsync")["saw"], "came to no end"));
  scene.io.device.systemctl = scene.Script("hangs", "#!/bin/sh\nexec sleep 1000\n");
  const json other = scene.Look({"--timeout", "1", "--only", "services,memory"});
  CHECK(Skipped(other) == std::set<std::string>{"services"});
}

TEST_CASE("without systemd, and for another configuration than the services', it says so") {
  Scene scene;
  fs::remove(scene.Folder("systemd"));
  CHECK(Has(LineOf(scene.Look(), "services")["saw"], "systemd does not run this machine"));
  scene.io.device.service_config = scene.Folder("etc/other.yaml");
  CHECK(Has(LineOf(scene.Look({"--config", scene.Folder("etc/kedge.yaml")}), "services")["saw"], "not with"));
}

}  // namespace
}  // namespace kedge::doctor_test
