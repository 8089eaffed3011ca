// journal_corpus: damages a journal of 64 commits in every way that one cut or one flipped bit can, opens
// each copy as the daemon does, and counts what came of it.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "corpus.h"

namespace {

using kedge::store::CasesOf;
using kedge::store::Corpus;
using kedge::store::Damaging;
using kedge::store::Outcome;

constexpr size_t kMostWorkers = 64;
constexpr size_t kMostTargets = 8;
constexpr unsigned kSecondsEach = 60;  // a copy that takes longer hangs

struct Counts {
  std::array<uint64_t, 5> by_outcome{};
};

// Shared with the workers.
struct Worker {
  std::array<Counts, kMostTargets> counts;
  std::atomic<uint64_t> target, number;  // the copy that is being tried
};

constexpr const char* kHelp =
    "usage: journal_corpus [--all | --every N] [--jobs N] [--folder FOLDER]\n"
    "\n"
    "Damages a journal of 64 commits: cuts the database and its log at every byte, flips each bit. Each copy "
    "is\n"
    "opened as the daemon opens it. It must give a state that was committed (for the database the last one, "
    "for\n"
    "the log the last or an earlier one) or say that the state is lost; never anything else, a crash or a "
    "hang.\n"
    "\n"
    "  --all            every copy (some minutes)\n"
    "  --every N        one copy in N (default 1009)\n"
    "  --jobs N         processes (default 2)\n"
    "  --folder FOLDER  where the copies go: best on a tmpfs (default /dev/shm, else /tmp)\n"
    "\n"
    "Prints the counts, those so far when it is interrupted (INT, TERM). The exit status is 1 when a copy "
    "was taken\n"
    "for what it is not.\n";

volatile sig_atomic_t interrupted = 0;
void Interrupt(int) { interrupted = 1; }

struct Options {
  uint64_t every = 1009;
  size_t jobs = 2;
  std::string folder;
};

bool Parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--all") {
      options.every = 1;
      continue;
    }
    if (value == nullptr) return false;
    ++i;
    if (word == "--folder") {
      options.folder = value;
      continue;
    }
    const long number = std::strtol(value, nullptr, 10);
    if (number < 1) return false;
    if (word == "--every")
      options.every = static_cast<uint64_t>(number);
    else if (word == "--jobs" && static_cast<size_t>(number) <= kMostWorkers)
      options.jobs = static_cast<size_t>(number);
    else
      return false;
  }
  return true;
}

// Every `every`-th case, dealt out to the workers in turn.
void Work(const Corpus& corpus, const Options& options, size_t self, const std::string& folder,
          Worker& worker) {
  uint64_t turn = 0;
  for (size_t t = 0; t < corpus.targets.size(); ++t) {
    const uint64_t cases = CasesOf(corpus.targets[t]);
    for (uint64_t number = 0; number < cases; number += options.every) {
      if (turn++ % options.jobs != self) continue;
      worker.target = t;
      worker.number = number;
      alarm(kSecondsEach);
      const Damaging damaging{&corpus.targets[t], number};
      const Outcome outcome = kedge::store::Try(corpus, damaging, folder);
      ++worker.counts[t].by_outcome[static_cast<size_t>(outcome)];
      if (outcome == Outcome::kWrong) std::printf("WRONG %s\n", kedge::store::Describe(damaging).c_str());
    }
  }
}

int Judge(const Corpus& corpus, const Worker* workers, size_t jobs) {
  uint64_t wrong = 0;
  for (size_t t = 0; t < corpus.targets.size(); ++t) {
    Counts sum;
    uint64_t all = 0;
    for (size_t w = 0; w < jobs; ++w) {
      for (size_t i = 0; i < sum.by_outcome.size(); ++i) {
        sum.by_outcome[i] += workers[w].counts[t].by_outcome[i];
        all += workers[w].counts[t].by_outcome[i];
      }
    }
    const auto& by = sum.by_outcome;
    std::printf("%s: %llu copies: last state %llu, earlier %llu, trouble %llu, unreadable %llu, wrong %llu\n",
                corpus.targets[t].name.c_str(), static_cast<unsigned long long>(all),
                static_cast<unsigned long long>(by[0]), static_cast<unsigned long long>(by[1]),
                static_cast<unsigned long long>(by[2]), static_cast<unsigned long long>(by[3]),
                static_cast<unsigned long long>(by[4]));
    wrong += by[4];
  }
  return wrong == 0 ? 0 : 1;
}

int Run(const Options& options) {
  const std::string base = !options.folder.empty()         ? options.folder
                           : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                           : "/tmp";
  std::string folder = base + "/kedge-corpus-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "journal_corpus: cannot make a folder in %s\n", base.c_str());
    return 2;
  }
  std::filesystem::create_directory(folder + "/made");
  const Corpus corpus = kedge::store::MakeCorpus(folder + "/made");
  void* shared =
      mmap(nullptr, sizeof(Worker) * options.jobs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  Worker* workers = new (shared) Worker[options.jobs];
  const auto begin = std::chrono::steady_clock::now();
  std::vector<pid_t> children;
  struct sigaction stop {};  // no SA_RESTART: it ends the waiting
  stop.sa_handler = Interrupt;
  sigaction(SIGINT, &stop, nullptr);
  sigaction(SIGTERM, &stop, nullptr);
  std::fflush(nullptr);
  for (size_t w = 0; w < options.jobs; ++w) {
    const std::string own = folder + "/" + std::to_string(w);
    std::filesystem::create_directory(own);
    const pid_t child = fork();
    if (child == 0) {
      signal(SIGINT, SIG_IGN);
      signal(SIGTERM, SIG_DFL);
      Work(corpus, options, w, own, workers[w]);
      std::fflush(nullptr);
      _exit(0);
    }
    children.push_back(child);
  }
  int code = 0;
  for (size_t w = 0; w < children.size(); ++w) {
    int status = 0;
    if (interrupted != 0 && children[w] > 0) kill(children[w], SIGKILL);
    while (children[w] > 0 && waitpid(children[w], &status, 0) < 0 && errno == EINTR) {
      if (interrupted != 0) kill(children[w], SIGKILL);
    }
    if (children[w] > 0 && (status == 0 || interrupted != 0)) continue;
    const Damaging last{&corpus.targets[workers[w].target], workers[w].number};
    std::printf("%s %s\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "HANG" : "CRASH",
                kedge::store::Describe(last).c_str());
    code = 1;
  }
  if (Judge(corpus, workers, options.jobs) != 0) code = 1;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%.1f s in %zu processes\n", took.count(), options.jobs);
  std::filesystem::remove_all(folder);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const bool help = argc > 1 && std::strcmp(argv[1], "--help") == 0;
  if (help || !Parse(argc, argv, options)) {
    std::fputs(kHelp, help ? stdout : stderr);
    return help ? 0 : 2;
  }
  try {
    return Run(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "journal_corpus: %s\n", e.what());
    return 2;
  }
}
