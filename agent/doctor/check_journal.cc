#include <filesystem>
#include <set>

#include "core/ending.h"
#include "doctor/checks.h"
#include "store/journal.h"
#include "sys/paths.h"
#include "task_spec.h"

namespace kedge::doctor {
namespace {

// The history forgets the oldest above 16 MiB; far above that something else fills the file.
constexpr int64_t kLarge = 64 << 20;

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Paths beneath `folder`; empty when it cannot be read.
std::set<std::string> In(const std::string& folder) {
  std::set<std::string> paths;
  std::error_code failure;
  for (auto entry = std::filesystem::directory_iterator(folder, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
    paths.insert(entry->path().string());
  return paths;
}

class Look {
 public:
  explicit Look(const Case& here) : here_(here), path_(here.config.paths.journal()) {}

  Seen Take() {
    // Before the journal, which has each job before its folder is made.
    const std::set<std::string> undo = In(here_.config.paths.undo_folder());
    const auto facts = store::InspectJournal(path_);
    if (facts) {
      Good(*facts);
      LeftOver(facts->state, undo);
    } else {
      Bad(facts.error());
      seen_.findings.Skipped("leftovers", "only the journal tells what belongs to a job");
    }
    return std::move(seen_);
  }

 private:
  void Good(const store::JournalFacts& facts) {
    seen_.facts.newest = facts.newest_wall;
    const std::string what = path_ + " is sound: " + std::to_string(facts.executions) +
                             (facts.executions == 1 ? " job, " : " jobs, ") + SizeInWords(facts.bytes) +
                             ", schema " + std::to_string(facts.schema);
    if (facts.bytes <= kLarge) return seen_.findings.Ok("journal", what);
    seen_.findings.Warning("journal", what + "; that is much",
                           "keep fewer jobs (history.executions in " + here_.config_file() + ")",
                           "sudo systemctl restart kedged");
  }

  void Bad(const Error& error) {
    const std::string start = "sudo systemctl restart kedged";
    if (error.kind == ErrorKind::kDenied && !here_.is_root())
      return seen_.findings.Skipped("journal", "needs root");
    if (error.kind == ErrorKind::kNotFound && !sys::IsThere(path_ + ".reserve"))
      return seen_.findings.Ok("journal", "there is none yet; kedged makes it when it first starts");
    if (error.kind == ErrorKind::kNotFound) {
      return seen_.findings.Problem(
          "journal", "the journal " + path_ + " is gone, although there was one",
          "kedged begins a new one and takes no job until somebody has looked at the device; then: sudo "
          "kedge clear",
          start);
    }
    if (error.kind == ErrorKind::kCorrupt) {
      return seen_.findings.Problem(
          "journal", error.message,
          "keep a copy of it; kedged puts it aside as evidence, begins a new one, and takes no job until "
          "somebody has looked at the device: sudo kedge clear",
          start);
    }
    if (error.kind == ErrorKind::kInvalid) {
      return seen_.findings.Problem("journal", error.message,
                                    "kedged brings an older one up to date, and puts aside what is none",
                                    start);
    }
    seen_.findings.Problem("journal", error.message,
                           "it has to be readable; the kernel's log tells of a failing disk",
                           "dmesg --level=err,warn");
  }

  void LeftOver(const State& state, std::set<std::string> undo) {
    if (state.current) undo.erase(UndoFolder(here_.config, state.current->id));
    for (const Execution& execution : state.stranded) undo.erase(UndoFolder(here_.config, execution.id));
    for (const std::string& folder : undo) {
      if (!sys::IsThere(folder)) continue;  // gone meanwhile, with its job
      seen_.findings.Warning("leftovers", folder + " holds undo data of no job",
                             "nobody needs it any more; it only takes room", Remove(folder));
    }
    for (const std::string& path : In(here_.config.paths.state_folder)) {
      const std::string name = NameOf(path);
      if (!name.starts_with(NameOf(path_) + ".failed-") || name.ends_with("-wal") || name.ends_with("-shm"))
        continue;
      seen_.findings.Warning("leftovers", path + " is a journal that could not be used, kept as evidence",
                             "when nobody wants to look into it any more, it can go",
                             "sudo rm -f " + Quoted(path) + " " + Quoted(path + "-wal"));
    }
    if (!seen_.findings.Has("leftovers"))
      seen_.findings.Ok("leftovers", "nothing lies about in " + here_.config.paths.state_folder);
  }

  static std::string Remove(const std::string& folder) {
    const std::string word = Quoted(folder);
    return word.empty() ? "" : "sudo rm -r " + word;
  }

  const Case& here_;
  const std::string path_;
  Seen seen_;
};

}  // namespace

Seen LookAtJournal(const Case& here) { return Look(here).Take(); }

}  // namespace kedge::doctor
