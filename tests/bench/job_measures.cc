#include "bench/job_measures.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "bench/bench.h"
#include "bench/counting_proxy.h"
#include "bench/proc.h"
#include "rig/files.h"

namespace kedge::bench {
namespace {

constexpr int kAlone = 20;   // jobs one after another, each when the device is at rest
constexpr int kTraced = 50;  // jobs under strace
constexpr int kOnWire = 10;  // jobs through the proxy
constexpr const char* kStrace = "/usr/bin/strace";

double Millis(int64_t from, int64_t to) { return static_cast<double>(to - from) / 1e6; }

int64_t MarkedTime(const std::string& marker) {
  const std::string text = rig::ReadIfThere(marker);
  int64_t at = 0;
  std::from_chars(text.data(), text.data() + text.size(), at);
  return at;
}

double SyncsIn(const std::string& trace) {
  double count = 0;
  for (const std::string& line : rig::Lines(rig::ReadIfThere(trace))) {
    if (line.find("sync(") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

double ProportionalMegabytes(rig::Rig& rig) {
  return static_cast<double>(MemoryOf(rig.kedged().pid()).proportional +
                             MemoryOf(rig.link().pid()).proportional) /
         1e6;
}

void MeasureAlone(rig::Rig& rig, JobLine& line, Figures& figures) {
  const std::string marker = rig.Folder("scratch/began");
  std::map<std::string, std::vector<double>> values;
  for (int i = 0; i < kAlone; ++i) {
    const Trip trip = line.Done(line.Create(line.HandlerDocument(marker)));
    values["handler"].push_back(Millis(trip.offered, MarkedTime(marker)));
    values["end"].push_back(Millis(trip.offered, trip.done));
    values["to_asked"].push_back(Millis(trip.offered, trip.asked));
    values["to_accepted"].push_back(Millis(trip.asked, trip.accepted));
    values["to_finished"].push_back(Millis(trip.accepted, trip.finished));
    values["to_done"].push_back(Millis(trip.finished, trip.done));
    const Trip command = line.Done(line.Create(line.CommandDocument(marker)));
    values["command"].push_back(Millis(command.offered, MarkedTime(marker)));
  }
  for (const auto& [key, all] : values) figures.Add(key, Median(all));
}

void MeasureQueue(rig::Rig& rig, JobLine& line, int count, Figures& figures) {
  const auto jobs = line.Queue(count, line.HandlerDocument(), rig.kedged());
  const pid_t kedged = rig.kedged().pid();
  const pid_t link = rig.link().pid();
  const Trip first = line.Done(jobs.front());
  // From here on, so that the start is not in it.
  const Cpu kedged_before = CpuOf(kedged);
  const Cpu link_before = CpuOf(link);
  const Written written_before = WrittenBy(kedged);
  const Written link_written_before = WrittenBy(link);
  for (const std::string& job : jobs) line.Done(job);
  const Trip last = line.Done(jobs.back());
  const Cpu kedged_after = CpuOf(kedged);
  const Cpu link_after = CpuOf(link);
  const Written written = WrittenBy(kedged);
  const Written link_written = WrittenBy(link);

  const double counted = std::max(1, count - 1);
  figures.Add("rate", count / (Millis(first.offered, last.done) / 1000));
  const double kedged_cpu = (kedged_after.own - kedged_before.own) * 1000 / counted;
  const double link_cpu = (link_after.own - link_before.own) * 1000 / counted;
  figures.Add("cpu", kedged_cpu + link_cpu);
  figures.Add("cpu_kedged", kedged_cpu);
  figures.Add("cpu_link", link_cpu);
  figures.Add("cpu_children", (kedged_after.children - kedged_before.children) * 1000 / counted);
  const int64_t disk =
      written.to_disk - written_before.to_disk + link_written.to_disk - link_written_before.to_disk;
  figures.Add("disk", static_cast<double>(disk) / 1000 / counted);
  figures.Add("written",
              static_cast<double>(written.by_programs - written_before.by_programs) / 1000 / counted);
  figures.Add("pss", ProportionalMegabytes(rig));
}

void MeasureSyncs(rig::Rig& rig, JobLine& line, const rig::json& document, const std::string& key,
                  Figures& figures) {
  if (!rig::Exists(kStrace)) return Say("no strace here: fsyncs are not counted");
  const std::string trace = rig.Folder("scratch/" + key);
  // -D: the process that is started is kedged itself and strace its grandchild, so that it is ended like
  // kedged.
  std::vector<std::string> argv = {kStrace, "-D", "-f", "-e", "trace=fsync,fdatasync", "-o", trace};
  for (const std::string& word : rig.kedged_argv()) argv.push_back(word);
  rig::Program traced({.name = "traced", .argv = argv, .log_folder = rig.Folder("logs")});
  const auto jobs = line.Queue(kTraced, document, traced);
  line.Done(jobs.front());
  const double before = SyncsIn(trace);
  for (const std::string& job : jobs) line.Done(job);
  figures.Add(key, (SyncsIn(trace) - before) / (kTraced - 1));
  traced.Stop();
  rig.link().Stop();
}

// The first question is put off, so that what the device says first, the state topic, stands alone; the jobs
// come by notify-next, each when all that belongs to the last one has passed.
void MeasureWire(rig::Rig& rig, Observer& observer, JobLine& line, Figures& figures) {
  CountingProxy proxy(rig.broker_port());
  rig.kedged().Stop();
  rig.link().Stop();
  rig.Configure("service: {connect_spread: 1h}\nbroker: {port: " + std::to_string(proxy.port()) + "}\n");
  observer.ForgetDevice();
  rig.kedged().Start();
  rig.link().Start();
  observer.WaitForDevice(kPatience);
  const Traffic connected = proxy.BeforeLastOut();
  figures.Add("connect", static_cast<double>(connected.out + connected.in));
  figures.Add("connect_out", static_cast<double>(connected.out));
  figures.Add("connect_in", static_cast<double>(connected.in));

  const auto run = [&] {
    const std::string job = line.Create(rig::Rig::Document({rig::Rig::CommandStep("true")}));
    line.Done(job);
    observer.WaitForState(job, kPatience);
  };
  run();
  const Traffic before = proxy.Counted();
  for (int i = 0; i < kOnWire; ++i) run();
  const Traffic after = proxy.Counted();
  const double out = static_cast<double>(after.out - before.out) / kOnWire;
  const double in = static_cast<double>(after.in - before.in) / kOnWire;
  figures.Add("wire", out + in);
  figures.Add("wire_out", out);
  figures.Add("wire_in", in);
  rig.kedged().Stop();
  rig.link().Stop();
}

}  // namespace kedge::bench
