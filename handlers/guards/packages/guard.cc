#include "guards/packages/guard.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "guards/files/folder.h"
#include "guards/packages/restore.h"
#include "guards/packages/snapshot.h"
#include "guards/packages/verify.h"

namespace kedge::packages {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongCall = 2;
constexpr int kCannotTell = 3;
constexpr int kRefused = 64;  // EX_USAGE
constexpr int kTryLater = 75;

constexpr char kUsage[] =
    "usage: packages check|snapshot|restore|verify ITEM...\n"
    "Guards the packages of this system: what is installed, in which version and state, with its "
    "configuration.\n"
    "  check     0: they could be put back exactly; 1: they could not, and why\n"
    "  snapshot  keeps the .deb files and the configuration of what changing ITEMs may change\n"
    "  restore   makes all packages be as they were; may be called again at any time\n"
    "  verify    0: all as it was; 1: differences, one a line; 3: cannot tell\n"
    "An ITEM is NAME, NAME:ARCH or NAME=VERSION. See PACKAGES.md.\n";

void Say(const std::string& line) { std::printf("%s\n", files::Printable(line).c_str()); }
void Complain(const std::string& line) {
  std::fprintf(stderr, "packages: %s\n", files::Printable(line).c_str());
}

int StatusFor(const Error& error) {
  Complain(error.message);
  return error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kUnavailable ? kTryLater : kFailed;
}

bool AreSameItems(const Record& record, const std::vector<Item>& items) {
  std::vector<std::string> written;
  for (const Item& item : items) written.push_back(item.Written());
  return record.items == written;
}

int Check(const Settings& settings, const std::vector<Item>& items) {
  const auto obstacles = FindObstacles(settings, items);
  if (!obstacles) return StatusFor(obstacles.error());
  if (obstacles->empty()) return kDone;
  // Whether it may run all the same is for the caller to say, who knows the configuration.
  Complain("no exact way back: " + obstacles->front());
  return kFailed;
}

int Snapshot(const Settings& settings, const std::vector<Item>& items) {
  if (const auto kept = ReadRecord(settings); kept || kept.error().kind != ErrorKind::kNotFound) {
    if (!kept) return StatusFor(kept.error());
    if (!AreSameItems(*kept, items)) {
      Complain("a snapshot for other packages is here already");
      return kFailed;
    }
    Say("kept the snapshot that was here");
    return kDone;
  }
  const auto taken = TakeSnapshot(settings, items);
  if (!taken) return StatusFor(taken.error());
  for (const std::string& why : taken->lacking) Say("no exact way back: " + why);
  Say("snapshot of " + std::to_string(taken->touched.size()) + " packages that may be changed, with " +
      std::to_string(taken->archives.size()) + " .deb files");
  return kDone;
}

int RestoreAll(const Settings& settings, const Record& record) {
  const auto restored = Restore(settings, record);
  if (!restored) return StatusFor(restored.error());
  for (const std::string& complaint : restored->complaints) Complain(complaint);
  Say("put back " + std::to_string(restored->packages) + " packages");
  // Without an exact way back it was clear from the start that something may stay; verify tells what.
  return restored->complaints.empty() || !record.lacking.empty() ? kDone : kFailed;
}

int VerifyAll(const Settings& settings, const Record& record) {
  const auto findings = Verify(settings, record);
  if (!findings) {
    Complain(findings.error().message);
    return kCannotTell;
  }
  for (const std::string& difference : findings->differences) Say(difference);
  for (const std::string& trouble : findings->troubles) Complain(trouble);
  if (findings->differences.empty()) return findings->troubles.empty() ? kDone : kCannotTell;
  if (record.lacking.empty()) return kFailed;
  Complain("there was no exact way back: " + record.lacking.front());
  return kCannotTell;
}

int RestoreOrVerify(const Settings& settings, const std::vector<Item>& items, bool is_restore) {
  const auto record = ReadRecord(settings);
  if (!record && record.error().kind == ErrorKind::kNotFound) {
    if (is_restore) {
      Say("nothing to restore: there is no complete snapshot");
      return kDone;
    }
    Complain("cannot tell: there is no complete snapshot");
    return kCannotTell;
  }
  if (!record) {
    Complain(record.error().message);
    return is_restore ? kFailed : kCannotTell;
  }
  if (!AreSameItems(*record, items)) {
    Complain("the snapshot is for other packages");
    return kWrongCall;
  }
  return is_restore ? RestoreAll(settings, *record) : VerifyAll(settings, *record);
}

bool IsFolder(const std::string& path) {
  struct stat found {};
  return path.starts_with('/') && stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

int RunGuard(const std::vector<std::string>& arguments, const Settings& settings) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::fputs(kUsage, stdout);
    return kDone;
  }
  const std::string verb = arguments.empty() ? "" : arguments[0];
  if (arguments.size() < 2 ||
      (verb != "check" && verb != "snapshot" && verb != "restore" && verb != "verify")) {
    std::fputs(kUsage, stderr);
    return kWrongCall;
  }
  const auto items = ParseItems({arguments.begin() + 1, arguments.end()});
  if (!items) {
    Complain(items.error().message);
    // To the agent 2 would mean that this guard does not know the verb `check`.
    return verb == "check" ? kRefused : kWrongCall;
  }
  if (geteuid() != 0) {
    Complain("has to run as root");
    return kWrongCall;
  }
  umask(022);  // dpkg's children make files for everybody; our own have their mode said
  if (verb == "check") return Check(settings, *items);
  if (!IsFolder(settings.state_folder)) {
    Complain("KEDGE_STATE_DIR has to be the absolute path of a folder, it is '" + settings.state_folder +
             "'");
    return kWrongCall;
  }
  if (verb == "snapshot") return Snapshot(settings, *items);
  return RestoreOrVerify(settings, *items, verb == "restore");
}

}  // namespace kedge::packages
