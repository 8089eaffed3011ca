// weather: real programs under drydock's faults, one seed after the other; see README.md.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet.h"
#include "plan.h"

namespace kedge::weather {
namespace {

constexpr const char* kHelp =
    R"(usage: weather [--seeds N] [--first S] [-j J] [--keep FOLDER] [--plan] [--tell] [--verbose]

Runs mosquitto, drydock, kedged and kedge-link once for each seed, with the weather and the jobs that the seed
draws, and judges from drydock's history, the device's files and /proc whether Kedge's invariants hold.

  --seeds N      so many, one after the other (24)
  --first S      beginning with this one (1)
  -j J           so many at a time (2)
  --keep FOLDER  keep logs, journal, history and files of each violation in FOLDER/seed-S
  --plan         only print what the seeds draw
  --tell         the story of each seed, not only of violations
  --verbose      a line for each seed

Exit status: 0 all invariants held; 1 a violation, with its story on stdout; 2 wrong usage.
)";

struct Options {
  Campaign campaign;
  bool help = false;
  bool plan = false;
  bool verbose = false;
};

template <typename Number>
bool ReadNumber(const std::string& word, Number least, Number most, Number& number) {
  const char* end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && at == end && number >= least && number <= most;
}

std::optional<Options> Read(const std::vector<std::string>& words) {
  Options options;
  Campaign& campaign = options.campaign;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    bool good = true;
    if (word == "--help") {
      options.help = true;
    } else if (word == "--plan") {
      options.plan = true;
    } else if (word == "--tell") {
      campaign.telling.always = true;
    } else if (word == "--verbose") {
      options.verbose = true;
    } else {
      ++i;
      if (word == "--seeds") {
        good = ReadNumber(value, 1, 1'000'000, campaign.seeds);
      } else if (word == "--first") {
        good = ReadNumber(value, uint64_t{0}, uint64_t{1} << 62U, campaign.first);
      } else if (word == "-j") {
        good = ReadNumber(value, 1, 64, campaign.parallel);
      } else if (word == "--keep") {
        campaign.telling.keep = value;
        good = !value.empty();
      } else {
        good = false;
      }
    }
    if (!good) return std::nullopt;
  }
  return options;
}

class Summary {
 public:
  explicit Summary(const Options& options) : options_(options) {}

  void Take(const Arrival& arrival) {
    ++seeds_;
    seconds_ += arrival.seconds;
    if (arrival.seconds > slowest_.second) slowest_ = {arrival.seed, arrival.seconds};
    for (const auto& [what, count] : arrival.outcome.counts) counts_[what] += count;
    if (!arrival.outcome.story.empty()) Tell(arrival);
    if (options_.verbose) {
      std::printf("seed %llu: %.2f s, %zu violations\n", static_cast<unsigned long long>(arrival.seed),
                  arrival.seconds, arrival.outcome.violations.size());
    } else if (seeds_ % kReportEvery == 0) {
      std::printf("%d seeds, %d with violations, %.0f s\n", seeds_, bad_, Elapsed());
    }
    std::fflush(stdout);
  }

  void Print() const {
    for (const auto& [what, count] : counts_) std::printf("  %6d %s\n", count, what.c_str());
    std::printf(
        "%d seeds from %llu, %d with violations, in %.0f s; a seed takes %.2f s, the slowest (%llu) %.1f s\n",
        seeds_, static_cast<unsigned long long>(options_.campaign.first), bad_, Elapsed(), seconds_ / seeds_,
        static_cast<unsigned long long>(slowest_.first), slowest_.second);
  }

  bool good() const { return bad_ == 0; }

 private:
  static constexpr int kReportEvery = 50;

  void Tell(const Arrival& arrival) {
    const std::string seed = std::to_string(arrival.seed);
    const auto& violations = arrival.outcome.violations;
    if (!violations.empty()) ++bad_;
    std::cout << (violations.empty() ? "STORY" : "VIOLATION") << " of seed " << seed << "\n";
    for (const std::string& violation : violations) std::cout << "  " << violation << "\n";
    std::cout << "again: weather --first " << seed << " --seeds 1 --keep weather-story\n"
              << arrival.outcome.story << "END of seed " << seed << std::endl;
  }
  double Elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  const Options& options_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  int seeds_ = 0;
  int bad_ = 0;
  double seconds_ = 0;
  std::pair<uint64_t, double> slowest_;
  std::map<std::string, int> counts_;
};

int Main(const std::vector<std::string>& words) {
  const auto options = Read(words);
  if (!options) {
    std::cerr << kHelp;
    return 2;
  }
  if (options->help) {
    std::cout << kHelp;
    return 0;
  }
  const Campaign& campaign = options->campaign;
  if (options->plan) {
    for (int i = 0; i < campaign.seeds; ++i) {
      std::cout << ToString(Draw(campaign.first + static_cast<uint64_t>(i)));
    }
    return 0;
  }
  Summary summary(*options);
  SailAll(campaign, [&summary](const Arrival& arrival) { summary.Take(arrival); });
  summary.Print();
  return summary.good() ? 0 : 1;
}

}  // namespace
}  // namespace kedge::weather

int main(int argc, char** argv) {
  try {
    return kedge::weather::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "weather: " << error.what() << "\n";
    return 2;
  }
}
