// The guard `services` on a booted systemd: whatever is done to the units is undone.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "handlers/services_field.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

class ServicesGuard {
 public:
  explicit ServicesGuard(std::vector<std::string> units) : units_(std::move(units)) {
    fs::create_directory(folder_ / "state");
  }
  std::vector<std::string> Command(const std::string& verb) const {
    std::vector<std::string> argv = {KEDGE_HANDLERS "/guards/services", verb};
    argv.insert(argv.end(), units_.begin(), units_.end());
    return argv;
  }
  Environment environment() const { return {{"KEDGE_STATE_DIR", folder_ / "state"}}; }
  Finished Call(const std::string& verb) const { return Run(Command(verb), environment()); }

 private:
  std::vector<std::string> units_;
  TemporaryFolder folder_;
};

struct Change {
  const char* what;
  std::function<void()> make;
};

std::function<void()> Do(const std::vector<std::string>& arguments) {
  return [arguments] { Systemctl(arguments); };
}

void AddDropIn(const std::string& unit, const std::string& content) {
  fs::create_directories("/etc/systemd/system/" + unit + ".d");
  WriteAll("/etc/systemd/system/" + unit + ".d/x.conf", content);
}

const std::vector<Change> kChanges = {
    {"nothing", [] {}},
    {"stop", Do({"stop", "t-app"})},
    {"stop what it requires", Do({"stop", "t-base"})},
    {"restart", Do({"restart", "t-app"})},
    {"reload", Do({"reload", "t-app"})},
    {"kill", Do({"kill", "--signal=KILL", "t-app"})},
    {"enable", Do({"enable", "t-app"})},
    {"enable for a target that is not there", Do({"enable", "t-slow"})},
    {"enable at run time", Do({"enable", "--runtime", "t-app"})},
    {"enable and disable",
     [] {
       Systemctl({"enable", "t-app"}), Systemctl({"disable", "t-app"});
     }},
    {"mask, and stop", Do({"mask", "--now", "t-lib"})},
    {"mask at run time, and stop", Do({"mask", "--runtime", "--now", "t-lib"})},
    {"mask at run time what has a file in /etc", Do({"mask", "--runtime", "--now", "t-app"})},
    {"mask in the place of the file",
     [] {
       fs::remove("/etc/systemd/system/t-app.service");
       Systemctl({"mask", "--now", "t-app"});
     }},
    {"unmask", Do({"unmask", "t-off"})},
    {"start", Do({"start", "t-slow"})},
    {"start without waiting", Do({"start", "--no-block", "t-slow"})},
    {"stop without waiting", Do({"stop", "--no-block", "t-app"})},
    {"restart without waiting", Do({"restart", "--no-block", "t-app"})},
    {"start the rival", Do({"start", "t-rival"})},
    {"start one that crashes", Do({"start", "t-crash"})},
    {"make what failed run",
     [] {
       WriteUnit("t-bad.service", "[Service]\nExecStart=/bin/sleep infinity\n");
       Systemctl({"daemon-reload"}), Systemctl({"start", "t-bad"});
     }},
    {"a drop-in",
     [] { AddDropIn("t-app.service", "[Service]\nEnvironment=A=b\n"), Systemctl({"daemon-reload"}); }},
    {"a drop-in that nobody loads", [] { AddDropIn("t-app.service", "[Service]\nEnvironment=A=b\n"); }},
    {"set-property", Do({"set-property", "t-app", "CPUWeight=50"})},
    {"set-property at run time", Do({"set-property", "--runtime", "t-app", "CPUWeight=50"})},
    {"another file, restarted",
     [] {
       WriteUnit("t-app.service", "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=A=b\n");
       Systemctl({"daemon-reload"}), Systemctl({"restart", "t-app"});
     }},
    {"no file", [] { fs::remove("/etc/systemd/system/t-app.service"), Systemctl({"daemon-reload"}); }},
    {"no file, and stopped",
     [] {
       fs::remove("/etc/systemd/system/t-app.service");
       Systemctl({"stop", "t-app"}), Systemctl({"daemon-reload"});
     }},
    {"a new unit, enabled and started",
     [] {
       WriteUnit("t-none.service",
                 "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n");
       Systemctl({"daemon-reload"}), Systemctl({"enable", "--now", "t-none"});
     }},
    {"a new unit that fails",
     [] {
       WriteUnit("t-none.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
       Systemctl({"daemon-reload"}), Systemctl({"start", "t-none"});
     }},
    {"stop a socket", Do({"stop", "t-sock.socket"})},
    {"stop a timer", Do({"stop", "t-tick.timer"})},
    {"stop an instance", Do({"stop", "t-at@a"})},
    {"stop a oneshot", Do({"stop", "t-once"})},
    {"end the process of what remains", Do({"kill", "--signal=TERM", "t-stay"})},
    {"another file beneath that in /etc",
     [] {
       WriteAll("/usr/local/lib/systemd/system/t-lib.service",
                "[Service]\nExecStart=/bin/sleep infinity\nEnvironment=A=b\n");
       Systemctl({"daemon-reload"}), Systemctl({"restart", "t-lib"});
     }},
    {"a drop-in for all instances",
     [] {
       AddDropIn("t-at@.service", "[Service]\nEnvironment=A=b\n");
       Systemctl({"daemon-reload"}), Systemctl({"restart", "t-at@a"});
     }},
};

const std::vector<std::string> kGuarded = {"t-app t-slow",  "t-rival",       "t-crash t-bad.service",
                                           "t-off\tt-none", "t-sock.socket", "t-tick.timer",
                                           "t-at@a",        "t-once t-stay", "t-base t-lib"};

}  // namespace

