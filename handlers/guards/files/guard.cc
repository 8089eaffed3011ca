#include "guards/files/guard.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include "guards/files/compare.h"
#include "guards/files/folder.h"
#include "guards/files/restore.h"
#include "guards/files/snapshot.h"

namespace kedge::files {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kDifferent = 1;
constexpr int kWrongCall = 2;
constexpr int kCannotTell = 3;

constexpr char kUsage[] =
    "usage: files check|snapshot|restore|verify PATH...\n"
    "Guards files, folders, symbolic links, and the absence of them. The folder KEDGE_STATE_DIR keeps the "
    "snapshot.\n"
    "  check     0: PATHs can be kept and put back; 1: not, and why; changes nothing\n"
    "  snapshot  keeps PATHs as they are now; changes nothing; the first complete snapshot stays\n"
    "  restore   puts them back; may be called again at any time; does nothing without a complete snapshot\n"
    "  verify    0: all as it was; 1: differences, one a line; 3: cannot tell\n"
    "PATHs are absolute and the same for all. See FILES.md.\n";

void Say(const std::string& line) { std::printf("%s\n", line.c_str()); }
void Complain(const std::string& line) { std::fprintf(stderr, "files: %s\n", Printable(line).c_str()); }

bool AreSameItems(const Manifest& manifest, const std::vector<std::string>& paths) {
  return std::equal(manifest.items.begin(), manifest.items.end(), paths.begin(), paths.end(),
                    [](const Item& item, const std::string& path) { return item.written == path; });
}

bool IsVerb(const std::string& word) {
  return word == "check" || word == "snapshot" || word == "restore" || word == "verify";
}

int Snapshot(const SnapshotFolder& folder, const std::vector<std::string>& paths) {
  if (const auto kept = folder.Read(); kept || kept.error().kind != ErrorKind::kNotFound) {
    if (!kept) {
      Complain(kept.error().message);
      return kFailed;
    }
    if (!AreSameItems(*kept, paths)) {
      Complain("a snapshot of other paths is here already");
      return kFailed;
    }
    Say("kept the snapshot that was here");
    return kDone;
  }
  const auto taken = folder.Take(paths);
  if (!taken) {
    Complain(taken.error().message);
    return kFailed;
  }
  Say("snapshot of " + std::to_string(taken->entries.size()) + " entries");
  return kDone;
}

int Check(const SnapshotFolder& folder, const std::vector<std::string>& paths) {
  const auto fit = folder.Check(paths);
  if (fit) return kDone;
  Complain(fit.error().message);
  // Out of descriptors or memory, or a read failed: that says nothing about the paths.
  const ErrorKind kind = fit.error().kind;
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kIo ? kCannotTell : kFailed;
}

int RestoreAll(const SnapshotFolder& folder, const Manifest& manifest) {
  const Restored restored = Restore(folder, manifest);
  for (const std::string& complaint : restored.complaints) Complain(complaint);
  if (!restored.complaints.empty()) return kFailed;
  Say("put back " + std::to_string(restored.put_back) + " of " + std::to_string(manifest.entries.size()) +
      " entries");
  return kDone;
}

int VerifyAll(const Manifest& manifest) {
  const Findings findings = Verify(manifest);
  for (const std::string& difference : findings.differences) Say(difference);
  for (const std::string& trouble : findings.troubles) Complain(trouble);
  if (!findings.differences.empty()) return kDifferent;
  return findings.troubles.empty() ? kDone : kCannotTell;
}

int RestoreOrVerify(const SnapshotFolder& folder, const std::vector<std::string>& paths, bool is_restore) {
  const auto manifest = folder.Read();
  if (!manifest && manifest.error().kind == ErrorKind::kNotFound) {
    if (is_restore) {
      Say("nothing to restore: there is no complete snapshot");
      return kDone;
    }
    Complain("cannot tell: there is no complete snapshot");
    return kCannotTell;
  }
  if (!manifest) {
    Complain(manifest.error().message);
    return is_restore ? kFailed : kCannotTell;
  }
  if (!AreSameItems(*manifest, paths)) {
    Complain("the snapshot is of other paths");
    return kWrongCall;
  }
  return is_restore ? RestoreAll(folder, *manifest) : VerifyAll(*manifest);
}

}  // namespace

int RunGuard(const std::vector<std::string>& arguments, const std::string& state_folder) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::fputs(kUsage, stdout);
    return kDone;
  }
  const std::string verb = arguments.empty() ? "" : arguments[0];
  if (arguments.size() < 2 || !IsVerb(verb)) {
    std::fputs(kUsage, stderr);
    return kWrongCall;
  }
  const std::vector<std::string> paths(arguments.begin() + 1, arguments.end());
  // Before the job is accepted its folder may not be there.
  if (verb == "check" && state_folder.starts_with('/')) return Check(SnapshotFolder(state_folder), paths);
  struct stat found {};
  if (!state_folder.starts_with('/') || stat(state_folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    Complain("KEDGE_STATE_DIR has to be the absolute path of a folder, it is '" + state_folder + "'");
    return kWrongCall;
  }
  umask(077);
  const SnapshotFolder folder(state_folder);
  if (verb == "snapshot") return Snapshot(folder, paths);
  return RestoreOrVerify(folder, paths, verb == "restore");
}

}  // namespace kedge::files
