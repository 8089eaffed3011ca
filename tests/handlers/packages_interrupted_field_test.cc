// The guard and the handlers of packages, killed: at system calls, and at random moments.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "handlers/packages_field.h"

namespace kedge::testing {
namespace {

int Number(const char* variable, int otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? otherwise : std::stoi(value);
}

TEST_CASE(
    "packages guard: a snapshot that is killed at any system call is taken anew and has changed nothing") {
  SetUpPackages();
  const std::string before = LookAtPackages();
  const PackagesGuard whole({"kedge-demo-tool"});
  int stops = 0;
  REQUIRE(RunKilledAt(whole.Command("snapshot"), whole.For(), -1, &stops));
  // Most of its calls look at files; every so many will do.
  const int step = std::max(1, stops / Number("KEDGE_TRIALS", 12));
  for (int stop = 1; stop < stops; stop += step) {
    CAPTURE(stop);
    const PackagesGuard guard({"kedge-demo-tool"});
    int reached = 0;
    RunKilledAt(guard.Command("snapshot"), guard.For(), stop, &reached);
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
    REQUIRE(guard.Call("restore").status == 0);
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
    REQUIRE(guard.Call("snapshot").status == 0);
    REQUIRE(guard.Call("verify").out == "");
  }
}

TEST_CASE("packages guard: a restore that is killed at any system call is finished by the next") {
  SetUpPackages();
  const std::string before = LookAtPackages();
  const PackagesGuard guard({"kedge-demo-rival kedge-demo-lib"});
  REQUIRE(guard.Call("snapshot").status == 0);
  const std::string change =
      "DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Options::=--force-confold install "
      "kedge-demo-rival kedge-demo-lib=2.0 && rm -r "
      "/var/lib/kedge-demo-daemon";
  MustShell(change);
  int stops = 0;
  REQUIRE(RunKilledAt(guard.Command("restore"), guard.For(), -1, &stops));
  REQUIRE(LineDiff(before, LookAtPackages()) == "");
  const int step = std::max(1, stops / Number("KEDGE_TRIALS", 12));
  for (int stop = 1; stop < stops; stop += step) {
    CAPTURE(stop);
    MustShell(change);
    int reached = 0;
    RunKilledAt(guard.Command("restore"), guard.For(), stop, &reached);
    const Finished restored = guard.Call("restore");
    CHECK(restored.err == "");
    REQUIRE(restored.status == 0);
    REQUIRE(guard.Call("verify").out == "");
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
  }
}

struct Work {
  const char* handler;
  const char* argument;
};
constexpr Work kWorks[] = {
    {"install-packages", "kedge-demo-slow kedge-demo-many kedge-demo-tool"},
    {"install-packages", "kedge-demo-rival kedge-demo-broken"},
    {"install-packages", "kedge-demo-daemon=2.0 kedge-demo-watch"},
    {"remove-packages", "kedge-demo-lib kedge-demo-many"},
    {"remove-packages", "kedge-demo-slow"},
};

void RunAndKill(const HandlerCase& handler, const std::string& verb, const std::string& argument,
                std::chrono::milliseconds moment, bool only_when_started) {
  Program program(Contained(handler.Command(verb, {argument})), handler.For(verb));
  const std::string mark = handler.state() + "/started";
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (only_when_started && !std::filesystem::exists(mark) && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Not a wait for something: the moment is what is random.
  std::this_thread::sleep_for(moment);
  program.Kill();
  program.Wait();
}

TEST_CASE("packages handlers: killed at random moments, also while undoing, they are undone") {
  SetUpPackages();
  MustShell("apt-get -qq -y install kedge-demo-slow=1.0");
  const std::string before = LookAtPackages();
  const int seed = Number("KEDGE_SEED", 20);
  std::mt19937 random(static_cast<uint32_t>(seed));
  const auto below = [&](uint32_t limit) { return std::chrono::milliseconds(random() % limit); };
  int half_done = 0;
  const int trials = Number("KEDGE_TRIALS", 10);
  // On a machine that has much else to do nothing may have begun by then: later, and again, until something
  // has.
  for (int trial = 0; trial < trials || (half_done == 0 && trial < 5 * trials); ++trial) {
    const uint32_t latest = 1500 * (1 + static_cast<uint32_t>(trial / trials));
    const Work& work = kWorks[random() % std::size(kWorks)];
    CAPTURE(seed);
    CAPTURE(trial);
    const std::string what = std::string(work.handler) + " " + work.argument;
    CAPTURE(what);
    const HandlerCase handler(work.handler);
    RunAndKill(handler, "run", work.argument, below(latest), random() % 4 != 0);
    half_done += LineDiff(before, LookAtPackages()) != "" ? 1 : 0;
    for (auto kills = random() % 3; kills > 0; --kills) {
      RunAndKill(handler, "rollback", work.argument, below(800), false);
    }
    const Finished undone = handler.Call("rollback", {work.argument});
    CHECK(undone.err == "");
    REQUIRE(undone.status == 0);
    CHECK(handler.Call("verify", {work.argument}, "undone").out == "");
    REQUIRE(handler.Call("verify", {work.argument}, "undone").status == 0);
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
  }
  CHECK(half_done > 0);
}

}  // namespace
}  // namespace kedge::testing