TEST_CASE("services: whatever is done to guarded units is undone, and seen by verify before") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  // Three at a time: they meet each other, and the services' settling takes a third of the time.
  std::vector<Change> changes = kChanges;
  std::mt19937 random(1);
  std::shuffle(changes.begin() + 1, changes.end(), random);
  for (size_t i = 0; i < changes.size();) {
    const size_t end = i == 0 ? 1 : std::min(i + 3, changes.size());
    std::string what;
    const ServicesGuard guard(kGuarded);
    const Finished taken = guard.Call("snapshot");
    CHECK(taken.err == "");
    REQUIRE(taken.status == 0);
    CHECK(LineDiff(before, fleet.Look()) == "");
    for (; i < end; ++i) {
      what += std::string(what.empty() ? "" : ", ") + changes[i].what;
      changes[i].make();
    }
    CAPTURE(what);
    const bool is_different = LineDiff(before, fleet.Look()) != "";
    CHECK(guard.Call("verify").status == (is_different ? 1 : 0));
    for (int calls = 0; calls < 2; ++calls) {
      const Finished restored = guard.Call("restore");
      CHECK(restored.err == "");
      REQUIRE(restored.status == 0);
      const Finished verified = guard.Call("verify");
      CHECK(verified.out == "");
      CHECK(verified.err == "");
      REQUIRE(verified.status == 0);
    }
    // What had failed and is inactive now counts as the same, for systemd cannot be told that a unit has
    // failed.
    if (Property("t-bad", "ActiveState") == "inactive") fleet.FailAgain();
    REQUIRE(LineDiff(before, fleet.Look()) == "");
  }
}

TEST_CASE("services: a socket and its service that were stopped") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  const ServicesGuard guard({"t-sock.service t-sock.socket"});
  REQUIRE(guard.Call("snapshot").status == 0);
  for (const std::vector<std::string>& stopped :
       {std::vector<std::string>{"t-sock.socket"}, {"t-sock.service"}, {"t-sock.socket", "t-sock.service"}}) {
    for (const std::string& unit : stopped) Systemctl({"stop", unit});
    REQUIRE(LineDiff(before, fleet.Look()) != "");
    const Finished restored = guard.Call("restore");
    if (restored.status != 0) {
      MESSAGE(
          Run({"/bin/journalctl", "--no-pager", "--lines=30", "--output=short-precise", "--unit=t-sock.*"})
              .out);
    }
    CAPTURE(stopped.front());
    CHECK(restored.err == "");
    CHECK(restored.status == 0);
    CHECK(guard.Call("verify").status == 0);
    REQUIRE(LineDiff(before, fleet.Look()) == "");
  }
}

TEST_CASE(
    "services: a service that was restarted with a changed configuration is restarted with the old one") {
  const Fleet fleet;
  const ServicesGuard guard({"t-app"});
  const std::string first = Property("t-app", "InvocationID");
  REQUIRE(guard.Call("snapshot").status == 0);
  CHECK(guard.Call("restore").out == "");
  CHECK(Property("t-app", "InvocationID") == first);
  MustSystemctl({"restart", "t-app"});
  const std::string second = Property("t-app", "InvocationID");
  CHECK(guard.Call("verify").status == 0);  // a restart is no difference
  CHECK(guard.Call("restore").out == "restart t-app.service\n");
  const std::string third = Property("t-app", "InvocationID");
  CHECK(third != second);
  CHECK(guard.Call("restore").out == "");  // once
  CHECK(Property("t-app", "InvocationID") == third);
  CHECK(Property("t-user", "ActiveState") == "active");
  MustSystemctl({"reload", "t-app"});
  CHECK(guard.Call("restore").out == "reload t-app.service\n");
  CHECK(guard.Call("restore").out == "");
}

TEST_CASE("services: what had failed and is reset counts as it was, what has failed since does not") {
  const Fleet fleet;
  const ServicesGuard guard({"t-bad t-crash"});
  REQUIRE(guard.Call("snapshot").status == 0);
  MustSystemctl({"reset-failed", "t-bad"});
  CHECK(guard.Call("verify").status == 0);
  Systemctl({"start", "t-crash"});
  CHECK(guard.Call("verify").out == "t-crash.service: ActiveState is failed, was inactive\n");
  CHECK(guard.Call("restore").out == "reset-failed t-crash.service\n");
  CHECK(guard.Call("verify").status == 0);
  CHECK(Property("t-crash", "ActiveState") == "inactive");
}

