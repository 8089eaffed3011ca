// Swaps a handler for wrong ones at full speed while the room `process` starts it as fast as it can. Whatever
// is executed has to be the good one. See README.md.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "process/cgroup_home.h"
#include "process/linux_children.h"
#include "swap_images.h"
#include "swap_tricks.h"
#include "swapper.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::launch {
namespace {

constexpr char kUsage[] =
    "usage: swap_race [--seconds N] [--kind script|compiled|folder] [--seed N] [--no-cgroup] [--unchecked]\n"
    "  --unchecked   starts the handler without any check, until an evil one runs: shows that the race finds "
    "what\n"
    "                it looks for, and succeeds only if it does\n";
constexpr int kSkipped = 77;
constexpr int kAtOnce = 3;  // starts under way

struct Options {
  int64_t seconds = 5;
  std::string kind = "script";
  unsigned seed = 1;
  bool use_cgroups = true;
  bool unchecked = false;
};

template <typename Number>
Number NumberFrom(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument("no number");
  return number;
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&]() -> std::string_view {
      if (++i >= argc) throw std::invalid_argument("a value is missing");
      return argv[i];
    };
    if (word == "--seconds") {
      options.seconds = NumberFrom<int64_t>(value());
    } else if (word == "--kind") {
      options.kind = value();
    } else if (word == "--seed") {
      options.seed = NumberFrom<unsigned>(value());
    } else if (word == "--no-cgroup") {
      options.use_cgroups = false;
    } else if (word == "--unchecked") {
      options.unchecked = true;
    } else {
      throw std::invalid_argument("unknown word");
    }
  }
  if (options.kind != "script" && options.kind != "compiled" && options.kind != "folder") {
    throw std::invalid_argument("unknown kind");
  }
  return options;
}

// Removed at the end, with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "kedge-swap-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// How the starts ended.
struct Score {
  uint64_t starts = 0;
  uint64_t good = 0;
  std::map<std::string, uint64_t> refused;  // by reason
  std::map<std::string, uint64_t> evil;     // by trick
  std::map<std::string, uint64_t> odd;      // neither

  static uint64_t Sum(const std::map<std::string, uint64_t>& counts) {
    uint64_t sum = 0;
    for (const auto& [word, count] : counts) sum += count;
    return sum;
  }
};

// Without what differs from run to run.
std::string Reason(std::string text, const std::string& base) {
  for (size_t at = 0; (at = text.find(base)) != std::string::npos;) text.erase(at, base.size());
  return text;
}

