// Does the agent give back what it takes? Thousands of jobs in one kedged and one kedge-link, counted before
// and after.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>

#include "bench/proc.h"
#include "soak/census.h"
#include "soak/mix.h"

namespace kedge::soak {
namespace {

constexpr int kEarly = 500;    // libraries are loaded, pools are filled
constexpr int kWarmUp = 1500;  // and the journal has reached its retention of 1000 executions

constexpr const char* kHelp =
    "Usage: soak [--jobs N]\n"
    "\n"
    "Runs N jobs (10000) through one kedged and one kedge-link and counts what they hold: at the beginning, "
    "after\n"
    "500 jobs, after 1500, at the end. Fails when the end is above the count after 1500. See README.md.\n";

struct Moment {
  int jobs = 0;
  std::vector<Count> counts;
};

void RunUpTo(Mix& mix, int* done, int jobs) {
  while (*done < jobs) {
    const int batch = std::min(Mix::kBatch, jobs - *done);
    mix.Run(batch);
    *done += batch;
    if (*done % 1000 == 0) std::fprintf(stderr, "soak: %d jobs\n", *done);
  }
}

Moment Look(rig::Rig& rig, int done) {
  rig.WaitUntil("rest", [&rig] { return rig.IsIdle() && rig.StepProcesses().empty(); });
  return {done, TakeCensus(rig)};
}

void Print(const std::vector<Moment>& moments) {
  std::printf("%-34s", "after so many jobs");
  for (const Moment& moment : moments) std::printf("%12d", moment.jobs);
  std::printf("\n");
  for (size_t row = 0; row < moments.front().counts.size(); ++row) {
    std::printf("%-34s", moments.front().counts[row].what.c_str());
    for (const Moment& moment : moments)
      std::printf("%12lld", static_cast<long long>(moment.counts[row].value));
    std::printf("\n");
  }
}

int Judge(const Moment& before, const Moment& after) {
  int excesses = 0;
  for (size_t row = 0; row < before.counts.size(); ++row) {
    const std::string excess = Excess(before.counts[row], after.counts[row], after.jobs - before.jobs);
    if (excess.empty()) continue;
    ++excesses;
    std::printf("NOT GIVEN BACK: %s\n", excess.c_str());
  }
  return excesses;
}

int Soak(int jobs) {
  rig::Rig rig;
  Mix mix(rig);
  const pid_t kedged = rig.kedged().pid();
  const pid_t link = rig.link().pid();
  const int64_t began = bench::MonotonicNanos();
  int done = 0;
  std::vector<Moment> moments;
  for (const int until : {0, kEarly, kWarmUp, jobs}) {
    RunUpTo(mix, &done, until);
    moments.push_back(Look(rig, done));
  }
  const double seconds = static_cast<double>(bench::MonotonicNanos() - began) / 1e9;
  Print(moments);
  std::printf("%d jobs in %.0f s:", done, seconds);
  for (const auto& [status, count] : mix.ended()) std::printf(" %d %s", count, status.c_str());
  std::printf("; memory may grow by %lld bytes\n%s\n", static_cast<long long>(MemoryBound(jobs - kWarmUp)),
              bench::MachineLine().c_str());
  if (rig.kedged().pid() != kedged || rig.link().pid() != link) {
    std::printf("NOT THE SAME PROCESSES as at the beginning\n");
    return 1;
  }
  return Judge(moments[moments.size() - 2], moments.back()) == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  int jobs = 10000;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--help") == 0 || std::strcmp(argv[i], "-h") == 0) {
      std::fputs(kHelp, stdout);
      return 0;
    }
    const char* number = i + 1 < argc ? argv[i + 1] : "";
    const char* end = number + std::strlen(number);
    if (std::strcmp(argv[i], "--jobs") != 0 || std::from_chars(number, end, jobs).ptr != end ||
        jobs <= kWarmUp) {
      std::fprintf(stderr, "%s\nN is more than %d.\n", kHelp, kWarmUp);
      return 2;
    }
    ++i;
  }
  try {
    return Soak(jobs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace kedge::soak

int main(int argc, char** argv) { return kedge::soak::Main(argc, argv); }
