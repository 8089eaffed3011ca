#include "doctor/scene.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "operator/status_report.h"
#include "rig/files.h"
#include "rig/settings.h"
#include "store/journal.h"

namespace kedge::doctor_test {
namespace {

namespace fs = std::filesystem;

constexpr char kGoodUnit[] =
    "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nResult="
    "success\nNRestarts=0\n"
    "WatchdogUSec=2min\nEnvironment=\n";
constexpr char kHandler[] = "#!/bin/sh\nexit 0\n";

// Not root's: the doctor becomes it where it may.
std::string LinkUser() {
  const passwd* entry = geteuid() == 0 ? getpwnam("daemon") : getpwuid(geteuid());
  if (entry == nullptr) throw std::runtime_error("no user to be kedge-link's");
  return entry->pw_name;
}

std::set<std::string> At(const json& report, const std::set<std::string>& levels) {
  std::set<std::string> ids;
  for (const json& line : report["checks"]) {
    if (levels.count(line["level"].get<std::string>()) != 0) ids.insert(line["id"].get<std::string>());
  }
  return ids;
}

}  // namespace

Scene::Scene(const Place& place) : place_(place) {
  for (const char* name : {"etc", "state", "run", "handlers/good", "guards", "bin", "proc", "cgroups",
                           "systemd", "units", "boot"})
    fs::create_directories(Folder(name));
  fs::permissions(Folder("handlers"), fs::perms(0755));
  for (const char* name : {"handlers/good/run", "handlers/good/rollback", "guards/files"})
    Script(name, kHandler);
  rig::WriteFile(Folder("proc/meminfo"), "MemTotal:        1000000 kB\nMemAvailable:     800000 kB\n");
  rig::WriteFile(Folder("cgroups/cgroup.controllers"), "cpuset cpu io memory pids\n");
  rig::WriteFile(Folder("boot/cmdline.txt"), "console=tty1 rootwait\n");
  for (const char* unit : {"kedged", "kedge-link"}) Unit(unit, "");
  ca_.WriteCertificate(Folder("etc/ca.pem"));
  Issue({});
  Configure("");
  auto journal = store::OpenJournal(Folder("state/journal.db"));
  if (!journal) throw std::runtime_error(journal.error().message);
  State started;
  started.boot_id = "a-boot";
  if (auto done = (*journal)->Commit(State{}, started, {}); !done)
    throw std::runtime_error(done.error().message);

  state.link_up = true;
  io.out = [this](const std::string& text) { out_ += text; };
  io.err = io.out;
  io.status = [this](const std::string&) -> Result<std::string> {
    if (!answers) return Unexpected{ErrorKind::kUnavailable, "nobody listens at the socket"};
    return op::StatusJson(state, {.thing = thing,
                                  .version = KEDGE_VERSION,
                                  .recovering = recovering,
                                  .agent_running = true,
                                  .notes = notes});
  };
  io.device.proc = Folder("proc");
  io.device.cgroups = Folder("cgroups");
  io.device.cmdlines = {Folder("boot/cmdline.txt")};
  io.device.grub = Folder("etc/grub");
  io.device.systemd = Folder("systemd");
  io.device.systemctl = Script("systemctl", "#!/bin/sh\ncat '" + Folder("units") + "'/\"$3\"\n");
  io.device.kedged = DOCTOR_KEDGED;
  io.device.kedge_link = DOCTOR_KEDGE_LINK;
  io.device.look_at_file_system = [](const char*, struct statvfs* found) {
    found->f_frsize = 4096;
    found->f_bavail = 2'400'000;
    found->f_files = found->f_favail = 700'000;
    return 0;
  };
  io.device.service_config = Folder("etc/kedge.yaml");
  io.device.clock_is_synchronised = [] { return true; };
  io.device.time_syncs = [](const std::string&) -> Result<std::vector<std::chrono::microseconds>> {
    return std::vector<std::chrono::microseconds>(15, std::chrono::microseconds(1500));
  };
}

std::string Scene::Base() const {
  const bool is_local = place_.port == 0;
  return "thing: " + thing +
         "\nbroker: {endpoint: localhost, port: " + std::to_string(is_local ? 8883 : place_.port) +
         ", ca: " + Folder("etc/ca.pem") + ", certificate: " + Folder("etc/certificate.pem") +
         ", key: " + Folder("etc/private.key") + "}\npaths: {state: " + Folder("state") +
         ", run: " + Folder("run") + ", handlers: " + Folder("handlers") + ", guards: " + Folder("guards") +
         "}\njobs: {reboot_command: [sh]}\n" + "process: {search_path: \"" + Folder("bin") +
         ":/usr/bin:/bin\"}\nlink: {user: " + LinkUser() + "}\n";
}

void Scene::Configure(const std::string& yaml) { WriteConfig(rig::Merged(Base(), yaml)); }
void Scene::WriteConfig(const std::string& text) { rig::WriteFile(Folder("etc/kedge.yaml"), text); }

void Scene::Unit(const std::string& name, const std::string& properties) {
  rig::WriteFile(Folder("units/" + name + ".service"), std::string(kGoodUnit) + properties);
}

void Scene::Issue(const link::Dates& dates) {
  if (place_.certificate.empty()) {
    ca_.Issue("pi-1", "", Folder("etc/certificate.pem"), Folder("etc/private.key"), dates);
  } else {
    rig::WriteFile(Folder("etc/ca.pem"), rig::ReadIfThere(place_.ca));
    rig::WriteFile(Folder("etc/certificate.pem"), rig::ReadIfThere(place_.certificate));
    rig::WriteFile(Folder("etc/private.key"), rig::ReadIfThere(place_.key));
  }
  Own("etc/certificate.pem", 0444);
  Own("etc/private.key", 0400);
}

void Scene::Own(const std::string& name, unsigned mode) {
  const passwd* user = getpwnam(LinkUser().c_str());
  const std::string path = Folder(name);
  if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0 || chmod(path.c_str(), mode) != 0)
    throw std::runtime_error("cannot give away " + path);
}

