// `systemctl reload kedged`: the configuration is read anew, or it says why not; the agent and its job go on
// either way.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

rig::Finished Reload() { return TheField().device().Run({"systemctl", "reload", "kedged"}); }

std::string Invocation() { return Property("kedged.service", "InvocationID"); }

// The journal of the unit since this moment of it.
class Since {
 public:
  Since()
      : cursor_(TheField().device().Shell("journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p'")) {
    while (!cursor_.empty() && cursor_.back() == '\n') cursor_.pop_back();
  }
  std::string Journal() const {
    TheField().device().Shell("journalctl --sync");
    return TheField().device().Shell("journalctl -q -o cat --after-cursor='" + cursor_ + "' -u kedged");
  }

 private:
  std::string cursor_;
};

// process.grace, which the configurations here change, as the agent has it in force: it says so when it calls
// a job off.
std::string Grace() {
  HeldJob job("graced");
  job.Start();
  TheField().device().Shell("kedge cancel --force " + job.name());
  CHECK(job.Judge() == "FAILED");
  TheField().device().Shell("journalctl --sync");
  return TheField().device().Shell("journalctl -q -o cat -u kedged KEDGE_JOB=" + job.name() +
                                   " | sed -n 's/.*stop task .* grace /grace /p'");
}

TEST_CASE("a good configuration is taken over by the agent that runs") {
  const std::string before = Invocation();
  TheField().Configure("process: {grace: 2s}\n");
  const Since since;
  const rig::Finished reloaded = Reload();
  CHECK_MESSAGE(reloaded.status == 0, reloaded.err);
  CHECK_MESSAGE(since.Journal().find("process.grace") != std::string::npos, since.Journal());
  CHECK(Grace() == "grace 2 s\n");
  CHECK(Invocation() == before);
}

TEST_CASE("a configuration with a mistake is refused with its place, and what was in force stays") {
  const std::string before = Invocation();
  TheField().Configure("process: {grace: 3s}\n");
  REQUIRE(Reload().status == 0);
  for (const auto& [mistake, words] :
       {std::pair{"process: {grace: soon}\n", "kedge.yaml:4:18: grace"},
        {"process: {grase: 4s}\n", "grase"},
        // Only a restart can change it, and it is said how.
        {"process: {grace: 4s}\nhistory: {executions: 7}\n", "systemctl restart kedged"}}) {
    CAPTURE(mistake);
    TheField().Configure(mistake);
    const Since since;
    const rig::Finished reloaded = Reload();
    CHECK(reloaded.status != 0);
    CHECK_MESSAGE(since.Journal().find(words) != std::string::npos, since.Journal());
    CHECK(IsActive("kedged.service"));
    // The operator is not cut off either: this asks, and calls a job off, with the mistake still there.
    CHECK(Grace() == "grace 3 s\n");
  }
  rig::WriteFile(TheField().device().Path("/etc/kedge/kedge.yaml"), "thing: [\n");
  CHECK(Reload().status != 0);
  CHECK(Grace() == "grace 3 s\n");
  CHECK(Invocation() == before);
  TheField().Configure("");
  CHECK(Reload().status == 0);
}

TEST_CASE("while a job runs the new configuration waits for its end") {
  HeldJob job("held");
  job.Start();
  TheField().Configure("process: {grace: 4s}\n");
  const Since since;
  CHECK(Reload().status == 0);
  CHECK_MESSAGE(since.Journal().find("when the job that runs is over") != std::string::npos, since.Journal());
  job.LetGo();
  CHECK(job.Judge() == "SUCCEEDED");
  CHECK(Grace() == "grace 4 s\n");
  TheField().Configure("");
  CHECK(Reload().status == 0);
}

}  // namespace
}  // namespace kedge::units
