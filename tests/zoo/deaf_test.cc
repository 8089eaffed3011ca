#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "frozen_disk.h"
#include "show.h"

namespace kedge::zoo {
namespace {

constexpr milliseconds kLong = std::chrono::hours(1);  // a grace in which KILL plays no part

TEST_CASE("zoo: every signal ignored, killed when the grace is over, or at the limit") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    CHECK(Show(keeper, {.words = {"deaf"}, .settles = 2, .grace = milliseconds(50)}).ending ==
          Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"deaf"}, .settles = 2}).ending == Ending(Signalled{SIGKILL}));
    const auto late = Show(keeper, {.words = {"deaf"}, .tune = [](process::ChildSpec& spec) {
                                      spec.limit = milliseconds(100);
                                      spec.grace = milliseconds(50);
                                    }});
    CHECK(late.ending == Ending(TimedOut{milliseconds(100), LimitOf::kStep}));
  }
}

TEST_CASE("zoo: stopped, itself and its children, which go on to take TERM") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    CHECK(Show(keeper, {.words = {"stopped"}, .settles = 1, .grace = kLong}).ending ==
          Ending(Signalled{SIGTERM}));
    CHECK(Show(keeper, {.words = {"stopped"}, .settles = 1}).ending == Ending(Signalled{SIGKILL}));
    const auto report = Show(keeper, {.words = {"stopped-children"}, .settles = 2, .grace = kLong});
    CHECK(report.ending == Ending(Exited{0}));
    CHECK(Text(report.output.out) == "awake\nawake\n");
    CHECK(Show(keeper, {.words = {"stopped-children"}, .settles = 2}).ending == Ending(Signalled{SIGKILL}));
  }
}

TEST_CASE("zoo: a vfork that waits for ever, and a process whose first thread has left") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    CHECK(Show(keeper, {.words = {"vfork"}, .settles = 1, .grace = milliseconds(50)}).ending ==
          Ending(Signalled{SIGKILL}));
    CHECK(Show(keeper, {.words = {"leaderless"}, .settles = 1, .grace = milliseconds(50)}).ending ==
          Ending(Signalled{SIGKILL}));
  }
}

TEST_CASE("zoo: children that leave no status, for SIGCHLD is ignored") {
  for (const Kind kind : Kinds()) {
    Keeper keeper(kind);
    const auto report = Show(keeper, {.words = {"no-sigchld", "100"}});
    CHECK(report.ending == Ending(Exited{0}));
    CHECK(Text(report.output.out) == "nobody to wait for\n");
  }
}

bool IsInDiskSleep(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.substr(name_end, 3) == ") D";
}

TEST_CASE("zoo: uninterruptible sleep, and who sleeps is said, and the end waits for it") {
  for (const Kind kind : Kinds()) {
    const Cage cage;
    Keeper keeper(kind);
    FrozenDisk disk(cage.folder());
    if (!disk.why_not().empty()) {
      Row("uninterruptible", kind, "not here: " + disk.why_not(), 0, 0);
      continue;
    }
    keeper.Start(keeper.Spec("u", cage, {"uninterruptible", disk.file()}));
    keeper.WaitSettled("u", cage, 2);
    pid_t sleeper = 0;
    keeper.WaitUntil([&] {
      const auto alive = cage.Alive();
      const auto found = std::find_if(alive.begin(), alive.end(), IsInDiskSleep);
      sleeper = found == alive.end() ? 0 : *found;
      return sleeper != 0;
    });
    keeper.Stop("u", milliseconds(0));
    keeper.WaitUntil([&] { return keeper.SurvivorReports("u") > 0; });
    CHECK_FALSE(keeper.HasEnded("u"));
    CHECK(cage.Alive() == std::vector<pid_t>{sleeper});
    disk.Thaw();
    const auto report = keeper.WaitForEnd("u");
    CHECK(report.ending == Ending(Signalled{SIGKILL}));
    INFO(report.survivors.at(0));
    CHECK(report.survivors.at(0).find(std::to_string(sleeper)) != std::string::npos);
    CHECK(report.survivors.at(0).find("zoo") != std::string::npos);
    CheckContained(report);
    Row("uninterruptible", kind, ToString(report.ending) + "; said of it: " + report.survivors.at(0),
        report.took, 0);
  }
}

}  // namespace
}  // namespace kedge::zoo
