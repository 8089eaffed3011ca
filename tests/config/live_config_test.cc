// A running agent comes to another configuration.
#include "live_config.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace kedge {
namespace {

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Bench {
 public:
  Bench() {
    char name[] = "/tmp/kedge-live-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    folder_ = name;
    Write("");
    auto config = LoadConfig(File());
    REQUIRE(config.has_value());
    live.emplace(*config);
  }
  ~Bench() { std::filesystem::remove_all(folder_); }
  std::string File() const { return folder_ + "/kedge.yaml"; }
  // `more`: beside what a daemon needs.
  void Write(const std::string& more) {
    std::ofstream(File()) << "thing: pi-1\nbroker: {endpoint: a.example}\n" << more;
  }
  const Config& now() const { return live->now(); }

  std::optional<LiveConfig> live;

 private:
  std::string folder_;
};

TEST_CASE("what has changed is taken over and named, and the object stays the same") {
  Bench bench;
  const Config* const before = &bench.now();
  bench.Write("jobs: {tries: 7, run_command: false}\nlog: {level: debug}\n");
  const auto answer = bench.live->Reload(false);
  CHECK(answer.accepted);
  CHECK(answer.text == "taken over: jobs.run_command, jobs.tries, log.level");
  CHECK(&bench.now() == before);
  CHECK(bench.now().policy.try_limit == 7);
  CHECK_FALSE(bench.now().jobs.run_command);
  CHECK(Has(bench.live->Reload(false).text, "in force already"));
}

TEST_CASE("under a running job nothing changes until it is over, and the newest counts") {
  Bench bench;
  bench.Write("jobs: {tries: 7}\n");
  const auto answer = bench.live->Reload(true);
  CHECK(answer.accepted);
  CHECK(Has(answer.text, "jobs.tries: taken over when the job that runs is over"));
  CHECK(bench.now().policy.try_limit == Policy{}.try_limit);
  bench.Write("jobs: {tries: 8}\n");
  CHECK(bench.live->Reload(true).accepted);
  CHECK(bench.live->AtRest() == "taken over: jobs.tries");
  CHECK(bench.now().policy.try_limit == 8);
  CHECK_FALSE(bench.live->AtRest().has_value());
}

TEST_CASE("a file that is as before again takes back what waited") {
  Bench bench;
  bench.Write("jobs: {tries: 7}\n");
  CHECK(bench.live->Reload(true).accepted);
  bench.Write("");
  CHECK(bench.live->Reload(true).accepted);
  CHECK_FALSE(bench.live->AtRest().has_value());
}

TEST_CASE("a mistake, or no file, is told and changes nothing") {
  Bench bench;
  bench.Write("jobs: {tries: many, reboots: 5}\nserivce: {}\n");
  const auto answer = bench.live->Reload(false);
  CHECK_FALSE(answer.accepted);
  CHECK(Has(answer.text, "kedge.yaml:3:"));
  CHECK(Has(answer.text, "kedge.yaml:4:1: unknown key 'serivce'"));
  CHECK(bench.now().policy.reboot_limit == Policy{}.reboot_limit);
  std::filesystem::remove(bench.File());
  CHECK_FALSE(bench.live->Reload(false).accepted);
  std::ofstream(bench.File()) << "thing: pi-1\n";
  CHECK(Has(bench.live->Reload(false).text, "broker.endpoint"));
}

TEST_CASE("what only a restart changes is named, and then nothing is taken over") {
  Bench bench;
  bench.Write("paths: {state: /srv/kedge}\nprocess: {cgroups: 'no'}\njobs: {tries: 7}\n");
  const auto answer = bench.live->Reload(false);
  CHECK_FALSE(answer.accepted);
  CHECK(Has(answer.text, "process.cgroups, paths.state"));
  CHECK(Has(answer.text, "systemctl restart kedged"));
  CHECK(bench.now().policy.try_limit == Policy{}.try_limit);
}

TEST_CASE("a change of the connection says who has to be restarted for it") {
  Bench bench;
  std::ofstream(bench.File()) << "thing: pi-1\nbroker: {endpoint: b.example}\n";
  const auto answer = bench.live->Reload(false);
  CHECK(answer.accepted);
  CHECK(answer.text == "taken over: broker.endpoint; for broker.*: systemctl restart kedge-link");
}

TEST_CASE("the keys that need a restart are keys of the file") {
  std::vector<std::string> found;
  for (const auto& [key, value] : PrintConfig(Config{})) {
    if (NeedsRestart(key)) found.push_back(key);
  }
  CHECK(found == std::vector<std::string>{"thing", "process.cgroups", "process.cgroup_folder",
                                          "process.output_file", "process.output_file_size",
                                          "process.output_files", "paths.state", "paths.run",
                                          "paths.handlers", "paths.allowed_handlers", "paths.guards",
                                          "link.user", "history.executions"});
}

}  // namespace
}  // namespace kedge
