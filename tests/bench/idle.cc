// What the agent costs while nothing happens, and how soon it is there.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "bench/bench.h"
#include "bench/observer.h"
#include "bench/proc.h"
#include "bench/ready_signal.h"
#include "rig/rig.h"

namespace kedge::bench {
namespace {

constexpr double kMega = 1e6;
constexpr int kStarts = 9;
constexpr std::chrono::seconds kPatience{30};

const std::vector<Row> kRows = {
    {.key = "subscribed", .what = "start -> subscribed", .unit = "ms", .at_most = 80, .client = 131},
    {.key = "subscribed_slowest", .what = "  the slowest of them", .unit = "ms"},
    {.key = "together", .what = "  both at once, without a supervisor", .unit = "ms"},
    {.key = "first", .what = "  the first one on this device, which makes the journal", .unit = "ms"},
    {.key = "pss", .what = "proportional memory, both", .unit = "MB", .at_most = 8, .client = 9.9},
    {.key = "pss_kedged", .what = "  kedged", .unit = "MB"},
    {.key = "pss_link", .what = "  kedge-link", .unit = "MB"},
    {.key = "once", .what = "resident, both, a shared page counted once", .unit = "MB"},
    {.key = "rss", .what = "resident memory, both", .unit = "MB", .client = 12.5},
    {.key = "rss_kedged", .what = "  kedged", .unit = "MB"},
    {.key = "rss_link", .what = "  kedge-link", .unit = "MB"},
    {.key = "dirty", .what = "private dirty memory, both", .unit = "MB", .client = 3.1},
    {.key = "dirty_kedged", .what = "  kedged", .unit = "MB"},
    {.key = "dirty_link", .what = "  kedge-link", .unit = "MB"},
    {.key = "threads", .what = "threads, both", .unit = "", .decimals = 0, .client = 3},
    {.key = "threads_kedged", .what = "  kedged", .unit = "", .decimals = 0},
    {.key = "threads_link", .what = "  kedge-link", .unit = "", .decimals = 0},
    {.key = "fds", .what = "descriptors, both", .unit = "", .decimals = 0, .client = 8},
    {.key = "fds_kedged", .what = "  kedged", .unit = "", .decimals = 0},
    {.key = "fds_link", .what = "  kedge-link", .unit = "", .decimals = 0},
    {.key = "wakes",
     .what = "wake-ups beyond keep-alive, both",
     .unit = "/s",
     .decimals = 3,
     .at_most = 0.05,
     .client = 5.0},
    {.key = "wakes_kedged", .what = "  kedged", .unit = "/s", .decimals = 3},
    {.key = "wakes_link", .what = "  kedge-link", .unit = "/s", .decimals = 3},
};

enum class Order {
  kTogether,  // both are forked one right after the other
  kInTurn,    // kedge-link when kedged is ready, as the units say (Type=notify, After=)
};

// Until the broker passes on what the device says first after its last SUBACK.
double StartMillis(rig::Rig& rig, Observer& observer, ReadySignal& ready, Order order) {
  observer.ForgetDevice();
  ready.Forget();
  const int64_t began = MonotonicNanos();
  rig.kedged().Start();
  if (order == Order::kInTurn) ready.Wait();
  rig.link().Start();
  return static_cast<double>(observer.WaitForDevice(kPatience) - began) / 1e6;
}

void Stop(rig::Rig& rig) {
  rig.kedged().Stop();
  rig.link().Stop();
}

// The time that passes is what is measured here.
void LetPass(int seconds) {
  const timespec span{seconds, 0};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
}

void MeasureMemory(pid_t kedged, pid_t link, Figures& figures) {
  const Memory one = MemoryOf(kedged);
  const Memory other = MemoryOf(link);
  const auto add = [&](const std::string& key, int64_t Memory::*member) {
    figures.Add(key + "_kedged", static_cast<double>(one.*member) / kMega);
    figures.Add(key + "_link", static_cast<double>(other.*member) / kMega);
    figures.Add(key, static_cast<double>(one.*member + other.*member) / kMega);
  };
  add("rss", &Memory::resident);
  add("pss", &Memory::proportional);
  add("dirty", &Memory::private_dirty);
  if (const auto once = ResidentOnce({kedged, link})) figures.Add("once", static_cast<double>(*once) / kMega);
}

void MeasureCounts(pid_t kedged, pid_t link, Figures& figures) {
  const auto add = [&](const std::string& key, int one, int other) {
    figures.Add(key + "_kedged", one);
    figures.Add(key + "_link", other);
    figures.Add(key, one + other);
  };
  add("threads", ThreadsOf(kedged), ThreadsOf(link));
  add("fds", DescriptorsOf(kedged), DescriptorsOf(link));
}

void MeasureWakeUps(pid_t kedged, pid_t link, int seconds, Figures& figures) {
  const int64_t kedged_before = SwitchesOf(kedged);
  const int64_t link_before = SwitchesOf(link);
  const int64_t began = MonotonicNanos();
  LetPass(seconds);
  const double span = static_cast<double>(MonotonicNanos() - began) / 1e9;
  const double one = static_cast<double>(SwitchesOf(kedged) - kedged_before) / span;
  const double other = static_cast<double>(SwitchesOf(link) - link_before) / span;
  figures.Add("wakes_kedged", one);
  figures.Add("wakes_link", other);
  figures.Add("wakes", one + other);
}

void Run(const Options& options, Figures& figures) {
  rig::Options setup;
  // No keep-alive falls into the time that is measured.
  setup.config = std::string(kConfig) + "broker: {keep_alive: 1200s}\n";
  setup.impatient = false;
  setup.rsa = true;
  setup.start = false;
  rig::Rig rig(setup);
  {
    ReadySignal ready(rig.Folder("ready-signal"));
    Observer observer(rig, setup.thing);
    figures.Add("first", StartMillis(rig, observer, ready, Order::kInTurn));
    const auto measure = [&](const std::string& key, Order order) {
      std::vector<double> starts;
      for (int i = 0; i < kStarts; ++i) {
        Stop(rig);
        starts.push_back(StartMillis(rig, observer, ready, order));
      }
      figures.Add(key, Median(starts));
      figures.Add(key + "_slowest", *std::max_element(starts.begin(), starts.end()));
    };
    measure("together", Order::kTogether);
    measure("subscribed", Order::kInTurn);
  }
  const pid_t kedged = rig.kedged().pid();
  const pid_t link = rig.link().pid();
  LetPass(3);  // the state topic's delay
  MeasureWakeUps(kedged, link, options.seconds, figures);
  MeasureCounts(kedged, link, figures);
  // It uses the agent's libraries, and no device has one: its share of their pages is the agent's.
  rig.drydock().Kill();
  sync();  // a page of a program that was built just now is not yet on the disk, and counts as private dirty
  MeasureMemory(kedged, link, figures);
}

}  // namespace
}  // namespace kedge::bench

int main(int argc, char** argv) {
  kedge::bench::Bench bench;
  bench.name = "idle";
  bench.help =
      "Usage: idle [--runs N] [--seconds N] [--json]\n"
      "\n"
      "What kedged and kedge-link cost when idle, and how soon they are subscribed. See README.md.\n"
      "\n"
      "  --runs N      medians of N runs (5)\n"
      "  --seconds N   count wake-ups for N seconds in each run (30)\n"
      "  --json        all values of all runs, for a program\n";
  bench.options = {"--runs", "--seconds"};
  bench.rows = kedge::bench::kRows;
  bench.run = kedge::bench::Run;
  return kedge::bench::Main(bench, argc, argv);
}
