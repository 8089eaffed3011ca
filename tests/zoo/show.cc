#include "show.h"

#include <doctest/doctest.h>

#include <cinttypes>
#include <cstdio>

#include "gauge.h"

namespace kedge::zoo {
namespace {

constexpr int64_t kMayGrow = 1 << 20;

std::string Joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    const size_t slash = word.rfind('/');  // of a path the end tells enough
    line += (line.empty() ? "" : " ") + (slash == std::string::npos ? word : word.substr(slash + 1));
  }
  return line;
}

Report ShowOnce(Keeper& keeper, const Act& act, const std::vector<std::string>& words, size_t settles) {
  static int number = 0;
  const Cage cage;
  const std::string name = words[0] + "-" + std::to_string(++number);
  auto spec = keeper.Spec(name, cage, words);
  if (act.tune) act.tune(spec);
  keeper.Start(spec);
  if (settles > 0) {
    keeper.WaitSettled(name, cage, settles);
    if (!keeper.HasEnded(name)) keeper.Stop(name, act.grace);
  }
  return keeper.WaitForEnd(name);
}

}  // namespace

Report Show(Keeper& keeper, const Act& act) {
  const auto& before = act.words_before.empty() ? act.words : act.words_before;
  ShowOnce(keeper, act, before, act.settles_before > 0 ? act.settles_before : act.settles);
  const int descriptors = OpenDescriptors();
  keeper.BeginToWeigh();
  Report report = ShowOnce(keeper, act, act.words, act.settles);
  const int64_t growth = keeper.Growth();
  Row(Joined(act.words), keeper.kind(),
      NotHere(report) ? "not here: " + Text(report.output.out) : ToString(report.ending), report.took, growth,
      act.promise);
  INFO(Joined(act.words) << " by " << std::string(ToString(keeper.kind())));
  CheckContained(report);
  CHECK(OpenDescriptors() == descriptors);
  if (MemoryCounts()) CHECK(growth < kMayGrow);
  return report;
}

bool NotHere(const Report& report) { return report.ending == Ending(Exited{77}); }

std::string Text(const Capture& capture) { return capture.head + capture.tail; }

void Row(const std::string& animal, Kind kind, const std::string& what, int64_t took, int64_t growth,
         const std::string& promise) {
  static bool headed = false;
  if (!headed)
    std::printf("zoo | %-36s | %-7s | %8s | %8s | how it ended\n", "animal", "by", "ms", "KiB more");
  headed = true;
  std::string line = what;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  if (!promise.empty()) line += " [" + promise + "]";
  std::printf("zoo | %-36s | %-7s | %8" PRId64 " | %8" PRId64 " | %s\n", animal.c_str(), ToString(kind), took,
              growth / 1024, line.c_str());
  std::fflush(stdout);
}

void CheckContained(const Report& report) {
  CHECK(report.alive.empty());
  CHECK_FALSE(report.held);
  CHECK(OwnZombies() == 0);
  CHECK(report.usage.wall.count() >= 0);
  CHECK(report.output.out.head.size() + report.output.out.tail.size() <= 65536);
  CHECK(report.output.err.head.size() + report.output.err.tail.size() <= 65536);
}

}  // namespace kedge::zoo
