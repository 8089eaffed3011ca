#include "cargo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "rig/files.h"

namespace kedge::weather {
namespace {

using rig::json;

constexpr const char* kOld = "mode = careful";
constexpr const char* kNew = "mode = bold";

void MakeFolder(const std::string& folder) {
  std::filesystem::create_directory(folder);
  rig::WriteFile(folder + "/app.conf", std::string(kOld) + "\n", 0640);
  std::filesystem::create_symlink("app.conf", folder + "/current");
  std::filesystem::create_directory(folder + "/app.d");
  rig::WriteFile(folder + "/app.d/one", "one\n");
  setxattr((folder + "/app.d/one").c_str(), "user.origin", "factory", 7, 0);
  if (geteuid() != 0) return;
  std::filesystem::permissions(folder + "/app.d", std::filesystem::perms(0750));
  if (chown((folder + "/app.d/one").c_str(), 65534, 65534) != 0) {
    throw std::runtime_error("cannot chown " + folder + "/app.d/one");
  }
}

// For the next job's step 1 to say: whether the files of `folder` are changed, whether the daemon lives.
std::string Look(const std::string& job, const std::string& folder, const std::string& daemon) {
  return "read -r mode < " + folder + "/app.conf\n" +  //
         "[ \"$mode\" = '" + kOld + "' ] && [ -L " + folder + "/current ] && [ -d " + folder +
         "/app.d ] && files=same || files=changed\n" +                       //
         "daemon=none; [ -e " + daemon + " ] && read -r pid < " + daemon +   //
         " && grep -q . /proc/$pid/cmdline 2>/dev/null && daemon=alive\n" +  //
         "echo " + job + " $files $daemon >> \"$seen\"\n";
}

}  // namespace

Cargo::Cargo(rig::Rig& rig, const JobPlan& plan, const std::vector<std::string>& others)
    : rig_(rig), plan_(plan), folder_(rig.Folder("device/" + plan.id)) {
  MakeFolder(folder_);
  const std::string fifo = Of("gate");
  if (mkfifo(fifo.c_str(), 0644) != 0) throw std::runtime_error("cannot make " + fifo);
  gate_ = open(fifo.c_str(), O_RDWR | O_CLOEXEC);
  if (gate_ < 0) throw std::runtime_error("cannot open " + fifo);
  rig.Script("one-" + plan.id, Step1(others));
  rig.Script("two-" + plan.id, Step2(), "/bin/bash");
  before_ = testing::List({folder_});
}

Cargo::~Cargo() { close(gate_); }

std::string Cargo::Of(const std::string& what) const { return rig_.Folder(what + "-" + plan_.id); }

std::string Cargo::Document() const {
  if (plan_.work == Work::kIsRefused) return json{{"version", "1.0"}, {"steps", "none"}}.dump();
  const json protect = {{"protect", {{"files", {folder_}}}}};
  return rig::Rig::Document(
             {rig_.Step("one-" + plan_.id, {}, protect), rig_.Step("two-" + plan_.id, {}, protect)})
      .dump();
}

std::string Cargo::Step1(const std::vector<std::string>& others) const {
  std::string body = "echo ran >> " + Of("ran1") + "\nseen=" + Of("seen") + "\n";
  for (const std::string& other : others) {
    if (other != plan_.id) {
      body += Look(other, rig_.Folder("device/" + other), rig_.Folder("daemon-" + other));
    }
  }
  body += "cd " + folder_ + " && echo '" + kNew +
          "' > app.conf && chmod 600 app.conf && rm current && echo two > app.d/two || exit 9\n";
  if (plan_.gate == 1) body += "read -r word < " + Of("gate") + "\n";
  return body + "exit 0";
}

std::string Cargo::Step2() const {
  std::string body = "echo ran >> " + Of("ran2") + "\ncd " + folder_ + "\n";
  if (plan_.work == Work::kStubborn) {
    // The daemon has nothing of the step's environment where control groups find it all the same.
    const std::string clean = rig_.has_cgroups() ? "env -i " : "";
    return "trap '' TERM\n" + body + "rm -r app.d; echo 'half written' > app.conf\n" +  //
           "setsid " + clean + "bash -c 'trap \"\" TERM; exec -a \"$0-daemon\" sleep 1000' " + rig_.mark() +
           " </dev/null >/dev/null 2>&1 &\n" +  //
           "echo $! > " + Of("daemon") + "\nwhile :; do read -r word < " + Of("gate") + "; done";
  }
  body += "rm app.d/one && echo done > done || exit 9\n";
  if (plan_.gate == 2) body += "read -r word < " + Of("gate") + "\n";
  return body + (plan_.work == Work::kFails ? "exit 3" : "exit 0");
}

std::size_t Cargo::Runs(int step) const {
  return rig::Lines(rig::ReadIfThere(Of("ran" + std::to_string(step)))).size();
}

void Cargo::OpenGate() {
  if (write(gate_, "go\n", 3) != 3) throw std::runtime_error("cannot open the gate of job " + plan_.id);
}

std::string Cargo::Difference() const { return testing::Diff(before_, testing::List({folder_})); }

std::string Cargo::Missing() const {
  std::string missing;
  const auto has = [&](const std::string& file, const std::string& content) {
    const std::string is = rig::ReadIfThere(folder_ + "/" + file);
    if (is != content) missing += file + " holds '" + is + "'\n";
  };
  has("app.conf", std::string(kNew) + "\n");
  has("app.d/two", "two\n");
  has("done", "done\n");
  for (const char* gone : {"current", "app.d/one"}) {
    struct stat found {};
    if (lstat((folder_ + "/" + gone).c_str(), &found) == 0) missing += std::string(gone) + " is there\n";
  }
  struct stat found {};
  const bool is_private =
      stat((folder_ + "/app.conf").c_str(), &found) == 0 && (found.st_mode & 07777) == 0600;
  if (!is_private) missing += "app.conf has not mode 600\n";
  return missing;
}

std::vector<Sighting> Cargo::Sightings() const {
  std::vector<Sighting> sightings;
  for (const std::string& line : rig::Lines(rig::ReadIfThere(Of("seen")))) {
    std::istringstream words(line);
    std::string job, files, daemon;
    words >> job >> files >> daemon;
    sightings.push_back({job, files != "same", daemon != "none"});
  }
  return sightings;
}

}  // namespace kedge::weather
