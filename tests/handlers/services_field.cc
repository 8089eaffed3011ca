#include "handlers/services_field.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFolders = {"/etc/systemd/system", "/run/systemd/system",
                                           "/etc/systemd/system.control", "/run/systemd/system.control",
                                           "/usr/local/lib/systemd/system"};

// Beneath what is in /etc, as a package's would be.
const std::string kLibrary = kFolders.back();

struct UnitFile {
  const char* name;
  const char* content;
};

// Short sleeps stand for work that takes its time; nothing waits for them but systemd.
const std::vector<UnitFile> kUnits = {
    {"t-base.service", "[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-app.service",
     "[Unit]\nRequires=t-base.service\nAfter=t-base.service\n[Service]\nExecStart=/bin/sleep infinity\n"
     "ExecReload=/bin/true\n[Install]\nWantedBy=multi-user.target\nAlias=t-alias.service\n"},
    {"t-user.service",
     "[Unit]\nBindsTo=t-app.service\nAfter=t-app.service\n[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-slow.service",
     "[Unit]\nWants=t-helper.service\nAfter=t-helper.service\n[Service]\nExecStartPre=/bin/sleep 0.3\n"
     "ExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 0.3\n[Install]\nWantedBy=t-new.target\n"},
    {"t-helper.service", "[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-stay.service", "[Service]\nRemainAfterExit=yes\nExecStart=/bin/sleep infinity\n"},
    {"t-once.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"},
    {"t-bad.service", "[Service]\nExecStart=/bin/false\n"},
    {"t-rival.service", "[Unit]\nConflicts=t-app.service\n[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-crash.service", "[Service]\nExecStart=/bin/sh -c 'sleep 0.3; echo out of cheese; exit 3'\n"},
    {"t-sock.socket", "[Socket]\nListenStream=/run/t-sock\n"},
    {"t-sock.service", "[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-tick.timer", "[Timer]\nOnActiveSec=10d\n"},
    {"t-tick.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"},
    {"t-at@.service", "[Service]\nExecStart=/bin/sleep infinity\n"},
    {"t-never.service", "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/sleep infinity\n"},
};

void WaitForJobs() {
  for (int tries = 0; tries < 3000; ++tries) {
    if (Systemctl({"list-jobs", "--no-legend"}).out.empty()) return;
  }
  throw std::runtime_error("systemd's queue does not get empty");
}

}  // namespace

Finished Systemctl(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"/usr/bin/systemctl", "--no-pager"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Run(argv);
}

void MustSystemctl(const std::vector<std::string>& arguments) {
  const Finished finished = Systemctl(arguments);
  if (finished.status == 0) return;
  std::string words;
  for (const std::string& argument : arguments) words += " " + argument;
  throw std::runtime_error("systemctl" + words + ": " + finished.err);
}

std::string Property(const std::string& unit, const std::string& property) {
  std::string value = Systemctl({"show", "--value", "--property=" + property, unit}).out;
  if (!value.empty()) value.pop_back();
  return value;
}

void WriteUnit(const std::string& name, const std::string& content) {
  WriteAll("/etc/systemd/system/" + name, content);
}

Fleet::Fleet() {
  Clear();
  for (const UnitFile& unit : kUnits) WriteUnit(unit.name, unit.content);
  fs::create_directories(kLibrary);
  WriteAll(kLibrary + "/t-lib.service", "[Service]\nExecStart=/bin/sleep infinity\n");
  fs::create_symlink("/dev/null", "/etc/systemd/system/t-off.service");
  MustSystemctl({"daemon-reload"});
  MustSystemctl({"start", "t-user", "t-stay", "t-once", "t-tick.timer", "t-at@a", "t-sock.socket", "t-lib"});
  MustSystemctl({"start", "t-sock.service"});
  FailAgain();
}

void Fleet::FailAgain() const {
  Systemctl({"start", "t-bad"});
  while (Property("t-bad", "ActiveState") != "failed") {
  }
}

Fleet::~Fleet() { Clear(); }

void Fleet::Clear() {
  Systemctl({"stop", "t-*.timer", "t-*.socket", "t-*.service", "t-*.target"});
  for (const std::string& folder : kFolders) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("t-")) {
        fs::remove_all(entry.path());
      } else if (name.ends_with(".wants") || name.ends_with(".requires")) {
        for (const auto& link : fs::directory_iterator(entry.path())) {
          if (link.path().filename().string().starts_with("t-")) fs::remove(link.path());
        }
      }
    }
  }
  Systemctl({"daemon-reload"});
  Systemctl({"reset-failed"});
}

std::vector<std::string> Fleet::names() const {
  std::vector<std::string> names = {"t-at@a.service", "t-off.service", "t-none.service", "t-alias.service",
                                    "t-lib.service"};
  for (const UnitFile& unit : kUnits) {
    if (const std::string name = unit.name; name.find('@') == std::string::npos) names.push_back(name);
  }
  return names;
}

std::string Fleet::Look() const {
  WaitForJobs();
  std::string text;
  for (const std::string& name : names()) {
    std::istringstream lines(
        Systemctl(
            {"show",
             "--property=Id,Names,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,"
             "NeedDaemonReload,WantedBy,RequiredBy,Environment,CPUWeight",
             name})
            .out);
    for (std::string line; std::getline(lines, line);) text += name + " " + line + "\n";
  }
  // Every other unit of the device that runs or has failed.
  for (const char* state : {"active", "failed"}) {
    std::istringstream lines(
        Systemctl({"list-units", "--all", "--plain", "--no-legend", std::string("--state=") + state}).out);
    for (std::string line; std::getline(lines, line);)
      text += std::string(state) + " " + line.substr(0, line.find(' ')) + "\n";
  }
  for (const auto& [path, listed] : List(kFolders)) {
    // The time of a folder that links are put into is not guarded.
    const bool is_shared = path.ends_with(".wants") || path.ends_with(".requires") ||
                           std::find(kFolders.begin(), kFolders.end(), path) != kFolders.end();
    text += path + " " + (is_shared ? "folder" : listed.facts + " " + listed.content) + "\n";
  }
  return text;
}

}  // namespace kedge::testing