TEST_CASE("services: restore killed at any instant and called again puts everything back") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  std::mt19937 random(7);
  int hits = 0;
  for (int i = 0; i < 20; ++i) {
    const ServicesGuard guard(kGuarded);
    REQUIRE(guard.Call("snapshot").status == 0);
    WriteUnit("t-none.service",
              "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=t-new.target\n");
    AddDropIn("t-app.service", "[Service]\nEnvironment=A=b\n");
    Systemctl({"daemon-reload"});
    Systemctl({"enable", "--now", "t-none", "t-slow"});
    Systemctl({"stop", "t-base", "t-once"});
    Systemctl({"start", "t-crash", "t-rival"});
    Systemctl({"mask", "--runtime", "t-app"});
    for (int kill = 0; kill < 3; ++kill) {
      int stops = 0;
      if (RunKilledAt(guard.Command("restore"), guard.environment(), static_cast<int>(random() % 700),
                      &stops))
        break;
      ++hits;
    }
    const Finished restored = guard.Call("restore");
    CHECK(restored.err == "");
    REQUIRE(restored.status == 0);
    REQUIRE(guard.Call("verify").out == "");
    REQUIRE(LineDiff(before, fleet.Look()) == "");
  }
  MESSAGE("kills that hit: " << hits);
  CHECK(hits >= 20);
}

TEST_CASE("services: a snapshot killed at any instant changes nothing and can be taken again") {
  const Fleet fleet;
  const std::string before = fleet.Look();
  std::mt19937 random(8);
  int hits = 0;
  for (int i = 0; i < 20; ++i) {
    const ServicesGuard guard(kGuarded);
    int stops = 0;
    const bool is_killed = !RunKilledAt(guard.Command("snapshot"), guard.environment(),
                                        static_cast<int>(random() % 400), &stops);
    hits += is_killed ? 1 : 0;
    if (is_killed && guard.Call("verify").status == 3)
      CHECK(guard.Call("restore").out == "nothing to restore: there is no complete snapshot\n");
    REQUIRE(guard.Call("snapshot").status == 0);
    REQUIRE(guard.Call("verify").status == 0);
    REQUIRE(LineDiff(before, fleet.Look()) == "");
  }
  MESSAGE("kills that hit: " << hits);
  CHECK(hits >= 5);
}

TEST_CASE("services: what could not be put back exactly is refused, with the reason") {
  const Fleet fleet;
  MustSystemctl({"mask", "t-lib"});
  REQUIRE(Run({"/usr/bin/systemd-run", "--quiet", "--unit=t-transient", "/bin/sleep", "infinity"}).status ==
          0);
  WriteUnit("kedged.service",
            "[Unit]\nRequires=t-helper.service\n[Service]\nExecStart=/bin/sleep infinity\n");
  Systemctl({"daemon-reload"});
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"t-lib", "t-lib.service is masked and runs all the same: once stopped it could not be started again"},
      {"t-transient", "t-transient.service has no unit file: once stopped it could not be started again"},
      {"kedged",
       "kedged.service is Kedge's own: the agent would be stopped before it could undo that; see "
       "update-kedge"},
      {"--root=/x", "'--root=/x': a unit's name does not begin with '-'"},
  };
  for (const auto& [unit, reason] : refused) {
    const ServicesGuard guard({unit});
    const Finished checked = guard.Call("check");
    CHECK(checked.status == 1);
    CHECK(checked.err == "services: " + reason + "\n");
    CHECK(guard.Call("snapshot").status != 0);
    CHECK(guard.Call("verify").status != 0);
  }
  MustSystemctl({"start", "kedged"});
  const ServicesGuard guard({"t-helper"});
  CHECK(guard.Call("check").err ==
        "services: kedged.service would be stopped with it, and with it whoever could undo that\n");
  Systemctl({"stop", "kedged", "t-transient"});
  fs::remove("/etc/systemd/system/kedged.service");
  CHECK(ServicesGuard({"t-app", "t-none", "t-bad"}).Call("check").status == 0);
}

TEST_CASE("services: a service that crashes all the time is kept as one that does") {
  const Fleet fleet;
  WriteUnit("t-loop.service",
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep "
            "0.2\nRestart=always\nRestartSec=100ms\n");
  MustSystemctl({"daemon-reload"});
  MustSystemctl({"start", "t-loop"});
  const ServicesGuard guard({"t-loop"});
  REQUIRE(guard.Call("snapshot").status == 0);
  CHECK(guard.Call("verify").status == 0);
  MustSystemctl({"stop", "t-loop"});
  CHECK(guard.Call("verify").out == "t-loop.service: ActiveState is inactive, was activating\n");
  CHECK(guard.Call("restore").status == 0);
  CHECK(guard.Call("verify").status == 0);
}

}  // namespace kedge::testing