class Race {
 public:
  Race(const Options& options, const std::string& base, const Playground& playground)
      : options_(options), base_(base), playground_(playground) {
    process::ContainmentConfig config;
    config.use_cgroups = options.use_cgroups;
    if (const auto own = process::OwnCgroup()) {
      config.cgroup_folder = *own + "/kedge-swap-" + std::to_string(getpid());
    }
    process::Listeners listeners;
    listeners.ended = [this](const process::TaskName&, const Ending& ending, const Output& output,
                             const Usage&, const process::Told&) {
      Judge(ending, output);
      StartNext();
    };
    auto made = process::MakeChildren(loop_, config, std::move(listeners));
    if (!made) throw std::runtime_error(made.error().message);
    children_ = std::move(made->children);
    cgroup_folder_ = made->containment.cgroup_folder;
    std::printf("containment: %s\n", made->containment.cgroup ? "control groups" : "by descent");
  }
  ~Race() {
    children_.reset();
    if (!cgroup_folder_.empty()) rmdir(cgroup_folder_.c_str());
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  const Score& Run() {
    until_ = sys::BootMillis() + options_.seconds * 1000;
    for (int i = 0; i < kAtOnce; ++i) StartNext();
    loop_.Run();
    return score_;
  }

 private:
  void StartNext() {
    if (sys::BootMillis() >= until_) {
      if (running_ == 0) loop_.Stop(0);
      return;
    }
    process::ChildSpec spec;
    spec.name = "swap-" + std::to_string(getpid()) + "-" + std::to_string(++score_.starts);
    spec.program = playground_.program();
    spec.argv = {spec.program};
    if (!options_.unchecked) spec.trusted_folders = {playground_.handlers()};
    spec.stage_folder = base_ + "/stage";
    spec.env = {{"PATH", "/usr/bin:/bin"}};
    spec.working_folder = "/";
    // Unchecked, a shell may be led to the FIFO, where it waits for ever.
    spec.limit = std::chrono::milliseconds(options_.unchecked ? 500 : 10000);
    spec.grace = std::chrono::milliseconds(0);
    ++running_;
    children_->Start(spec);
  }

  void Judge(const Ending& ending, const Output& output) {
    --running_;
    const std::string text = output.out.Text();
    const std::string_view mark(kEvilMark);
    if (text.find(mark) != std::string::npos) {
      std::string trick = text.substr(text.find(mark) + mark.size());
      ++score_.evil[trick.substr(0, trick.find('\n'))];
      if (options_.unchecked) until_ = 0;  // seen enough
    } else if (const auto* failed = std::get_if<CouldNotStart>(&ending); failed && !failed->what.empty()) {
      ++score_.refused[Reason(failed->what, base_)];
    } else if (ending == Ending(Exited{0}) && text == kGoodOutput && output.err.Text().empty()) {
      ++score_.good;
    } else {
      ++score_.odd[ToString(ending) + ": " + text + output.err.Text()];
    }
  }

  const Options& options_;
  const std::string& base_;
  const Playground& playground_;
  sys::EventLoop loop_;
  std::unique_ptr<process::Children> children_;
  std::string cgroup_folder_;
  Score score_;
  int running_ = 0;
  int64_t until_ = 0;
};

// An evil one that nobody would notice proves nothing: each tells when it is executed as it lies there.
void ProveThatEvilTells(const Playground& playground, const std::string& tell_file) {
  for (const Trick& trick : playground.tricks()) {
    if (!trick.has_evil) continue;
    const std::string command =
        "'" + playground.EvilFile(trick.name) + "' | grep -qx 'EVIL " + trick.name + "'";
    const int status = std::system(command.c_str());
    const auto told = sys::ReadFile(tell_file);
    if (status != 0 || !told || *told != trick.name + "\n") {
      throw std::runtime_error("the evil program of " + trick.name + " does not tell");
    }
    std::filesystem::remove(tell_file);
  }
}

void Print(const char* title, const std::map<std::string, uint64_t>& counts) {
  std::printf("%s: %llu\n", title, static_cast<unsigned long long>(Score::Sum(counts)));
  std::vector<std::pair<uint64_t, std::string>> rows;
  for (const auto& [word, count] : counts) rows.emplace_back(count, word);
  std::sort(rows.rbegin(), rows.rend());
  static constexpr size_t kRows = 20;
  for (size_t i = 0; i < rows.size() && i < kRows; ++i) {
    std::printf("  %8llu  %s\n", static_cast<unsigned long long>(rows[i].first), rows[i].second.c_str());
  }
  if (rows.size() > kRows) std::printf("  and %zu more\n", rows.size() - kRows);
}

int Main(const Options& options) {
  if (geteuid() != 0) {
    std::printf("swap_race: skipped: it gives files to another user, which takes root\n");
    return kSkipped;
  }
  const TemporaryFolder folder;
  const std::string& base = folder.path();
  const std::string tell_file = base + "/told";
  const std::string actor = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "swap_actor";
  const Images images(options.kind == "compiled" ? Language::kCompiled : Language::kScript, actor, tell_file);
  const Playground playground(base, options.kind == "folder" ? Shape::kFolder : Shape::kFile, images);
  ProveThatEvilTells(playground, tell_file);

  std::printf("kind: %s, %lld s, seed %u%s\n", options.kind.c_str(), static_cast<long long>(options.seconds),
              options.seed, options.unchecked ? ", unchecked" : "");
  Swapper swapper(playground.tricks(), options.seed);
  Score score;
  {
    Race race(options, base, playground);
    score = race.Run();
  }
  const bool swapper_well = swapper.Stop();
  std::map<std::string, uint64_t> played;
  for (size_t i = 0; i < playground.tricks().size(); ++i)
    played[playground.tricks()[i].name] = swapper.Played(i);

  std::printf("starts: %llu\n", static_cast<unsigned long long>(score.starts));
  std::printf("good runs: %llu\n", static_cast<unsigned long long>(score.good));
  Print("swaps to a wrong one and back", played);
  Print("refused", score.refused);
  Print("odd", score.odd);
  Print("EVIL RUNS", score.evil);
  const auto told = sys::ReadFile(tell_file, 64 << 20);
  const auto tales = told ? static_cast<uint64_t>(std::count(told->begin(), told->end(), '\n')) : 0;
  const bool all_played =
      std::all_of(played.begin(), played.end(), [](const auto& entry) { return entry.second > 0; });
  const uint64_t evil = std::max(Score::Sum(score.evil), tales);
  const bool took_place = swapper_well && all_played && score.good > 0;
  const bool well = options.unchecked
                        ? swapper_well && evil > 0
                        : took_place && evil == 0 && score.odd.empty() && !score.refused.empty();
  std::printf("verdict: %s (evil programs executed: %llu)\n", well ? "as it must be" : "FAILED",
              static_cast<unsigned long long>(evil));
  return well ? 0 : 1;
}

}  // namespace
}  // namespace kedge::launch

int main(int argc, char** argv) {
  try {
    return kedge::launch::Main(kedge::launch::Parse(argc, argv));
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "swap_race: %s\n%s", wrong.what(), kedge::launch::kUsage);
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "swap_race: %s\n", failure.what());
    return 1;
  }
}
