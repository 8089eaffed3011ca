// What a job costs: in time, on the wire, on the disk, in processor time; and whether one ever hangs.
#include "bench/bench.h"
#include "bench/job_line.h"
#include "bench/job_measures.h"
#include "bench/observer.h"
#include "bench/proc.h"
#include "rig/rig.h"

namespace kedge::bench {
namespace {

const std::vector<Row> kRows = {
    {.key = "handler", .what = "notify-next -> handler's main", .unit = "ms", .decimals = 2, .client = 2.84},
    {.key = "command",
     .what = "notify-next -> a runCommand's main",
     .unit = "ms",
     .decimals = 2,
     .client = 4.76},
    {.key = "end",
     .what = "a no-op job, notify-next -> SUCCEEDED accepted",
     .unit = "ms",
     .decimals = 2,
     .at_most = 10,
     .client = 45.2},
    {.key = "to_asked", .what = "  to IN_PROGRESS sent", .unit = "ms", .decimals = 2},
    {.key = "to_accepted", .what = "  from there to accepted (the service)", .unit = "ms", .decimals = 2},
    {.key = "to_finished",
     .what = "  from there to SUCCEEDED sent (the handler too)",
     .unit = "ms",
     .decimals = 2},
    {.key = "to_done", .what = "  from there to accepted (the service)", .unit = "ms", .decimals = 2},
    {.key = "rate",
     .what = "no-op jobs a second, queued in a row",
     .unit = "/s",
     .at_least = 100,
     .client = 22.5},
    {.key = "cpu", .what = "processor time a job, both daemons", .unit = "ms", .decimals = 2, .client = 4},
    {.key = "cpu_kedged", .what = "  kedged", .unit = "ms", .decimals = 2},
    {.key = "cpu_link", .what = "  kedge-link", .unit = "ms", .decimals = 2},
    {.key = "cpu_children", .what = "  and the handlers, from fork on", .unit = "ms", .decimals = 2},
    {.key = "fsyncs", .what = "fsync and fdatasync a job", .unit = "", .client = 0},
    {.key = "fsyncs_command", .what = "  of a runCommand", .unit = ""},
    {.key = "disk", .what = "to disk a job, the log included", .unit = "KB", .client = 2.2},
    {.key = "written", .what = "  handed to write() by kedged", .unit = "KB"},
    {.key = "wire",
     .what = "on the wire a job, alone",
     .unit = "B",
     .decimals = 0,
     .at_most = 1200,
     .client = 1201},
    {.key = "wire_out", .what = "  out", .unit = "B", .decimals = 0, .client = 406},
    {.key = "wire_in", .what = "  in", .unit = "B", .decimals = 0, .client = 795},
    {.key = "connect",
     .what = "on the wire to connect and subscribe",
     .unit = "B",
     .decimals = 0,
     .client = 6950},
    {.key = "connect_out", .what = "  out", .unit = "B", .decimals = 0, .client = 2087},
    {.key = "connect_in", .what = "  in", .unit = "B", .decimals = 0, .client = 4863},
    {.key = "pss", .what = "proportional memory of both after the queue", .unit = "MB"},
};

const std::vector<Row> kHangRows = {
    {.key = "count", .what = "no-op jobs, one after another", .unit = "", .decimals = 0},
    {.key = "hangs", .what = "jobs that did not end in 10 s", .unit = "", .decimals = 0, .at_most = 0},
    {.key = "rate", .what = "jobs a second", .unit = "/s"},
    {.key = "pss", .what = "proportional memory of both at the end", .unit = "MB"},
};

rig::Options Setup() {
  rig::Options setup;
  setup.config = kConfig;
  setup.impatient = false;
  setup.rsa = true;
  return setup;
}

void Run(const Options& options, Figures& figures) {
  const rig::Options setup = Setup();
  rig::Rig rig(setup);
  Observer observer(rig, setup.thing);
  JobLine line(rig, observer);
  line.Done(line.Create(line.HandlerDocument()));  // the first is not like the others
  MeasureAlone(rig, line, figures);
  MeasureQueue(rig, line, options.jobs, figures);
  MeasureSyncs(rig, line, line.HandlerDocument(), "fsyncs", figures);
  MeasureSyncs(rig, line, line.CommandDocument(), "fsyncs_command", figures);
  MeasureWire(rig, observer, line, figures);
}

void CountHangs(const Options& options, Figures& figures) {
  const rig::Options setup = Setup();
  rig::Rig rig(setup);
  Observer observer(rig, setup.thing);
  JobLine line(rig, observer);
  const rig::json document = line.HandlerDocument();
  int hangs = 0;
  const int64_t began = MonotonicNanos();
  for (int i = 1; i <= options.hangs; ++i) {
    const std::string job = line.Create(document);
    if (observer.WaitDone(job, kPatience).done == 0) {
      ++hangs;
      Say(job + " hangs\n" + rig.Logs());
      rig.kedged().Kill();
      rig.link().Kill();
      rig.service().CancelExecution(job, {.force = true});
      rig.StartAgent();
    }
    if (i % 500 == 0) Say("jobs: " + std::to_string(i) + " done, " + std::to_string(hangs) + " hung");
  }
  figures.Add("count", options.hangs);
  figures.Add("hangs", hangs);
  figures.Add("rate", options.hangs / (static_cast<double>(MonotonicNanos() - began) / 1e9));
  figures.Add("pss", ProportionalMegabytes(rig));
}

}  // namespace
}  // namespace kedge::bench

int main(int argc, char** argv) {
  kedge::bench::Bench bench;
  bench.name = "jobs";
  bench.help =
      "Usage: jobs [--runs N] [--jobs N] [--json]\n"
      "       jobs --hangs N [--json]\n"
      "\n"
      "What a job that does nothing costs, and whether one ever hangs. See README.md.\n"
      "\n"
      "  --runs N    medians of N runs (5)\n"
      "  --jobs N    queue N jobs in a row for the rate (200)\n"
      "  --hangs N   run N jobs one after another instead, and count those that do not end in 10 s\n"
      "  --json      all values of all runs, for a program\n";
  bench.options = {"--runs", "--jobs", "--hangs"};
  bench.rows = kedge::bench::kRows;
  bench.run = kedge::bench::Run;
  bench.hang_rows = kedge::bench::kHangRows;
  bench.hangs = kedge::bench::CountHangs;
  return kedge::bench::Main(bench, argc, argv);
}
