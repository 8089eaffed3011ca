#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "doctor/checks.h"
#include "process/resolve.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

constexpr char kId[] = "config";

class Look {
 public:
  explicit Look(const Case& here) : here_(here), file_(here.config_file()) {}

  Seen Take() {
    const auto config = LoadConfig(file_);
    if (!config) {
      Unreadable(config.error());
      return std::move(seen_);
    }
    if (auto ready = CheckReady(*config); !ready) Lines(ready.error().message, Setup());
    OwnedWell();
    Named();
    if (!seen_.findings.Has(kId)) seen_.findings.Ok(kId, file_ + " is valid, for thing " + config->thing);
    return std::move(seen_);
  }

 private:
  std::string Setup() const {
    return "sudo kedge setup" + (here_.is_standard() ? "" : " --config " + Quoted(file_));
  }
  std::string Edit() const { return "sudoedit " + Quoted(file_); }
  void Problem(const std::string& saw, const std::string& advice, const std::string& command) {
    seen_.findings.Problem(kId, saw, advice, command);
  }
  // One finding a line: each names another mistake.
  void Lines(const std::string& text, const std::string& command) {
    for (size_t from = 0; from < text.size();) {
      const size_t to = std::min(text.find('\n', from), text.size());
      Problem(text.substr(from, to - from),
              "mend that line; kedged --check-config then says whether all is well", command);
      from = to + 1;
    }
  }

  void Unreadable(const Error& error) {
    if (error.kind == ErrorKind::kInvalid) return Lines(error.message, Edit());
    if (error.kind == ErrorKind::kDenied && !here_.is_root())
      return seen_.findings.Skipped(kId, "needs root: " + error.message);
    Problem(error.message,
            error.kind == ErrorKind::kNotFound
                ? "this device is not set up yet; the rest is looked at with the defaults"
                : "it has to be readable",
            error.kind == ErrorKind::kNotFound ? Setup() : "");
  }

  // Whoever can write it says what runs as root.
  void OwnedWell() {
    struct stat found {};
    if (stat(file_.c_str(), &found) != 0) return;
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      Problem(file_ + " can be written by others than its owner",
              "whoever can write it decides what runs as root", "sudo chmod go-w " + Quoted(file_));
    } else if (found.st_uid != 0 && found.st_uid != geteuid()) {
      Problem(file_ + " belongs to user " + std::to_string(found.st_uid) + ", not to root",
              "whoever can write it decides what runs as root", "sudo chown root: " + Quoted(file_));
    }
  }

  void Named() {
    const Config& config = here_.config;
    Folder("paths.handlers", config.paths.handlers_folder);
    Folder("paths.guards", config.paths.guards_folder);
    for (const std::string& folder : config.paths.allowed_handlers) Folder("paths.allowed_handlers", folder);
    User("link.user", config.link_user);
    for (const std::string& user : config.jobs.users) User("jobs.users", user);
    const auto& reboot = config.jobs.reboot_command;
    if (reboot.empty() || process::FindProgram(reboot[0], config.process.search_path)) return;
    seen_.findings.Warning(
        kId, "jobs.reboot_command: there is no program '" + reboot[0] + "' in process.search_path",
        "a job that wants a reboot fails; name a program that is there", Edit());
  }
  void Folder(const std::string& key, const std::string& path) {
    if (sys::LeadsToFolder(path)) return;
    Problem(key + ": there is no folder " + path, "make it, or name the right one",
            "sudo mkdir -p " + Quoted(path));
  }
  void User(const std::string& key, const std::string& name) {
    if (process::FindUser(name)) return;
    const bool is_ours = name == "kedge";
    Problem(key + ": there is no user '" + name + "'",
            is_ours ? "the package's file for systemd-sysusers makes it" : "make it, or name another one",
            is_ours ? "sudo systemd-sysusers" : "sudo adduser --system --group " + Quoted(name));
  }

  const Case& here_;
  const std::string file_;
  Seen seen_;
};

}  // namespace

Seen LookAtConfig(const Case& here) { return Look(here).Take(); }

}  // namespace kedge::doctor
