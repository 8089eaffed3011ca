// Kedge replaces itself by a job: on a booted device, as a package, by systemd's services. Started by run.sh;
// the packages are those of kedge_packages.sh.
#include <doctest/doctest.h>

#include "field/census.h"
#include "field/field.h"
#include "field/scenario.h"
#include "rig/files.h"
#include "rig/wait.h"

namespace kedge::field {
namespace {

// Short pauses, for the step asks to be tried again while it waits for the unit; and many, for a busy machine takes its
// time until the unit restarts the agent.
constexpr const char* kImpatient = "jobs: {tries: 100, try_again: {base: 300ms, cap: 300ms, floor: 200ms}}\n";

class Updates {
 public:
  Updates() : field(kImpatient) {
    const rig::Finished made =
        rig::Run({KEDGE_FIELD_PACKAGES, KEDGE_BUILD, field.device().root()}, field.rig().Folder(""));
    REQUIRE_MESSAGE(made.status == 0, made.err);
    field.device().Shell(
        "apt-get -qq update && apt-get -qq install -y --allow-downgrades kedge=1.0 >/dev/null && "
        "systemctl reset-failed && systemctl restart kedged kedge-link");
    field.rig().WaitUntil("the packaged agent is up",
                          [&] { return field.Kedge({"status"})["link"] == "up"; });
  }
  void Create(const std::string& job, const std::string& version) {
    json steps = {HandlerStep("update-kedge", {"kedge=" + version, "within=20"})};
    // What was done before is undone with it.
    steps.insert(steps.begin(),
                 ShellStep("echo changed > /srv/before", {{"protect", {{"files", {"/srv/before"}}}}}));
    steps.push_back(
        ShellStep("cat /usr/share/kedge/release > /srv/after", {{"protect", {{"files", {"/srv/after"}}}}}));
    field.device().Shell("rm -f /srv/before /srv/after");
    field.service().CreateJob(job, DocumentOf(steps));
  }
  std::string Installed() { return field.device().Shell("dpkg-query -W -f '${Version}' kedge"); }
  std::string Starts() {
    return field.device().Shell("systemctl show -p InvocationID --value kedged.service");
  }
  bool RunsInstalled() {
    return field.device().Holds(
        "exe=$(readlink /proc/$(systemctl show -p MainPID --value kedged)/exe) && [ \"$exe\" = "
        "/usr/sbin/kedged ]");
  }
  bool NothingLeft() {
    return field.device().Holds(
        "test ! -e /etc/systemd/system/kedge-update.service && "
        "test ! -e /etc/systemd/system/multi-user.target.wants/kedge-update.service && "
        "! systemctl --quiet is-active kedge-update.service && test -z \"$(dpkg --audit)\" && "
        "dpkg --verify kedge");
  }
  // Undone: the agent of before runs, and the first step is taken back.
  void CheckPutBack(const std::string& job) {
    CAPTURE(field.Story(job));
    CHECK(field.Verdict(job) == "safe");
    CHECK(Installed() == "1.0");
    CHECK(RunsInstalled());
    CHECK(NothingLeft());
    CHECK_FALSE(field.device().Holds("test -e /srv/before -o -e /srv/after"));
    CHECK(field.StateWord() == "idle");
  }
  Field field;
};

TEST_CASE("a good version carries the job on and succeeds, and a broken one is put back") {
  Updates updates;
  Field& field = updates.field;

  const std::string before = updates.Starts();
  updates.Create("good", "2.0");
  CHECK_MESSAGE(field.WaitForEnd("good") == "SUCCEEDED", field.Story("good"));
  CHECK(updates.Installed() == "2.0");
  CHECK(updates.Starts() != before);
  CHECK(updates.RunsInstalled());
  CHECK(field.device().Shell("cat /srv/after") == "2.0\n");
  CHECK(updates.NothingLeft());

  // Back by a job too; what is older is a version like any other.
  updates.Create("back", "1.0");
  CHECK_MESSAGE(field.WaitForEnd("back") == "SUCCEEDED", field.Story("back"));
  CHECK(updates.Installed() == "1.0");

  for (const auto& [version, reason] : {std::pair{"3.0", "did not carry the job on within 20 s"},
                                        {"4.0", "did not carry the job on within 20 s"},
                                        {"5.0", "the new version cannot be installed"}}) {
    const std::string job = std::string("broken-") + version[0];
    updates.Create(job, version);
    CHECK_MESSAGE(field.WaitForEnd(job) == "FAILED", field.Story(job));
    CHECK_MESSAGE(field.service().Detail(job, "stderr").find(reason) != std::string::npos, field.Story(job));
    CHECK(field.service().Detail(job, "verdict") == "safe");
    updates.CheckPutBack(job);
  }
}

// What happens to the device in the middle of an update.
enum class Blow { kCancelled, kAgentKilled, kRebooted };

void Strike(Field& field, const std::string& job, Blow blow) {
  switch (blow) {
    case Blow::kCancelled:
      field.service().CancelExecution(job, {.force = true});
      return;
    case Blow::kAgentKilled:
      return field.KillAgent();
    case Blow::kRebooted: {
      // At once, nothing is stopped.
      const std::string boot = field.device().BootId();
      field.device().Run({"systemctl", "reboot", "--force", "--force"});
      field.rig().WaitUntil("the next boot", [&] {
        const std::string now = field.device().BootId();
        return !now.empty() && now != boot;
      });
    }
  }
}

void CheckWholeAfter(Updates& updates, const std::string& stage, Blow blow, const std::string& job) {
  CAPTURE(job);
  Field& field = updates.field;
  updates.Create(job, "2.0");
  field.rig().WaitUntil("the update is at " + stage, [&] {
    return field.device().Holds("cat /var/lib/kedge/undo/*/2/stage 2>/dev/null | grep -qE '^(" + stage +
                                "|restarted|done)'");
  });
  Strike(field, job, blow);
  const std::string status = field.WaitForEnd(job);
  field.WaitForRest(job);
  if (status != "SUCCEEDED") return updates.CheckPutBack(job);
  CHECK(updates.Installed() == "2.0");
  CHECK(updates.RunsInstalled());
  CHECK(updates.NothingLeft());
  field.device().Shell("apt-get -qq install -y --allow-downgrades kedge=1.0 >/dev/null");
  field.rig().WaitUntil("the agent is back", [&] { return field.Kedge({"status"})["link"] == "up"; });
}

TEST_CASE("an update that is cancelled or crashes at any of its stages ends with one version, whole") {
  Updates updates;
  int number = 0;
  for (const char* stage : {"asked", "installing", "installed", "restarted"}) {
    for (const Blow blow : {Blow::kCancelled, Blow::kAgentKilled, Blow::kRebooted}) {
      CheckWholeAfter(updates, stage, blow, std::string(stage) + "-" + std::to_string(++number));
    }
  }
}

}  // namespace
}  // namespace kedge::field
