#include "commands/bundle.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "commands/config_lines.h"
#include "core/ending.h"
#include "doctor/doctor.h"
#include "operator/history_report.h"
#include "report/redact.h"
#include "setup/runner.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::commands {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kHistoryLines = 200;
constexpr char kLogLines[] = "2000";
constexpr std::chrono::seconds kLimit{20};  // for each program
constexpr size_t kMaxFile = 16 << 20;       // of the device's files, and of the whole

struct Part {
  std::string name;  // of the file
  std::string what;  // in a line
  std::string text;
};

std::string Stamp(int64_t wall) {
  const time_t seconds = static_cast<time_t>(wall / 1000);
  tm broken{};
  char text[32];
  if (localtime_r(&seconds, &broken) == nullptr) return std::to_string(seconds);
  return {text, std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &broken)};
}

// "$ uname -a", what it printed, and how it ended if that was not well.
std::string Ran(const std::vector<std::string>& argv) {
  std::string text = "$";
  for (const std::string& word : argv) text += " " + word;
  text += "\n";
  setup::Interrupt interrupt;
  const auto ran = setup::RunProgram(argv, "", {}, kLimit, interrupt);
  if (!ran) return text + "(" + ran.error().message + ")\n\n";
  text += ran->out + ran->err;
  if (!ran->succeeded) text += "(" + ran->how + ")\n";
  return text + "\n";
}

std::string Content(const std::string& path) {
  const auto text = sys::ReadFile(path, kMaxFile);
  return "# " + path + "\n" + (text ? *text : "(" + text.error().message + ")\n") + "\n";
}

std::string OrWhyNot(const Result<std::string>& text) {
  return text ? *text : "(" + text.error().message + ")\n";
}

class Bundle {
 public:
  Bundle(const Device& device, const BundleOptions& options) : device_(device), options_(options) {}

  std::vector<Part> Collect() {
    Add("doctor.txt", "what kedge doctor finds", Doctor());
    Add("status.json", "what the agent does, or its journal says", OrWhyNot(device_.Status()) + "\n");
    Configuration();
    History();
    Add("log.txt", "the newest lines of kedged and kedge-link in systemd's journal",
        Ran({"journalctl", "--no-pager", "--quiet", "-o", "short-iso", "-n", kLogLines, "-u", "kedged", "-u",
             "kedge-link"}));
    Add("system.txt", "the machine: release, kernel, room, control groups, units, packages", System());
    return std::move(parts_);
  }

 private:
  void Add(const std::string& name, const std::string& what, const std::string& text) {
    parts_.push_back({name, what, report::WithoutSecrets(text)});
  }

  std::string Doctor() const {
    std::string text;
    std::vector<std::string> words;
    if (!device_.config().file.empty()) words = {"--config", device_.config().file};
    if (options_.offline) words.emplace_back("--offline");
    const auto add = [&text](const std::string& more) { text += more; };
    doctor::Doctor(words, {.out = add,
                           .err = [&add](const std::string& why) { add("(" + why + ")\n"); },
                           .status = StatusOfAgent});
    return text;
  }

  void Configuration() {
    const std::string file = device_.config().file.empty() ? kConfigFile : device_.config().file;
    const auto text = sys::ReadFile(file, kMaxFile);
    Add("kedge.yaml", "the configuration as it is written",
        text ? *text : "# " + text.error().message + "\n");
    const auto values = DescribeConfig(device_.config(), text ? *text : "");
    Add("config.txt", "every value and where it comes from",
        values ? ConfigLines(*values, file, {}) : "(" + values.error().message + ")\n");
  }

  void History() {
    const auto history = device_.OpenJournal();
    if (!history) return Add("history.txt", "the jobs", "(" + history.error().message + ")\n");
    const auto executions = (*history)->Executions({.limit = kHistoryLines});
    if (!executions) return Add("history.txt", "the jobs", "(" + executions.error().message + ")\n");
    Add("history.txt", "the jobs, newest first", op::HistoryText(*executions, {}));
    for (size_t i = 0; i < executions->size() && i < options_.jobs; ++i) Job(**history, (*executions)[i]);
  }

  void Job(store::HistoryReader& history, const PastExecution& execution) {
    const std::string name = execution.id.job.value + "-" + std::to_string(execution.id.number);
    auto entries = history.Entries(execution.id);
    const std::string what = "its document and what became of it" +
                             std::string(options_.with_output ? ", and what its steps printed" : "");
    if (!entries) return Add("jobs/" + name + ".json", what, "(" + entries.error().message + ")\n");
    if (!options_.with_output) {
      for (HistoryEntry& entry : *entries) entry.detail = WithoutOutput(entry.detail);
    }
    Add("jobs/" + name + ".json", what, op::ShowJson(execution, *entries));
  }

