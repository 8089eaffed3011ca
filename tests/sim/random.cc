// sim_random: schedules made by chance, every fault at once. See README.md.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "sim/chance.h"
#include "sim/report.h"
#include "sim/sqlite_disk.h"

namespace kedge::sim {
namespace {

constexpr const char* kHelp =
    "usage: sim_random --seeds N [--first S] [-j JOBS] [--sqlite-every N]\n"
    "       sim_random --seed S [--faults FAULT...]     tells the story of one\n";
constexpr uint64_t kSqliteEvery = 16;
constexpr size_t kMostStories = 5;

struct Asked {
  uint64_t first = 1;
  uint64_t seeds = 0;
  uint64_t sqlite_every = kSqliteEvery;
  int workers = 2;
};

// Every so many-th seed runs on the real journal.
RandomCase Make(uint64_t seed, const Asked& asked) {
  RandomCase random = CaseOf(seed);
  if (asked.sqlite_every > 0 && seed % asked.sqlite_every == 0) random.c.open_disk = OpenSqliteDisk;
  return random;
}

void Explain(uint64_t seed, const Asked& asked) {
  const RandomCase random = Make(seed, asked);
  std::cout << "\nBROKEN\n";
  for (const std::string& line : RunCase(random.c)) std::cout << "  " << line << "\n";
  const std::string again = "sim_random --seed " + std::to_string(seed);
  std::cout << "again:  " << again << "    (" << ToString(random.c.faults) << ")\n";
  const Case least = Shrink(random.c);
  std::cout << "shrunk: " << again << " --faults " << ToString(least.faults) << "\n";
  for (const SimJob& job : least.scenario->jobs)
    std::cout << "job " << job.name << ": " << job.document << "\n";
  std::cout << "\n";
  PrintStory(least);
}

int RunMany(const Asked& asked) {
  std::atomic<uint64_t> next{0};
  std::atomic<int64_t> faults{0};
  std::mutex mutex;
  std::vector<uint64_t> failed;
  const auto began = std::chrono::steady_clock::now();
  const auto work = [&] {
    for (uint64_t i = next++; i < asked.seeds; i = next++) {
      const RandomCase random = Make(asked.first + i, asked);
      faults += static_cast<int64_t>(random.c.faults.size());
      const std::vector<std::string> broken = RunCase(random.c);
      if (broken.empty()) continue;
      const std::lock_guard<std::mutex> lock(mutex);
      failed.push_back(asked.first + i);
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(asked.first + i), broken[0].c_str());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < asked.workers; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%llu seeds from %llu, %lld faults, %.1f s, %zu broken\n",
              static_cast<unsigned long long>(asked.seeds), static_cast<unsigned long long>(asked.first),
              static_cast<long long>(faults), took, failed.size());
  for (size_t i = 0; i < failed.size() && i < kMostStories; ++i) Explain(failed[i], asked);
  return failed.empty() ? 0 : 1;
}

int TellOne(uint64_t seed, const Asked& asked, int argc, char** argv, int at) {
  RandomCase random = Make(seed, asked);
  if (at < argc) random.c.faults.clear();
  for (int i = at + 1; i < argc; ++i) {
    auto fault = FaultFrom(argv[i]);
    if (!fault) {
      std::cerr << fault.error().message << "\n";
      return 2;
    }
    random.c.faults.push_back(*fault);
  }
  for (const SimJob& job : random.scenario->jobs)
    std::cout << "job " << job.name << ": " << job.document << "\n";
  return PrintStory(random.c) ? 0 : 1;
}

int Main(int argc, char** argv) {
  Asked asked;
  uint64_t seed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--help") {
      std::cout << kHelp;
      return 0;
    }
    if (arg == "--faults" && seed > 0) return TellOne(seed, asked, argc, argv, i);
    if (i + 1 == argc) {
      std::cerr << kHelp;
      return 2;
    }
    const uint64_t value = std::strtoull(argv[++i], nullptr, 10);
    if (arg == "--seeds") {
      asked.seeds = value;
    } else if (arg == "--first") {
      asked.first = value;
    } else if (arg == "-j") {
      asked.workers = static_cast<int>(value);
    } else if (arg == "--sqlite-every") {
      asked.sqlite_every = value;
    } else if (arg == "--seed") {
      seed = value;
    } else {
      std::cerr << kHelp;
      return 2;
    }
  }
  if (seed > 0) return TellOne(seed, asked, argc, argv, argc);
  if (asked.seeds > 0) return RunMany(asked);
  std::cerr << kHelp;
  return 2;
}

}  // namespace
}  // namespace kedge::sim

int main(int argc, char** argv) { return kedge::sim::Main(argc, argv); }
