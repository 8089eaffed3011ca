// A real device with a history, for as long as a command runs: private broker, drydock, kedged, kedge-link.
// Four jobs, newest first: `firmware-43` runs, in step 2 of 3, and tells its progress; `firmware-42` was
// cancelled by force in step 2 and undone; `set-colour` failed and was undone, and its steps print what
// steers terminals; `firmware-41` succeeded.
//
// Usage: screens_stage COMMAND...
// COMMAND finds in its environment: KEDGE (the program), KEDGE_CONFIG (its configuration), KEDGE_LINK,
// KEDGE_FOLDER (a folder that goes with the device). Gives COMMAND's exit status.
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "rig/files.h"
#include "rig/rig.h"

namespace kedge::screens {
namespace {

using rig::json;

// A script whose file is that in the folder $2 ($1 is the user, as in the Device Client).
std::string Working(const std::string& body) { return "file=\"$2/app.conf\"\n" + body; }

class Scene {
 public:
  Scene() : folder_(rig_.Folder("device/app")) {
    if (mkdir(folder_.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + folder_);
    rig::WriteFile(folder_ + "/app.conf", "colour = red\n");
    rig_.Script("fetch", Working("echo fetched 3 files"));
    rig_.Script("install", Working("echo 'mode = new' >>\"$file\"; echo installed"));
    rig_.Script("restart", Working("echo restarted"));
  }

  void Play() {
    Succeeds();
    Fails();
    IsCancelled();
    Runs();
  }

  int Run(char** command) const {
    setenv("KEDGE", SCREENS_KEDGE, 1);
    setenv("KEDGE_LINK", SCREENS_KEDGE_LINK, 1);
    setenv("KEDGE_CONFIG", rig_.config_file().c_str(), 1);
    setenv("KEDGE_FOLDER", rig_.Folder("scratch").c_str(), 1);
    pid_t pid = 0;
    if (posix_spawnp(&pid, command[0], nullptr, nullptr, command, environ) != 0) {
      throw std::runtime_error("cannot start " + std::string(command[0]));
    }
    int status = 0;
    if (waitpid(pid, &status, 0) != pid) throw std::runtime_error("cannot wait for the command");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  json Step(const std::string& name, const std::string& script) {
    json step = rig_.Step(script, {folder_}, {{"protect", {{"files", {folder_}}}}});
    step["action"]["name"] = name;
    return step;
  }

  void Succeeds() {
    rig_.service().CreateJob("firmware-41", rig_.Document({Step("fetch", "fetch"), Step("install", "install"),
                                                           Step("restart", "restart")}));
    rig_.WaitForStatus("firmware-41", "SUCCEEDED");
  }

  // A colour, the title of a terminal, its alternate screen, C1's CSI, the other direction of writing.
  void Fails() {
    rig_.Script("paint", Working("echo 'colour = \"blue' >\"$file\"\n"
                                 "printf 'painted \\033[31mred\\033[0m\\033]0;owned\\007 \\033[?1049h"
                                 " \\302\\233\\061m \\342\\200\\256esrever\\ttab\\r\\n'"));
    rig_.Script("test",
                Working("printf 'app.conf:1: no end of the \\033[5mquoted\\033[0m word\\n' >&2; exit 3"));
    rig_.service().CreateJob("set-colour", rig_.Document({Step("paint", "paint"), Step("test", "test")}));
    rig_.WaitForStatus("set-colour", "FAILED");
  }

  void IsCancelled() {
    rig_.Script("stubborn", Working("trap '' TERM\necho half >\"$file\"\n" + Tell("60", "unpacking") +
                                    "echo unpacking app.tar\n" + "while :; do sleep 1; done"));
    CreateFirmware("firmware-42", "stubborn");
    rig_.service().CancelExecution(
        "firmware-42", {.force = true, .expected_version = {}, .details = {{"reason", "wrong-image"}}});
    rig_.WaitUntil("the verdict", [this] { return rig_.Verdict("firmware-42") == "safe"; });
    rig_.WaitUntil("the end", [this] { return rig_.IsIdle(); });
  }

  void Runs() {
    rig_.Script("slow", Working("echo half >\"$file\"\n" + Tell("40", "unpacking") +
                                "echo unpacking app.tar\n" + "while :; do sleep 1; done"));
    CreateFirmware("firmware-43", "slow");
  }

  static std::string Tell(const std::string& progress, const std::string& step) {
    return "{ echo progress=" + progress + "; echo 'step=" + step +
           "'; echo package=app; } >&\"$KEDGE_STATUS_FD\"\n";
  }

  // Returns in the middle of step 2, when its progress is known here and at the service.
  void CreateFirmware(const std::string& job, const std::string& script) {
    rig_.service().CreateJob(
        job, rig_.Document({Step("fetch", "fetch"), Step("install", script), Step("restart", "restart")}));
    rig_.WaitUntil("the progress of " + job, [&] {
      const json status = rig_.KedgeJson({"status"});
      return status.is_object() && status.contains("/execution/step/told/package"_json_pointer) &&
             status["execution"]["jobId"] == job && rig_.service().Detail(job, "step").starts_with("2/3");
    });
  }

  rig::Rig rig_{{.cgroups = false}};
  const std::string folder_;
};

}  // namespace
}  // namespace kedge::screens

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "type: screens_stage COMMAND...\n");
    return 2;
  }
  try {
    kedge::screens::Scene scene;
    scene.Play();
    return scene.Run(argv + 1);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "screens_stage: %s\n", failure.what());
    return 1;
  }
}
