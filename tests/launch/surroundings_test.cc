// What a child finds around itself, whatever the agent has around itself; each by the witness's own eyes.
#include <doctest/doctest.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "kinds.h"
#include "rig/program.h"
#include "sys/files.h"

namespace kedge::launch {
namespace {

using process::Folder;
using process::OwnCgroupFolder;
using Words = std::vector<std::string>;

struct Report {
  std::map<std::string, std::string> agent;  // ending, descriptors, told
  std::map<std::string, std::string> child;  // "fd 0", "umask", ...
};

// "fd 0 /dev/null read" has a key of two words.
void AddLine(const std::string& line, std::map<std::string, std::string>* to) {
  const size_t end = line.find(' ', line.starts_with("fd ") ? 3 : 0);
  const std::string value = end == std::string::npos ? "" : line.substr(end + 1);
  CHECK_MESSAGE(to->emplace(line.substr(0, end), value).second, "twice: " << line);
}

Report Launch(const Programs& programs, Kind kind, bool cgroup, const Words& options) {
  const std::string path = programs.folder() / "report";
  Words argv{LAUNCHER, path};
  argv.push_back("stage=" + (programs.folder() / "stage"));
  if (kind != Kind::kCommand) argv.push_back("trust=" + programs.TrustedFolder(kind));
  if (cgroup) argv.push_back("cgroup=" + OwnCgroupFolder());
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back("--");
  for (const auto& word : programs.Argv(kind)) argv.push_back(word);
  const auto finished = rig::Run(argv, programs.folder().path());
  CHECK_MESSAGE(finished.status == 0, finished.err);
  const auto text = sys::ReadFile(path);
  REQUIRE(text);
  Report report;
  std::istringstream lines(*text);
  auto* to = &report.agent;
  for (std::string line; std::getline(lines, line);) {
    if (line == "out") {
      to = &report.child;
    } else {
      AddLine(line, to);
    }
  }
  return report;
}

std::string Joined(const Words& words) {
  std::string text;
  for (const auto& word : words) text += word + " ";
  return text;
}

// What every child has, whoever it is.
void CheckClean(const Report& report) {
  CHECK(report.agent.at("ending") == "exit status 0");
  std::istringstream descriptors(report.agent.at("descriptors"));
  int before = 0;
  int after = -1;
  descriptors >> before >> after;
  CHECK(before == after);
  CHECK(report.agent.at("told") == "progress=42%");
  CHECK_FALSE(report.agent.contains("left"));

  std::map<std::string, std::string> open;
  for (const auto& [key, value] : report.child) {
    if (key.starts_with("fd ")) open[key] = value;
  }
  CHECK(open == std::map<std::string, std::string>{{"fd 0", "/dev/null read"},
                                                   {"fd 1", "pipe write"},
                                                   {"fd 2", "pipe write"},
                                                   {"fd 3", "pipe write"}});
  CHECK(report.child.at("status") == "3");
  for (const std::string signals : {"SigBlk", "SigIgn", "SigCgt"}) {
    CAPTURE(signals);
    CHECK(report.child.at(signals) == "0000000000000000");
  }
  CHECK(report.child.at("umask") == "0077");
  CHECK(report.child.at("core") == "0 0");
  CHECK(report.child.at("session") == "own");
  CHECK(report.child.at("terminal") == "No such device or address");
}

void ForEach(const Words& options, const std::function<void(const Report&)>& check) {
  const Programs programs;
  for (const bool cgroup : process::CgroupOrNot()) {
    for (const Kind kind : kKinds) {
      CAPTURE(cgroup);
      CAPTURE(ToString(kind));
      CAPTURE(Joined(options));
      const auto report = Launch(programs, kind, cgroup, options);
      CheckClean(report);
      check(report);
    }
  }
}

void CheckUnderQuirks(const std::vector<Words>& quirks) {
  for (const Words& options : quirks) ForEach(options, [](const Report&) {});
}

TEST_CASE("descriptors: 0, 1, 2 and the one for progress, whichever of these the agent has closed") {
  CheckUnderQuirks(
      {{}, {"close=0"}, {"close=1", "close=2"}, {"close=0", "close=1", "close=2", "close=3", "close=4"}});
}

TEST_CASE("descriptors: none that a library of the agent forgot, low, high, or in place of a closed one") {
  CheckUnderQuirks({{"leak=3", "leak=4", "leak=100"},
                    {"close=0", "close=2", "leak=3"},
                    {"leak=0", "leak=1", "leak=2", "leak=3", "leak=1000"}});
}

TEST_CASE("signals: none of all 64 is blocked or ignored, though the agent was started with every one so") {
  CheckUnderQuirks({{"signals=ignored"}, {"signals=blocked"}, {"signals=ignored", "signals=blocked"}});
}

TEST_CASE("a terminal and core dumps of the agent's are none of the child's") {
  CheckUnderQuirks({{"terminal"}, {"core"}});
}

TEST_CASE("root's step: may gain privileges" * doctest::skip(geteuid() != 0)) {
  ForEach({}, [](const Report& report) {
    CHECK(report.child.at("Uid") == "0 0 0 0");
    CHECK(report.child.at("NoNewPrivs") == "0");
  });
}

TEST_CASE("another user's step: all of that user's groups, no capability, no way to gain any" *
          doctest::skip(geteuid() != 0)) {
  const Folder folder;
  auto groups = sys::ReadFile("/etc/group");
  REQUIRE(groups);
  const auto file =
      folder.Script("group", *groups + "kedge-a:x:54321:nobody\nkedge-b:x:54322:bin,nobody\n", 0644);
  // A step's user has to get at the handler's interpreter and what it executes.
  ForEach({"user=nobody", "group-file=" + file}, [](const Report& report) {
    CHECK(report.child.at("Uid") == "65534 65534 65534 65534");
    CHECK(report.child.at("Gid") == "65534 65534 65534 65534");
    CHECK(report.child.at("Groups") == "54321 54322 65534");
    CHECK(report.child.at("NoNewPrivs") == "1");
    for (const char* set : {"CapPrm", "CapEff", "CapAmb"}) CHECK(report.child.at(set) == "0000000000000000");
  });
}

TEST_CASE("the step of an agent that is not root: no way to gain privileges either" *
          doctest::skip(geteuid() != 0)) {
  const Programs programs;
  for (const Words& options : {Words{"be=65534"}, Words{"user=nobody", "be=65534"}}) {
    CAPTURE(Joined(options));
    const auto report = Launch(programs, Kind::kCommand, false, options);
    CheckClean(report);
    CHECK(report.child.at("Uid") == "65534 65534 65534 65534");
    CHECK(report.child.at("NoNewPrivs") == "1");
  }
  const auto report = Launch(programs, Kind::kCommand, false, {"user=daemon", "be=65534"});
  CHECK(report.agent.at("ending") == "could not start: setgroups for user daemon: Operation not permitted");
}

}  // namespace
}  // namespace kedge::launch