std::string Scene::Script(const std::string& name, const std::string& text, unsigned mode) {
  fs::create_directories(fs::path(Folder(name)).parent_path());
  rig::WriteFile(Folder(name), text, mode);
  chmod(Folder(name).c_str(), mode);  // whatever the umask is
  return Folder(name);
}

void Scene::Run(const Words& words) {
  out_.clear();
  Words arguments = words;
  if (place_.port == 0) arguments.push_back("--offline");
  status_ = doctor::Doctor(arguments, io);
}

json Scene::Look(const Words& more) {
  Words words = {"--json"};
  words.insert(words.end(), more.begin(), more.end());
  Run(words);
  json report = json::parse(out_, nullptr, false);
  if (!report.is_object()) throw std::runtime_error("no report: " + out_);
  return report;
}

std::string Scene::Text(const Words& more) {
  Run(more);
  return out_;
}

std::set<std::string> NotOk(const json& report) { return At(report, {"warning", "problem"}); }
std::set<std::string> Skipped(const json& report) { return At(report, {"skipped"}); }

json LineOf(const json& report, const std::string& id) {
  for (const json& line : report["checks"]) {
    if (line["id"] == id && line["level"] != "ok") return line;
  }
  return nullptr;
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string AsOnADevice(const Scene& scene, std::string text) {
  for (const auto& [ours, theirs] :
       std::vector<std::pair<std::string, std::string>>{{"etc", "/etc/kedge"},
                                                        {"state", "/var/lib/kedge"},
                                                        {"run", "/run/kedge"},
                                                        {"bin", "/usr/local/bin"},
                                                        {"boot", "/boot/firmware"},
                                                        {"guards", "/usr/lib/kedge/guards"},
                                                        {"handlers", "/usr/lib/kedge/handlers"}})
    Replace(text, scene.Folder(ours), theirs);
  return text;
}

bool Has(const json& text, const std::string& part) {
  return text.is_string() && text.get<std::string>().find(part) != std::string::npos;
}

}  // namespace kedge::doctor_test
