#include "guards/packages/restore.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "guards/packages/difference.h"
#include "guards/packages/leftovers.h"
#include "guards/packages/lock.h"
#include "guards/packages/program.h"
#include "guards/packages/snapshot.h"
#include "guards/packages/units.h"
#include "sys/files.h"

namespace kedge::packages {
namespace {

constexpr std::chrono::seconds kWaitForDpkg{300};

class Restorer {
 public:
  Restorer(const Settings& settings, const Record& record)
      : settings_(settings), record_(record), then_(ParseStatus(record.status)) {}

  Result<Restored> Run() {
    if (HasPendingUpdates()) {
      if (auto taken = TakeInPendingUpdates(); !taken) troubles_.push_back(taken.error().message);
    }
    auto now = Read();
    if (!now) return Unexpected(now.error());
    Restored restored;
    const Difference at_first = Compare(then_, *now);
    if (at_first.HasPackages()) {
      if (auto back = PutPackagesBack(*now, at_first); !back) return Unexpected(back.error());
    }
    const auto differing = MendFilesAndDatabase();
    if (!differing) return Unexpected(differing.error());
    restored.packages = at_first.Count() - std::min(at_first.Count(), *differing);
    RestoreUnits(record_.units);
    sync();  // dpkg, scripts and services have written in many places
    restored.complaints = std::move(complaints_);
    return restored;
  }

 private:
  Result<Database> Read() {
    const auto status = ReadStatus();
    if (!status) return Unexpected(status.error());
    return ParseStatus(*status);
  }

