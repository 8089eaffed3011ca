// Drydock under the load of a fleet: many things with a queue each, all at once; and whether it lost or
// doubled anything, told from its history.
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "bench/bench.h"
#include "bench/fleet.h"
#include "bench/proc.h"
#include "rig/rig.h"

namespace kedge::bench {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatience{60};

const std::vector<Row> kRows = {
    {.key = "rate", .what = "executions completed a second", .unit = "/s", .decimals = 0},
    {.key = "p50", .what = "update -> accepted, median", .unit = "ms"},
    {.key = "p99", .what = "update -> accepted, 99 of 100", .unit = "ms"},
    {.key = "alone", .what = "update -> accepted, one thing alone, median", .unit = "ms", .decimals = 2},
    {.key = "create", .what = "to create the jobs", .unit = "s", .decimals = 2},
    {.key = "cpu", .what = "drydock's processor time an execution", .unit = "ms", .decimals = 2},
    {.key = "pss_idle", .what = "drydock's proportional memory before", .unit = "MB"},
    {.key = "pss", .what = "drydock's proportional memory after", .unit = "MB"},
    {.key = "executions", .what = "executions", .unit = "", .decimals = 0},
    {.key = "lost",
     .what = "updates without exactly one acceptance",
     .unit = "",
     .decimals = 0,
     .at_most = 0,
     .must = true},
    {.key = "doubled",
     .what = "updates that came or counted twice",
     .unit = "",
     .decimals = 0,
     .at_most = 0,
     .must = true},
    {.key = "stray",
     .what = "acceptances that a thing did not wait for",
     .unit = "",
     .decimals = 0,
     .at_most = 0,
     .must = true},
    {.key = "rejected", .what = "requests rejected", .unit = "", .decimals = 0, .at_most = 0, .must = true},
};

double Megabytes(int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

double Part(std::vector<int64_t> nanos, double part) {
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(nanos.size() - 1));
  std::nth_element(nanos.begin(), nanos.begin() + at, nanos.end());
  return static_cast<double>(nanos[static_cast<std::size_t>(at)]) / 1e6;
}

// Broker, drydock and things all have more connections than a process may have by default.
void AllowManyConnections() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void CreateThings(rig::Service& service, int things) {
  service.Must("POST", "/thing-groups/fleet", "{}");
  for (int i = 0; i < things; ++i) {
    const std::string name = Fleet::NameOf(i);
    service.Must("POST", "/things/" + name, "{}");
    service.Must("PUT", "/thing-groups/addThingToThingGroup",
                 json{{"thingGroupName", "fleet"}, {"thingName", name}}.dump());
  }
}

void CreateJobs(rig::Service& service, const std::string& prefix, const std::string& target, int jobs) {
  for (int i = 0; i < jobs; ++i) {
    service.Must("PUT", "/jobs/" + prefix + std::to_string(i),
                 json{{"targets", {"arn:aws:iot:us-east-1:000000000000:" + target}},
                      {"document", R"({"version":"1.0","steps":[]})"}}
                     .dump());
  }
}

// How often each update came in and was accepted, by topic and status: both must be exactly once.
struct Judgement {
  int64_t lost = 0;
  int64_t doubled = 0;
};

Judgement Judge(const std::string& history, int64_t executions) {
  std::map<std::string, int> came;
  std::map<std::string, int> accepted;
  std::ifstream file(history);
  for (std::string line; std::getline(file, line);) {
    const json entry = json::parse(line, nullptr, false);
    const std::string topic = entry.value("topic", "");
    if (topic.ends_with("/update") && entry["kind"] == "mqtt-in") {
      ++came[topic + json::parse(entry["payload"].get<std::string>()).value("status", "")];
    }
    if (topic.ends_with("/update/accepted") && entry["kind"] == "mqtt-out") ++accepted[topic];
  }
  Judgement judgement;
  for (const auto& [update, count] : came) judgement.doubled += count - 1;
  judgement.lost = 2 * executions - static_cast<int64_t>(came.size());  // IN_PROGRESS and SUCCEEDED of each
  int64_t answers = 0;
  for (const auto& [topic, count] : accepted) {
    answers += std::min(count, 2);
    judgement.doubled += std::max(count - 2, 0);
  }
  judgement.lost += 2 * executions - answers;
  return judgement;
}

void Run(const Options& options, Figures& figures) {
  AllowManyConnections();
  rig::Options setup;
  setup.start = false;
  setup.store = true;
  rig::Rig rig(setup);
  const pid_t drydock = rig.drydock().pid();
  const FleetBroker broker{rig.broker_port(), rig.Folder("pki/ca.pem"), rig.Folder("pki/drydock.pem"),
                           rig.Folder("pki/drydock.key")};
  CreateThings(rig.service(), options.things);
  {
    Fleet one(broker, 1);
    CreateJobs(rig.service(), "alone-", "thing/" + Fleet::NameOf(0), options.jobs);
    one.WorkOff(options.jobs, kPatience);
    figures.Add("alone", Part(one.tally().update_nanos, 0.5));
  }
  Say("  connecting " + std::to_string(options.things) + " things");
  Fleet fleet(broker, options.things);
  figures.Add("pss_idle", Megabytes(MemoryOf(drydock).proportional));
  const int64_t before = MonotonicNanos();
  CreateJobs(rig.service(), "job-", "thinggroup/fleet", options.jobs);
  const int64_t begun = MonotonicNanos();
  const double cpu_before = CpuOf(drydock).own;
  const int64_t executions = int64_t{options.things} * options.jobs;
  fleet.WorkOff(executions, kPatience);
  const int64_t done = MonotonicNanos();

  const auto seconds = [](int64_t nanos) { return static_cast<double>(nanos) / 1e9; };
  figures.Add("create", seconds(begun - before));
  figures.Add("rate", static_cast<double>(executions) / seconds(done - begun));
  figures.Add("cpu", 1e3 * (CpuOf(drydock).own - cpu_before) / static_cast<double>(executions));
  const std::vector<int64_t> update_nanos = fleet.tally().update_nanos;
  figures.Add("p50", Part(update_nanos, 0.5));
  figures.Add("p99", Part(update_nanos, 0.99));
  figures.Add("pss", Megabytes(MemoryOf(drydock).proportional));
  figures.Add("executions", static_cast<double>(executions));
  rig.drydock().Stop();  // and so the history is whole
  figures.Add("rejected", static_cast<double>(fleet.tally().rejected));
  figures.Add("stray", static_cast<double>(fleet.tally().stray));
  const Judgement judgement = Judge(rig.Folder("history"), executions + options.jobs);
  figures.Add("lost", static_cast<double>(judgement.lost));
  figures.Add("doubled", static_cast<double>(judgement.doubled));
}

}  // namespace
}  // namespace kedge::bench

int main(int argc, char** argv) {
  using namespace kedge::bench;
  Bench bench;
  bench.name = "drydock";
  bench.help =
      "usage: drydock [--runs N] [--things N] [--jobs N] [--json]\n"
      "Simulated things work off their queues at drydock, all at once, over mutual TLS. Ends with 1 when an\n"
      "update was lost, doubled or refused.\n"
      "  --things N  how many, a connection each (1000)\n"
      "  --jobs N    jobs that each has in its queue (10)\n"
      "  --runs N    medians of so many (5)\n"
      "  --json      the figures as JSON\n";
  bench.options = {"--runs", "--things", "--jobs"};
  bench.defaults.jobs = 10;
  bench.rows = kRows;
  bench.run = Run;
  return Main(bench, argc, argv);
}
