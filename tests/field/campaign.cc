// The campaign: every handler and guard on a real Debian device, again and again, each time called off or
// killed at another moment. Started by run.sh; see README.md.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "field/trial.h"

namespace kedge::field {
namespace {

constexpr const char* kHelp =
    R"(usage: run.sh BUILD field_campaign [--trials N] [--seed S] [--only NAME,...] [--group NAME] [--kinds cancelled,crashed,cut] [--list]

For each scenario one undisturbed job, then N jobs called off by force, N killed with their agent and N of which the device
loses power and boots again, each at a moment of its own, drawn from S, S+1, ...; judged by a census of the device before and after.

  --trials N   of each kind (50)
  --seed S     the first trial's (1); `--seed 17 --trials 1 --only X --kinds crashed` is that one again
  --only       these scenarios; --except: all but these; --group: those of files, packages, services or rest
  --list       the scenarios, and those of which this build has not all that they need

Exit status: 0 no violation; 1 at least one, with what differs and the agent's story on stdout, or a scenario that this build
cannot run; 2 wrong usage.
)";

struct Options {
  int trials = 50;
  uint64_t seed = 1;
  std::string group;
  std::set<std::string> only;
  std::set<std::string> except;
  std::set<std::string> kinds = {"cancelled", "crashed", "cut"};
  bool list = false;
  bool good = true;
};

std::set<std::string> Words(const std::string& text) {
  std::set<std::string> words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) words.insert(word);
  return words;
}

Options Read(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--list") {
      options.list = true;
      continue;
    }
    const std::string value = ++i < words.size() ? words[i] : "";
    if (value.empty()) options.good = false;
    if (word == "--trials")
      options.trials = std::atoi(value.c_str());
    else if (word == "--seed")
      options.seed = std::strtoull(value.c_str(), nullptr, 10);
    else if (word == "--only")
      options.only = Words(value);
    else if (word == "--group")
      options.group = value;
    else if (word == "--except")
      options.except = Words(value);
    else if (word == "--kinds")
      options.kinds = Words(value);
    else
      options.good = false;
  }
  return options;
}

// What happened to the trials of one scenario.
class Tally {
 public:
  void Take(Kind kind, uint64_t seed, const Outcome& outcome) {
    ++trials_[kind];
    seconds_ += outcome.seconds;
    if (outcome.status == "SUCCEEDED")
      ++succeeded_[kind];
    else if (outcome.began)
      ++undone_[kind];
    else
      ++untouched_[kind];
    if (!outcome.violations.empty()) ++violations_[kind];
    std::printf("%s %s seed %llu at %.2f s: %s %s, %.1f s%s\n",
                outcome.violations.empty() ? "  ok" : "VIOLATION", outcome.job.c_str(),
                static_cast<unsigned long long>(seed), outcome.moment, outcome.status.c_str(),
                outcome.verdict.c_str(), outcome.seconds, outcome.violations.empty() ? "" : ":");
    for (const std::string& violation : outcome.violations) std::printf("    %s\n", violation.c_str());
    if (!outcome.story.empty())
      std::printf("    --- the agent's story\n%s    --- end\n", outcome.story.c_str());
    std::fflush(stdout);
  }

  // A line for each kind; gives how many violations there were.
  int Print(const std::string& name) {
    int bad = 0;
    for (const auto& [kind, trials] : trials_) {
      std::printf("%-26s %-10s %3d trials: %3d undone, %3d succeeded, %3d before any step, %3d VIOLATIONS\n",
                  name.c_str(), ToString(kind), trials, undone_[kind], succeeded_[kind], untouched_[kind],
                  violations_[kind]);
      bad += violations_[kind];
    }
    return bad;
  }

 private:
  std::map<Kind, int> trials_, succeeded_, undone_, untouched_, violations_;
  double seconds_ = 0;
};

std::string Missing(const Scenario& scenario, const Device& device) {
  for (const std::string& need : scenario.needs) {
    if (!device.Holds("test -x /usr/lib/kedge/" + need)) return need;
  }
  return "";
}

Tally RunScenario(const Options& options, const Scenario& scenario, Field& field) {
  Tally tally;
  Trials trials(field, scenario);
  tally.Take(Kind::kDone, 0, trials.Run(Kind::kDone, 0));
  for (const Kind kind : {Kind::kCancelled, Kind::kCrashed, Kind::kCut}) {
    if (!options.kinds.contains(ToString(kind))) continue;
    for (int i = 0; i < options.trials; ++i) {
      const uint64_t seed = options.seed + static_cast<uint64_t>(i);
      tally.Take(kind, seed, trials.Run(kind, seed));
    }
  }
  return tally;
}

int Main(const std::vector<std::string>& words) {
  const Options options = Read(words);
  if (!options.good) {
    std::cerr << kHelp;
    return 2;
  }
  const Web web;
  Field field;
  std::map<std::string, Tally> tallies;
  std::vector<std::string> left_out;
  for (const Scenario& scenario : Scenarios(web)) {
    if (!options.only.empty() && !options.only.contains(scenario.name)) continue;
    if (options.except.contains(scenario.name)) continue;
    if (!options.group.empty() && options.group != scenario.group) continue;
    const std::string missing = Missing(scenario, field.device());
    if (!missing.empty())
      left_out.push_back(scenario.name + ": this build has no " + missing);
    else if (options.list)
      std::cout << scenario.name << "\n";
    else
      tallies[scenario.name] = RunScenario(options, scenario, field);
  }
  int bad = 0;
  for (auto& [name, tally] : tallies) bad += tally.Print(name);
  for (const std::string& line : left_out) std::cout << "NOT RUN " << line << "\n";
  if (tallies.empty() && !options.list) std::cout << "nothing was run\n";
  std::cout << "seeds from " << options.seed << ", " << bad << " violations" << std::endl;
  if (options.list) return 0;
  return bad > 0 || tallies.empty() || !left_out.empty() ? 1 : 0;
}

}  // namespace
}  // namespace kedge::field

int main(int argc, char** argv) {
  try {
    return kedge::field::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "field_campaign: " << error.what() << "\n";
    return 2;
  }
}