  static std::string WithoutOutput(const std::string& detail) {
    Json json = Json::parse(detail, nullptr, false);
    if (!json.is_object()) return detail;
    for (const char* stream : {"stdout", "stderr"}) json.erase(stream);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  static std::string System() {
    std::string text = Content("/etc/os-release");
    for (const std::vector<std::string>& argv : std::vector<std::vector<std::string>>{
             {"uname", "-a"},
             {"uptime"},
             {"df", "-h"},
             {"df", "-i"},
             {"systemctl", "--no-pager", "--full", "status", "kedged", "kedge-link"},
             {"dpkg-query", "-W", "kedge*", "libpaho-mqtt*", "libssl3*", "libsqlite3-0", "libsystemd0"}}) {
      text += Ran(argv);
    }
    for (const char* file :
         {"/proc/meminfo", "/proc/cmdline", "/proc/self/cgroup", "/sys/fs/cgroup/cgroup.controllers"}) {
      text += Content(file);
    }
    return text;
  }

  const Device& device_;
  const BundleOptions& options_;
  std::vector<Part> parts_;
};

std::string ReadMe(const std::vector<Part>& parts, const std::string& name, const BundleOptions& options) {
  std::string text =
      name + "\n\nMade by kedge " + KEDGE_VERSION + " at " + Stamp(sys::WallMillis()) + ".\n\n";
  for (const Part& part : parts)
    text += part.name + ": " + part.what + ", " + SizeInWords(static_cast<int64_t>(part.text.size())) + "\n";
  text +=
      std::string("\nWhat is known to be a secret says ") + report::kLeftOut + ": " +
      "passwords, tokens and the like by their names, what URLs carry in front of '@' and behind '?', PEM.\n"
      "Keys and certificates are not in here. " +
      (options.with_output ? "What steps printed is, as asked for" : "What steps printed is not") +
      ".\nJob documents are: look through them before you send this.\n";
  return text;
}

// A folder of our own for as long as this lives.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "kedge-report-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    if (!path_.empty()) (void)sys::RemoveTree(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The parts beneath a folder `name`, packed.
Result<std::string> Pack(const std::vector<Part>& parts, const std::string& name) {
  const Scratch scratch;
  if (scratch.path().empty()) return Unexpected{ErrorKind::kIo, "no temporary folder can be made"};
  for (const Part& part : parts) {
    const std::filesystem::path file = std::filesystem::path(scratch.path()) / name / part.name;
    if (auto made = sys::MakeDirs(file.parent_path().string(), 0700); !made) return Unexpected(made.error());
    if (auto written = sys::WriteFileAtomic(file.string(), part.text, 0600); !written)
      return Unexpected(written.error());
  }
  const std::string packed = scratch.path() + "/packed";
  setup::Interrupt interrupt;
  const auto tar =
      setup::RunProgram({"tar", "-czf", packed, "-C", scratch.path(), "--", name}, "", {}, kLimit, interrupt);
  if (!tar) return Unexpected(tar.error());
  if (!tar->succeeded) return Unexpected{ErrorKind::kIo, "tar: " + tar->how + ": " + tar->err};
  return sys::ReadFile(packed, std::numeric_limits<int32_t>::max());
}

int Tell(const Device& device, const std::string& file, size_t bytes, const std::vector<Part>& parts) {
  if (device.json()) {
    Json json{{"file", file}, {"bytes", bytes}, {"parts", Json::array()}};
    for (const Part& part : parts) json["parts"].push_back(part.name);
    return Print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  return Print(op::SafeLine(file) + ": " + std::to_string(parts.size()) + " files, " +
               SizeInWords(static_cast<int64_t>(bytes)) + "\nLook through it before you send it:\n  tar -xzf " +
               op::SafeLine(file) + "\n");
}

}  // namespace

int MakeBundle(const Device& device, const BundleOptions& options) {
  const std::string& thing = device.config().thing;
  std::string name = "kedge-report-" + (thing.empty() ? "" : thing + "-") + Stamp(sys::WallMillis());
  std::replace(name.begin(), name.end(), ':', '_');  // tar takes what is before it for a host
  if (isatty(STDERR_FILENO) == 1)
    std::fputs("kedge: looking at the device; without a network this takes a minute or two\n", stderr);
  std::vector<Part> parts = Bundle(device, options).Collect();
  parts.insert(parts.begin(), {"README.txt", "", ReadMe(parts, name, options)});
  const auto packed = Pack(parts, name);
  if (!packed) return Fail("cannot make the report: " + packed.error().message);
  if (options.output == "-") return Print(*packed);
  const std::string file = options.output.empty() ? name + ".tar.gz" : options.output;
  if (const auto written = sys::WriteFileAtomic(file, *packed, 0600); !written)
    return Fail("cannot write the report: " + written.error().message);
  return Tell(device, file, packed->size(), parts);
}

}  // namespace kedge::commands
