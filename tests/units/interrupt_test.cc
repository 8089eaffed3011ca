// The agent ends in the middle of a job, in each of the ways that systemd has to do with. Whatever the job is
// afterwards, the service and the device agree on it, and nothing of it is left running.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

const json kRetry = {{"onInterrupt", "retry"}};

std::string Invocation() { return Property("kedged.service", "InvocationID"); }

// Of systemd and the agent, about kedged, since its start by this invocation.
bool Journal(const std::string& words) {
  return TheField().device().Holds("journalctl -q -b -u kedged | grep -q '" + words + "'");
}

void WaitForAnotherAgent(const std::string& before) {
  TheField().rig().WaitUntil("another agent is up",
                             [&] { return IsActive("kedged.service") && Invocation() != before; });
}

TEST_CASE("stopped in the middle of a step, the agent ends it, and undoes the job when it is started again") {
  ForgetStarts();
  HeldJob job("stopped");
  job.Start();
  TheField().device().Shell("systemctl stop kedged");
  CHECK(Property("kedged.service", "Result") == "success");
  CHECK(TheField().TaskProcesses().empty());
  CHECK(TheField().service().Status(job.name()) == "IN_PROGRESS");
  TheField().device().Shell("systemctl start kedged");
  CHECK(job.Judge() == "FAILED");
}

TEST_CASE("restarted in the middle of a step that may be called again, the agent carries the job on") {
  ForgetStarts();
  HeldJob job("carried-on", kRetry);
  job.Start();
  rig::WriteFile(TheField().device().Path("/srv/go"), "");
  TheField().device().Shell("rm /srv/go; systemctl restart kedged");
  job.LetGo();
  CHECK(job.Judge() == "SUCCEEDED");
}

TEST_CASE("killed in the middle of a step, the agent takes the step with it, comes back and undoes the job") {
  ForgetStarts();
  HeldJob job("killed");
  job.Start();
  const std::string before = Invocation();
  TheField().device().Shell("kill -9 $(systemctl show --value -p MainPID kedged)");
  WaitForAnotherAgent(before);
  CHECK(job.Judge() == "FAILED");
}

TEST_CASE(
    "hung in the middle of a step, the agent is ended by systemd's watchdog, comes back and undoes the job") {
  ForgetStarts();
  // The unit's own two minutes, shorter: what is tested is that the agent feeds it and that it bites.
  DropIn("kedged.service", "[Service]\nWatchdogSec=3\n");
  TheField().StartAgent();
  CHECK(Property("kedged.service", "WatchdogUSec") == "3s");
  HeldJob job("hung");
  job.Start();
  const std::string before = Invocation();
  // Alive for longer than the watchdog's span, with a step that waits: it is fed.
  const std::string fed = Property("kedged.service", "WatchdogTimestampMonotonic");
  TheField().rig().WaitUntil("the watchdog is fed, twice", [&, last = fed, times = 0]() mutable {
    const std::string now = Property("kedged.service", "WatchdogTimestampMonotonic");
    if (now != last) ++times;
    last = now;
    return times >= 2;
  });
  CHECK(Invocation() == before);
  TheField().device().Shell("kill -STOP $(systemctl show --value -p MainPID kedged)");
  WaitForAnotherAgent(before);
  CHECK(Journal("Watchdog timeout"));
  CHECK(job.Judge() == "FAILED");
  DropIn("kedged.service", "");
  TheField().StartAgent();
}

TEST_CASE(
    "a crash loop shows as a failed unit, is tried again later, and again, and is over when its cause is") {
  ForgetStarts();
  TheField().device().Shell("systemctl stop kedged; rm -f /srv/starts");
  // The same in seconds: two starts, then a pause.
  DropIn("kedged-again.timer", "[Timer]\nOnActiveSec=\nOnActiveSec=3\nAccuracySec=100ms\n");
  DropIn("kedged.service",
         "[Unit]\nStartLimitIntervalSec=2\nStartLimitBurst=2\n[Service]\nRestartSec=100ms\n"
         "ExecStartPre=/bin/sh -c 'echo >>/srv/starts; exit 1'\n");
  TheField().device().Run({"systemctl", "start", "kedged"});
  TheField().rig().WaitUntil("the unit has failed",
                             [] { return Property("kedged.service", "ActiveState") == "failed"; });
  CHECK(IsActive("kedged-again.timer"));
  CHECK(TheField().device().Run({"systemctl", "is-system-running"}).out == "degraded\n");
  TheField().rig().WaitUntil("two more rounds",
                             [] { return TheField().device().Holds("[ $(wc -l </srv/starts) -ge 6 ]"); });
  DropIn("kedged.service", "");
  WaitUntilActive("kedged.service");  // nobody has started it
  DropIn("kedged-again.timer", "");
  ForgetStarts();
  CHECK(TheField().device().Run({"systemctl", "is-system-running"}).out == "running\n");
  CHECK(field::RunJob(NewJob("plain"), field::DocumentOf({field::ShellStep("true")})) == "SUCCEEDED");
}

TEST_CASE("who stops the failed agent by hand has it stay down") {
  ForgetStarts();
  TheField().device().Shell("systemctl stop kedged");
  DropIn("kedged.service", "[Unit]\nStartLimitBurst=1\n[Service]\nExecStartPre=/bin/false\n");
  TheField().device().Run({"systemctl", "start", "kedged"});
  TheField().rig().WaitUntil("the next try is planned", [] { return IsActive("kedged-again.timer"); });
  TheField().device().Shell("systemctl stop kedged");
  CHECK_FALSE(IsActive("kedged-again.timer"));
  DropIn("kedged.service", "");
  TheField().StartAgent();
}

}  // namespace
}  // namespace kedge::units