  // False when it failed; why is kept for the end, when it turns out whether it matters.
  bool Dpkg(const Arguments& arguments) {
    Arguments argv = {"dpkg"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto ran = RunProgram(argv, FrontendLock::Variables());
    if (ran && ran->ok()) return true;
    troubles_.push_back("dpkg " + arguments.front() + ": " + (ran ? ran->Reason() : ran.error().message));
    return false;
  }

  void Install(const std::set<std::string>& keys) {
    // Kept configuration files win (the guard `files` has the last word), and nothing is asked.
    Arguments argv = {"--install", "--force-downgrade", "--force-confold", "--force-confdef"};
    const size_t options = argv.size();
    for (const std::string& key : keys) {
      if (const std::string path = KeptDeb(key); !path.empty()) argv.push_back(path);
    }
    if (argv.size() > options) Dpkg(argv);
  }

  // The kept .deb of the package; "" when there is none. Somebody else may have changed a package that the
  // step could not: its .deb may still be in apt's cache.
  std::string KeptDeb(const std::string& key) {
    const auto has = [&](const Archive& archive) { return archive.package == key; };
    const auto kept = std::find_if(record_.archives.begin(), record_.archives.end(), has);
    if (kept != record_.archives.end()) {
      const auto checked = CheckKept(*kept, settings_.Debs());
      if (checked) return settings_.Debs() + "/" + kept->file;
      troubles_.push_back(checked.error().message);
      return "";
    }
    auto found = KeepArchive(then_.at(key), settings_.Debs());
    if (found) return settings_.Debs() + "/" + found->file;
    troubles_.push_back(found.error().message);
    return "";
  }

  void Purge(const std::set<std::string>& keys, bool regardless) {
    if (keys.empty()) return;
    Arguments argv = {"--purge", "--force-remove-reinstreq", "--force-remove-protected"};
    // What depends on them is on its way back, too.
    if (regardless) argv.emplace_back("--force-depends");
    argv.emplace_back("--");
    argv.insert(argv.end(), keys.begin(), keys.end());
    Dpkg(argv);
  }

  void Configure(const std::set<std::string>& keys) {
    Dpkg({"--configure", "--force-confold", "--force-confdef", "--pending"});
    // By name also what was on its way out, which is not "pending".
    for (const std::string& key : keys)
      Dpkg({"--configure", "--force-confold", "--force-confdef", "--", key});
  }

  // What has its .deb is unpacked anew rather than configured: half-configured may mean that its removal has
  // begun.
  Difference Reinstalling(Difference difference) {
    for (const Archive& archive : record_.archives) {
      if (difference.to_configure.erase(archive.package) > 0) difference.to_install.insert(archive.package);
    }
    return difference;
  }

  // First as dpkg likes it; then, where packages stand in each other's way, by removing what has to go
  // anyway.
  Result<void> PutPackagesBack(const Database& at_first, const Difference& first_difference) {
    if (auto noted = NoteLeftovers(settings_, record_, at_first, first_difference); !noted) return noted;
    Difference difference = Reinstalling(first_difference);
    for (const bool regardless : {false, true}) {
      if (!difference.HasPackages()) break;
      if (regardless && record_.lacking.empty()) Purge(difference.to_purge, true);
      Install(difference.to_install);
      if (!regardless) Purge(difference.to_purge, false);
      Configure(difference.to_configure);
      const auto now = Read();
      if (!now) return Unexpected(now.error());
      difference = Reinstalling(Compare(then_, *now));
    }
    return {};
  }

  void CallFiles(const std::string& state, const std::string& verb, const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    const auto ran = CallFilesGuard(settings_, state, verb, paths);
    if (ran && ran->ok()) return;
    complaints_.push_back("configuration and data: " + (ran ? ran->Reason() : ran.error().message));
    if (!ran) return;
    for (std::string& line : Lines(ran->out)) complaints_.push_back(std::move(line));
  }

  // Never under a service that runs, and not at all where the step has changed no package and services went
  // on: what they wrote since is theirs. RestoreUnits starts them again.
  void PutDataBack() {
    if (record_.data.empty() || (!HasNotes(settings_) && IsAnyActive(record_.units))) return;
    StopUnits(record_.units);
    CallFiles(settings_.DataState(), "restore", record_.data);
    CallFiles(settings_.DataState(), "verify", record_.data);
  }

  // How many packages still differ.
  Result<size_t> MendFilesAndDatabase() {
    auto now = Read();
    if (!now) return Unexpected(now.error());
    const size_t differing = Compare(then_, *now).Count();
    const bool are_packages_back = differing == 0;
    // Before that, some of what is too much rightly belongs to a package.
    if (are_packages_back) {
      for (std::string& complaint : RemoveLeftovers(settings_, record_))
        complaints_.push_back(std::move(complaint));
    }
    if (are_packages_back || record_.lacking.empty()) {
      CallFiles(settings_.FilesState(), "restore", record_.guarded);
      PutDataBack();
    }
    // Where an interrupted dpkg unpacked a package's control files; the next one would remove it.
    static_cast<void>(sys::RemoveTree(kDpkg + "/tmp.ci"));
    const Database mended = Mended(then_, *now);
    if (FormatStatus(mended) != FormatStatus(*now)) {
      auto written = sys::WriteFileAtomic(kDpkg + "/status", FormatStatus(mended), 0644);
      if (!written) return Unexpected(written.error());
    }
    // apt knows a change by size and second: of a version that came and went within one it would not hear.
    unlink("/var/cache/apt/pkgcache.bin");
    auto described = DescribePackages(record_, then_, mended);
    if (!described.empty()) {
      complaints_.insert(complaints_.end(), troubles_.begin(), troubles_.end());
      complaints_.insert(complaints_.end(), described.begin(), described.end());
    }
    return differing;
  }

  const Settings& settings_;
  const Record& record_;
  const Database then_;
  std::vector<std::string> troubles_;
  std::vector<std::string> complaints_;
};

}  // namespace

Result<Restored> Restore(const Settings& settings, const Record& record) {
  const auto lock = FrontendLock::Take(kWaitForDpkg);
  if (!lock) return Unexpected(lock.error());
  return Restorer(settings, record).Run();
}

}  // namespace kedge::packages
