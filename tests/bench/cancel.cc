// What a forced cancel takes: until every process of the step is dead, until the files are as they were,
// until the verdict is told. And whether all of that is true, each time.
#include "bench/bench.h"
#include "bench/cancel_line.h"
#include "bench/cancel_observer.h"
#include "rig/rig.h"

namespace kedge::bench {
namespace {

constexpr const char* kNoGrace = "process: {grace: 0s}\n";
constexpr int kProgressEvery = 50;
constexpr int64_t kSlowMillis = 1000;  // the log of one that takes longer is worth a look
// The aims are for a step of so many processes, or fewer.
constexpr int kAimedAt = 100;
constexpr double kKillMillis = 100;
constexpr double kSafeMillis = 300;

std::vector<CancelKind> KindsOf(const Options& options, bool obeys) {
  std::vector<CancelKind> kinds;
  for (const int processes : options.processes) kinds.push_back({processes, obeys});
  return kinds;
}

std::string KeyOf(const CancelKind& kind) {
  return std::to_string(kind.processes) + (kind.obeys ? "_obey_" : "_ignore_");
}

std::string NameOf(const CancelKind& kind) {
  const std::string one = kind.obeys ? " process that ends on TERM" : " process that ignores TERM, grace 0";
  const std::string many =
      kind.obeys ? " processes that end on TERM" : " processes that ignore TERM, grace 0";
  return std::to_string(kind.processes) + (kind.processes == 1 ? one : many);
}

void AddRows(const CancelKind& kind, std::vector<Row>* rows) {
  const auto add = [&](const std::string& key, const std::string& what, std::optional<double> at_most) {
    if (kind.processes > kAimedAt) at_most.reset();
    rows->push_back({.key = KeyOf(kind) + key, .what = what, .unit = "ms", .at_most = at_most});
  };
  add("killed", NameOf(kind) + ": arrival -> all are dead", kKillMillis);
  add("known", "  of that, until the agent knows (the service's answer)", {});
  add("restored", "  -> the files are as they were", {});
  add("reported", "  -> verified, and the verdict sent to the service", kSafeMillis);
  add("published", "  -> the verdict published", kSafeMillis);
}

std::vector<Row> RowsFor(const Options& options) {
  std::vector<Row> rows;
  for (const bool obeys : {true, false}) {
    for (const CancelKind& kind : KindsOf(options, obeys)) AddRows(kind, &rows);
  }
  rows.push_back({.key = "call", .what = "the call of the service -> arrival, all of them", .unit = "ms"});
  rows.push_back({.key = "count", .what = "cancels, all of them", .unit = "", .decimals = 0});
  rows.push_back({.key = "wrong",
                  .what = "cancels that left something, or told something else",
                  .unit = "",
                  .decimals = 0,
                  .at_most = 0,
                  .must = true});
  return rows;
}

rig::Options Setup(const Options& options, bool obeys) {
  rig::Options setup;
  setup.config = std::string(kConfig) + (obeys ? "" : kNoGrace);
  setup.impatient = false;
  setup.rsa = true;
  setup.cgroups = !options.no_cgroups;
  return setup;
}

void Note(const CancelKind& kind, const Cancelled& done, Figures& figures) {
  const auto millis = [](int64_t from, int64_t to) { return static_cast<double>(to - from) / 1e6; };
  const auto add = [&](const std::string& key, int64_t at) {
    if (at != 0) figures.Add(KeyOf(kind) + key, millis(done.told.arrived, at));
  };
  add("killed", done.seen.gone);
  add("known", done.told.answered);
  add("restored", done.seen.restored);
  add("reported", done.told.reported);
  add("published", done.told.published);
  figures.Add("call", millis(done.called, done.told.arrived));
}

void SayWhatIsStrange(const CancelKind& kind, int number, const Cancelled& done, const rig::Rig& rig) {
  const std::string which = NameOf(kind) + ", cancel " + std::to_string(number) + ": ";
  for (const std::string& what : done.wrong) Say(which + what);
  const int64_t millis = (done.told.published - done.called) / 1'000'000;
  if (millis > kSlowMillis) Say(which + "took " + std::to_string(millis) + " ms\n" + rig.Logs());
}

// How many were wrong.
int MeasureKind(const rig::Rig& rig, CancelLine& line, const CancelKind& kind, int cancels,
                Figures& figures) {
  int wrong = 0;
  for (int i = 1; i <= cancels; ++i) {
    const Cancelled done = line.Cancel(kind);
    if (done.told.arrived != 0) Note(kind, done, figures);
    if (!done.wrong.empty()) ++wrong;
    SayWhatIsStrange(kind, i, done, rig);
    if (i % kProgressEvery == 0) Say("cancel: " + NameOf(kind) + ": " + std::to_string(i) + " done");
  }
  return wrong;
}

void Run(const Options& options, Figures& figures) {
  int wrong = 0;
  int count = 0;
  for (const bool obeys : {true, false}) {
    const rig::Options setup = Setup(options, obeys);
    rig::Rig rig(setup);
    if (!options.no_cgroups && !rig.has_cgroups()) Say("cancel: no control groups of version 2 here");
    CancelObserver observer(rig, setup.thing);
    CancelLine line(rig, observer);
    line.Cancel({1, obeys});  // the first is not like the others
    for (const CancelKind& kind : KindsOf(options, obeys)) {
      wrong += MeasureKind(rig, line, kind, options.cancels, figures);
      count += options.cancels;
    }
  }
  figures.Add("count", count);
  figures.Add("wrong", wrong);
}

}  // namespace
}  // namespace kedge::bench

int main(int argc, char** argv) {
  kedge::bench::Bench bench;
  bench.name = "cancel";
  bench.help =
      "Usage: cancel [--cancels N] [--processes N,N,...] [--no-cgroups] [--json]\n"
      "\n"
      "What a forced cancel of a running step takes, with 10 protected files that the step has changed. See\n"
      "README.md. Ends with 1 when one left a process, a changed file or a wrong verdict.\n"
      "\n"
      "  --cancels N          cancel N times for each kind of step (200)\n"
      "  --processes N,N,...  the processes that a step has (1,100,1000)\n"
      "  --no-cgroups         have the agent do without control groups, and watch the processes instead\n"
      "  --json               all values, for a program\n";
  bench.options = {"--cancels", "--processes", "--no-cgroups"};
  bench.defaults.runs = 1;
  bench.columns = kedge::bench::Columns::kPercentiles;
  bench.rows_for = kedge::bench::RowsFor;
  bench.run = kedge::bench::Run;
  return kedge::bench::Main(bench, argc, argv);
}
