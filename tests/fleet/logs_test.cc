// What the logs really hold: kedged with systemd's journal, the real journald in a mount namespace of its
// own, shipped by the real rsyslog and systemd-journal-upload with the files of config/fleet/logs.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <regex>
#include <set>
#include <vector>

#include "fleet/stage.h"

namespace kedge::fleet {
namespace {

using rig::Rig;

// The fields that FLEET.md's table names, KEDGE_... only, and the phases in its line about them.
std::set<std::string> NamedFields(const std::string& page) {
  std::set<std::string> names;
  static const std::regex kRow(R"(\n\| `(KEDGE_[A-Z_]+)` \|)");
  for (std::sregex_iterator row(page.begin(), page.end(), kRow), end; row != end; ++row) {
    names.insert((*row)[1]);
  }
  return names;
}

std::string RowOf(const std::string& page, const std::string& field) {
  const size_t at = page.find("\n| `" + field + "` |");
  return page.substr(at + 1, page.find('\n', at + 1) - at - 1);
}

std::vector<json> Objects(const std::string& text) {
  std::vector<json> objects;
  for (const std::string& line : rig::Lines(text)) {
    const json object = json::parse(line, nullptr, false);
    if (object.is_object()) objects.push_back(object);
  }
  return objects;
}

std::string Replaced(std::string text, const std::string& word, const std::string& by) {
  const size_t at = text.find(word);
  REQUIRE_MESSAGE(at != std::string::npos, word);
  return text.replace(at, word.size(), by);
}

// kedged, journald, rsyslog and journal-upload in one namespace, in which the places of the system's journal
// and configuration are folders of the test.
class Shipping {
 public:
  explicit Shipping(Rig& rig) : rig_(rig) {
    for (const char* name : {"journal", "rsyslog", "systemd", "systemd/journal-upload.conf.d"}) {
      std::filesystem::create_directory(rig.Folder(name));
    }
    const int syslog_port = rig::FreePort();
    const int upload_port = rig::FreePort();
    std::string rsyslog = Replaced(Shipped("fleet/logs/rsyslog.conf"), "logs.example.com", "127.0.0.1");
    rig::WriteFile(rig.Folder("kedge-rsyslog.conf"), Replaced(rsyslog, "6514", std::to_string(syslog_port)));
    rig::WriteFile(rig.Folder("rsyslog.conf"), "global(workDirectory=\"" + rig.Folder("rsyslog") + "\")\n" +
                                                   "include(file=\"" + rig.Folder("kedge-rsyslog.conf") +
                                                   "\")\n");
    rig::WriteFile(rig.Folder("systemd/journal-upload.conf.d/kedge.conf"),
                   Replaced(Shipped("fleet/logs/journal-upload.conf"), "https://logs.example.com:19532",
                            "http://127.0.0.1:" + std::to_string(upload_port)));
    collector_ = Start("collector", {"/usr/bin/python3", FLEET_COLLECTOR, std::to_string(syslog_port)});
    remote_ = Start("remote",
                    {"/lib/systemd/systemd-journal-remote", "--listen-http=" + std::to_string(upload_port),
                     "--split-mode=none", "--output=" + rig.Folder("remote.journal")});
    device_ = Start("device", {"/usr/bin/unshare", "--mount", "/bin/bash", FLEET_DEVICE, rig.Folder(""),
                               rig.kedged_argv()[0], rig.config_file()});
    rig.link().Start();
    rig.WaitForLink();
  }

  std::vector<json> Journal() const { return Query({"--directory", rig_.Folder("journal")}); }
  std::vector<json> Uploaded() const { return Query({"--file", rig_.Folder("remote.journal")}); }
  std::vector<json> Forwarded() const { return Objects(collector_->Log()); }

 private:
  std::unique_ptr<rig::Program> Start(const std::string& name, const std::vector<std::string>& argv) {
    auto program = std::make_unique<rig::Program>(
        rig::Launch{.name = name, .argv = argv, .log_folder = rig_.Folder("logs")});
    program->Start();
    return program;
  }
  std::vector<json> Query(std::vector<std::string> where) const {
    where.insert(where.begin(), {"/usr/bin/journalctl", "-q", "-o", "json"});
    where.insert(where.end(), {"KEDGE_JOB=app-7"});
    return Objects(rig::Run(where, rig_.Folder("scratch")).out);
  }

  Rig& rig_;
  std::unique_ptr<rig::Program> collector_;
  std::unique_ptr<rig::Program> remote_;
  std::unique_ptr<rig::Program> device_;
};

bool IsWhole(const std::vector<json>& lines) {
  return !lines.empty() && lines.back().value("KEDGE_PHASE", "") == "finishing";
}

TEST_CASE(
    "the fields in FLEET.md are those that the journal gets, and both ways of shipping bring them all") {
  REQUIRE_MESSAGE(geteuid() == 0, "needs root: the journal is mounted over the system's");
  Rig rig({.start = false});
  const Shipping shipping(rig);
  rig.Script("restart", "true");
  rig.service().CreateJob("app-7", rig.Document({rig.Step("restart"), rig.Step("restart")}));
  rig.WaitForStatus("app-7", "SUCCEEDED");
  rig.WaitUntil("all of it in the journal", [&] { return IsWhole(shipping.Journal()); });

  const std::string page = Shipped("FLEET.md");
  std::set<std::string> seen;
  std::set<std::string> phases;
  for (const json& line : shipping.Journal()) {
    CHECK(line["SYSLOG_IDENTIFIER"] == "kedged");
    for (const auto& [name, value] : line.items()) {
      if (name.starts_with("KEDGE_")) seen.insert(name);
    }
    phases.insert(line["KEDGE_PHASE"]);
  }
  CHECK(seen == NamedFields(page));
  CHECK(phases.size() >= 3);
  const std::string row = RowOf(page, "KEDGE_PHASE");
  for (const std::string& phase : phases)
    CHECK_MESSAGE(row.find('`' + phase + '`') != std::string::npos, phase);

  const std::vector<json> kept = shipping.Journal();
  const size_t count = kept.size();
  const auto forwarded = [&] {
    std::vector<json> lines;
    for (const json& line : shipping.Forwarded()) {
      if (line.value("KEDGE_JOB", "") == "app-7") lines.push_back(line);
    }
    return lines;
  };
  rig.WaitUntil("rsyslog's lines", [&] { return forwarded().size() >= count; });
  rig.WaitUntil("the upload", [&] { return shipping.Uploaded().size() >= count; });
  for (const std::vector<json>& shipped : {forwarded(), shipping.Uploaded()}) {
    REQUIRE(shipped.size() == count);
    for (size_t i = 0; i < count; ++i) {
      for (const char* name :
           {"MESSAGE", "PRIORITY", "KEDGE_JOB", "KEDGE_PHASE", "KEDGE_STEP", "KEDGE_STEP_NAME"}) {
        CHECK(shipped[i].value(name, "") == kept[i].value(name, ""));
      }
    }
  }
  // Only Kedge's lines go by rsyslog, and each has a time that collectors read.
  for (const json& line : shipping.Forwarded()) {
    CHECK(line["SYSLOG_IDENTIFIER"].get<std::string>().starts_with("kedge"));
    CHECK(line["time"].get<std::string>().find('T') == 10);
  }
}

}  // namespace
}  // namespace kedge::fleet
