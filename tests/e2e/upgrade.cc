#include "upgrade.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "rig/files.h"

namespace kedge::e2e {

using rig::json;

namespace {

constexpr const char* kRewrite = R"(
# $1 is the user (the Device Client's convention), $2 the folder.
cd "$2" && echo "mode = bold" > app.conf && chmod 600 app.conf && rm current && echo two > app.d/two)";

// bash for its exec -a: the daemon runs under a name that can be looked for. It takes nothing of the step's
// environment along when $5 is "hidden".
constexpr const char* kStubborn = R"(
trap '' TERM
echo ran >> "$3"
cd "$2" && rm -r app.d && echo "half written" > app.conf
[ "$5" = hidden ] && clean="env -i"
setsid $clean bash -c 'trap "" TERM; exec -a "$0-daemon" sleep 1000' "$4" </dev/null >/dev/null 2>&1 &
while :; do sleep 1; done)";

}  // namespace

Upgrade::Upgrade(Rig& rig, std::string job)
    : rig_(rig),
      job_(std::move(job)),
      device_(rig.Folder("device/" + job_)),
      runs_(rig.Folder(job_ + "-runs")) {
  std::filesystem::create_directory(device_);
  rig::WriteFile(device_ + "/app.conf", "mode = careful\n", 0640);
  std::filesystem::create_symlink("app.conf", device_ + "/current");
  std::filesystem::create_directory(device_ + "/app.d");
  rig::WriteFile(device_ + "/app.d/one", "one\n");
  setxattr((device_ + "/app.d/one").c_str(), "user.origin", "factory", 7, 0);
  if (geteuid() == 0) std::filesystem::permissions(device_ + "/app.d", std::filesystem::perms(0750));
  if (geteuid() == 0 && chown((device_ + "/app.d/one").c_str(), 65534, 65534) != 0) {
    throw std::runtime_error("cannot chown " + device_ + "/app.d/one");
  }
  before_ = testing::List({device_});
}

void Upgrade::BringToStep2(Daemon daemon) {
  const json protect = {{"protect", {{"files", {device_}}}}};
  const std::string hidden = daemon == Daemon::kHidden ? "hidden" : "";
  rig_.service().CreateJob(job_,
                           rig_.Document({rig_.Step(rig_.Script("rewrite", kRewrite), {device_}, protect),
                                          rig_.Step(rig_.Script("stubborn", kStubborn, "/bin/bash"),
                                                    {device_, runs_, rig_.mark(), hidden}, protect),
                                          rig_.CommandStep("touch," + device_ + "/never")}));
  rig_.WaitUntil("step 2", [this] { return !rig::AliveWith(rig_.mark() + "-daemon").empty(); });
  rig_.WaitUntil("the report of step 2",
                 [this] { return rig_.service().Detail(job_, "step").starts_with("2/3"); });
}

std::string Upgrade::Difference() const { return testing::Diff(before_, testing::List({device_})); }

std::size_t Upgrade::Runs() const { return rig::Lines(rig::ReadIfThere(runs_)).size(); }

Gate::Gate(Rig& rig, const std::string& name, const std::string& on_the_way) : rig_(rig), name_(name) {
  rig.Script(name, "echo ran >> " + rig.Folder(name + "-runs") + "\n" + on_the_way + "\nwhile [ ! -e " +
                       rig.Folder(name + "-open") + " ]; do sleep 0.02; done");
}

json Gate::Step(const json& more) const { return rig_.Step(name_, {}, more); }

void Gate::WaitUntilReached() const {
  rig_.WaitUntil("step " + name_, [this] { return Runs() > 0; });
}

void Gate::Open() const { rig::WriteFile(rig_.Folder(name_ + "-open"), ""); }

std::size_t Gate::Runs() const { return rig::Lines(rig::ReadIfThere(rig_.Folder(name_ + "-runs"))).size(); }

}  // namespace kedge::e2e
