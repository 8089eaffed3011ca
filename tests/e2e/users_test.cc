// runAsUser: the step runs as that user, whole, or it does not run. Only root can show it.
#include <doctest/doctest.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

bool CanShow() {
  if (geteuid() == 0) return true;
  MESSAGE("not root: nothing is shown");
  return false;
}

json AsNobody() { return {{"runAsUser", "nobody"}}; }

TEST_CASE("runAsUser: a command, a handler folder and its rollback really run as that user") {
  if (!CanShow()) return;
  Rig rig;
  std::filesystem::create_directory(rig.Folder("open"));
  std::filesystem::permissions(rig.Folder("open"), std::filesystem::perms::all);
  const passwd nobody = *getpwnam("nobody");
  const std::string uid = std::to_string(nobody.pw_uid);
  const std::string gid = std::to_string(nobody.pw_gid);
  const std::string tell = "echo $(id -u):$(id -g) $(id -G) $USER $HOME; touch mine && test ! -w /etc";
  const std::string expected = uid + ":" + gid + " " + gid + " nobody " + nobody.pw_dir;

  rig.service().CreateJob("command", rig.Document({rig.CommandStep("sh,-c," + tell, AsNobody())}));
  rig.WaitForStatus("command", "SUCCEEDED");
  CHECK(rig.service().Detail("command", "stdout") == expected);

  rig.Script("folder/run", tell);
  rig.service().CreateJob("handler", rig.Document({rig.Step("folder", {}, AsNobody())}));
  rig.WaitForStatus("handler", "SUCCEEDED");
  CHECK(rig.service().Detail("handler", "stdout") == expected);

  rig.Script("folder/rollback", "id -u > " + rig.Folder("open/undone-by"));
  rig.service().CreateJob("undone",
                          rig.Document({rig.Step("folder", {}, AsNobody()), rig.CommandStep("false")}));
  rig.WaitForStatus("undone", "FAILED");
  CHECK(rig::ReadIfThere(rig.Folder("open/undone-by")) == uid + "\n");
}

TEST_CASE(
    "runAsUser of a handler of one file, without sudo: the name is its first argument, and it is run as "
    "him") {
  if (!CanShow()) return;
  Rig rig({.config = "process: {search_path: /nothing/there}"});
  rig.Script("plain", "echo $1 $2 $(/usr/bin/id -u)");
  rig.service().CreateJob("a", rig.Document({rig.Step("plain", {"arg"}, AsNobody())}));
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Detail("a", "stdout") == "nobody arg " + std::to_string(getpwnam("nobody")->pw_uid));
}

// The mode that the Device Client demands. What the user cannot start would fail after the job was accepted,
// or, of a rollback, when it is needed.
TEST_CASE("runAsUser who cannot read one of the handler's programs is REJECTED, with what to do") {
  if (!CanShow()) return;
  Rig rig({.config = "process: {search_path: /nothing/there}"});
  const std::string ran = "echo > " + rig.Folder("ran");
  const auto close = [&rig](const std::string& handler) {
    std::filesystem::permissions(rig.handlers() + "/" + handler, std::filesystem::perms::owner_all);
  };
  rig.Script("sample.sh", ran);
  close("sample.sh");
  rig.Script("folder/run", ran);
  rig.Script("folder/rollback", ran);
  close("folder/rollback");
  for (const auto& [handler, closed] : {std::pair{"sample.sh", "sample.sh"}, {"folder", "folder/rollback"}}) {
    const std::string job = std::filesystem::path(handler).stem();
    rig.service().CreateJob(job, rig.Document({rig.Step(handler, {}, AsNobody())}));
    rig.WaitForStatus(job, "REJECTED");
    CHECK(rig.service().Detail(job, "reason") ==
          "step 1 '" + std::string(handler) + "': runAsUser: " + rig.handlers() + "/" + closed +
              " cannot be read by user 'nobody' (mode 0700): chmod go+rx it");
  }
  CHECK(!rig::Exists(rig.Folder("ran")));
}

// As the Device Client's own samples are written: the user comes first, and the handler changes to him by
// itself.
TEST_CASE("a handler written for the Device Client runs unchanged, with the sudo that it finds") {
  if (!CanShow()) return;
  Rig rig({.start = false});
  rig.Configure("process: {search_path: '" + rig.Folder("bin") + ":/usr/bin:/bin'}\n");
  // In the place of sudo: tells with what it was called, and changes user as sudo does.
  std::filesystem::create_directories(rig.Folder("bin"));
  rig::WriteFile(rig.Folder("bin/sudo"),
                 "#!/bin/sh\necho \"$(id -u): sudo $*\" >> " + rig.Folder("asked") +
                     "\n[ \"$1\" = -u ] && [ \"$3\" = -n ] || exit 1\nuser=$2\nshift 3\n"
                     "exec setpriv --reuid \"$user\" --regid \"$user\" --clear-groups \"$@\"\n",
                 0755);
  rig.StartAgent();
  rig.Script("sample.sh",
             "set -e\nuser=$1\nshift\n"
             "if id \"$user\" >/dev/null 2>&1 && command -v sudo >/dev/null; then\n"
             "  sudo -u \"$user\" -n sh -c 'echo \"$(id -u) $*\"' sh \"$@\"\n"
             "else\n  echo \"as $(id -u): $*\"\nfi",
             "/usr/bin/env sh");
  const json as_daemon = {{"runAsUser", "daemon"}};
  rig.service().CreateJob("a", rig.Document({rig.Step("sample.sh", {"one", "two words"}, as_daemon)}));
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig.service().Detail("a", "stdout") == std::to_string(getpwnam("daemon")->pw_uid) + " one two words");
  CHECK(rig::ReadIfThere(rig.Folder("asked")).starts_with("0: sudo -u daemon -n sh -c"));
}

TEST_CASE("runAsUser of a user that the configuration does not allow is REJECTED, and nothing runs") {
  Rig rig({.config = "jobs: {users: [daemon]}"});
  const std::string note = rig.Script("note", "touch " + rig.Folder("ran"));
  rig.service().CreateJob("a", rig.Document({rig.Step(note, {}, AsNobody())}));
  rig.WaitForStatus("a", "REJECTED");
  CHECK(rig.service().Detail("a", "reason").find("'nobody'") != std::string::npos);
  CHECK(!rig::Exists(rig.Folder("ran")));
}

}  // namespace
}  // namespace kedge::e2e
