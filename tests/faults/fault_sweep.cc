// The real kedged under faults and kills. This file only wires.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "faults/tally.h"

namespace {

using namespace kedge::faults;

constexpr char kHelp[] =
    "Usage: fault_sweep [--story NAME] [--all | --sample N [--seed S] | --actions | --run 'STORY PLAN' | "
    "--count]\n"
    "\n"
    "Runs the real kedged, and the guards and steps that it starts, once for each system call that they "
    "make,\n"
    "and lets that call fail or kills whoever makes it (strace's fault injection). Afterwards kedged starts "
    "once\n"
    "more, comes to rest, and the service, the device and /proc are compared. Exit status 0: all as it must "
    "be.\n"
    "\n"
    "  --all            every case\n"
    "  --sample N       so many of them, chosen by --seed (1 unless given)\n"
    "  --actions        a kill before each action, as a crash of the agent and as a power cut\n"
    "  --run 'S P'      one case, as a violation names it: 'success agent:fsync:EIO:3' (see plan.h)\n"
    "  --count          what the undisturbed stories do, and how many cases come of it\n"
    "  --story NAME     success, cancel or failure; else success and cancel, with --actions all three\n"
    "  --most N         of one system call, scope and harm at most so many, evenly spread (60)\n"
    "  -j N             so many at a time (4)\n"
    "  --kedged FILE    another build of it: one that is wrong on purpose, to see that it is found out\n"
    "  --verbose        with --run: both logs, whatever comes of it\n"
    "  --help           this\n";

struct Options {
  std::string mode;
  std::string run;
  std::string story;
  std::string kedged;
  int sample = 0;
  int seed = 1;
  int most = 60;
  int at_a_time = 4;
  bool verbose = false;
};

bool ReadNumber(const char* text, int* number) {
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, *number);
  return error == std::errc() && stop == end && *number > 0;
}

// False: wrong use.
bool Parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    bool takes = true;
    if (word == "--all" || word == "--actions" || word == "--count" || word == "--help") {
      options->mode = word;
      takes = false;
    } else if (word == "--verbose") {
      options->verbose = true;
      takes = false;
    } else if (word == "--run") {
      options->mode = word;
      options->run = value;
    } else if (word == "--kedged") {
      options->kedged = value;
    } else if (word == "--story") {
      options->story = value;
      if (FindStory(value) == nullptr) return false;
    } else if (word == "--sample") {
      options->mode = word;
      if (!ReadNumber(value, &options->sample)) return false;
    } else {
      int* number = word == "--seed"   ? &options->seed
                    : word == "--most" ? &options->most
                    : word == "-j"     ? &options->at_a_time
                                       : nullptr;
      if (number == nullptr || !ReadNumber(value, number)) return false;
    }
    i += takes ? 1 : 0;
  }
  return !options->mode.empty();
}

std::vector<const Story*> Chosen(const Options& options) {
  std::vector<const Story*> chosen;
  for (const Story& story : Stories()) {
    const bool wanted = options.story.empty() ? story.name != "failure" || options.mode == "--actions"
                                              : story.name == options.story;
    if (wanted) chosen.push_back(&story);
  }
  return chosen;
}

void PrintCount(const Story& story, const Count& count, std::size_t cases) {
  std::printf("%s: %d lines of log, %zu cases\n", story.name.c_str(), count.log_lines, cases);
  const auto print = [](const char* who, const Calls& calls) {
    std::printf("  %s:", who);
    for (const auto& [name, times] : calls) std::printf(" %s %d,", name.c_str(), times);
    std::printf("\n");
  };
  print("kedged", count.agent);
  print("the busiest of the others", count.others);
  for (const Calls& calls : count.guards) print("a guard", calls);
}

std::vector<Case> CasesOf(const Workshop& workshop, const Options& options) {
  std::vector<Case> cases;
  Bench bench(workshop, 0);
  const bool can_reboot = CanPretendReboot(workshop);
  if (options.mode == "--actions" && !can_reboot) {
    std::printf("No power cuts: only root can have the kernel tell another boot id.\n");
  }
  for (const Story* story : Chosen(options)) {
    const Count count = CountCalls(bench, *story);
    std::vector<Case> more = options.mode == "--actions" ? ActionCases(*story, count, false)
                                                         : SweepCases(*story, count, options.most);
    if (options.mode == "--actions" && can_reboot) {
      for (Case& which : ActionCases(*story, count, true)) more.push_back(std::move(which));
    }
    if (options.mode == "--count") PrintCount(*story, count, more.size());
    cases.insert(cases.end(), more.begin(), more.end());
  }
  if (options.mode != "--sample") return cases;
  return Sample(std::move(cases), static_cast<std::size_t>(options.sample),
                static_cast<unsigned>(options.seed));
}

// "STORY PLAN [power-cut]".
bool ReadCase(const std::string& words, Case* which) {
  const auto blank = words.find(' ');
  which->story = FindStory(words.substr(0, blank));
  if (which->story == nullptr) return false;
  if (blank == std::string::npos) return true;
  std::string plan = words.substr(blank + 1);
  if (const auto second = plan.find(' '); second != std::string::npos) {
    if (plan.substr(second + 1) != "power-cut") return false;
    which->circumstances.power_cut = true;
    plan.resize(second);
  }
  which->circumstances.plan = PlanFrom(plan);
  return which->circumstances.plan.has_value();
}

int RunOne(const Workshop& workshop, const Options& options) {
  Case which{};
  if (!ReadCase(options.run, &which)) {
    std::fprintf(stderr, "fault_sweep: '%s' is no case\n", options.run.c_str());
    return 2;
  }
  Tally tally;
  Perform(workshop, {which}, 1, [&](const Case& of, const Report& report) {
    if (options.verbose) std::printf("%s", report.first_log.c_str());
    tally.Add(of, report);
  });
  tally.Print();
  return tally.good() ? 0 : 1;
}

int Sweep(const Workshop& workshop, const Options& options) {
  const std::vector<Case> cases = CasesOf(workshop, options);
  if (options.mode == "--count") return 0;
  Tally tally;
  Perform(workshop, cases, options.at_a_time, [&tally](const Case& which, const Report& report) {
    tally.Add(which, report);
    if (tally.runs() % 500 == 0) std::fprintf(stderr, "%d runs\n", tally.runs());
  });
  tally.Print();
  std::printf("%d runs, %s\n", tally.runs(), tally.good() ? "no violation" : "VIOLATIONS, see above");
  return tally.good() && tally.runs() > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, &options)) {
    std::fprintf(stderr, "fault_sweep: wrong use; try 'fault_sweep --help'\n");
    return 2;
  }
  if (options.mode == "--help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  try {
    const Workshop workshop(options.kedged);
    if (const std::string why = WhyNoStrace(workshop); !why.empty()) {
      std::fprintf(stderr, "fault_sweep: no fault can be injected: %s\n", why.c_str());
      return 1;
    }
    return options.mode == "--run" ? RunOne(workshop, options) : Sweep(workshop, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fault_sweep: %s\n", error.what());
    return 1;
  }
}
