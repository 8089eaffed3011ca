#include "guards/services/guard.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "guards/services/keeper.h"
#include "guards/services/names.h"
#include "guards/services/restore.h"
#include "guards/services/snapshot.h"
#include "guards/services/verify.h"

namespace kedge::services {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kDifferent = 1;
constexpr int kWrongCall = 2;
constexpr int kCannotTell = 3;
constexpr std::chrono::seconds kStateLimit{90};

constexpr char kUsage[] =
    "usage: services check|snapshot|restore|verify|state UNIT...\n"
    "Guards units of systemd: whether they run, are enabled, masked or failed, and their own files. The "
    "folder\n"
    "KEDGE_STATE_DIR keeps the snapshot.\n"
    "  snapshot  keeps UNITs as they are now; changes nothing; the first complete snapshot stays\n"
    "  restore   puts them back; may be called again at any time; does nothing without a complete snapshot\n"
    "  verify    0: all as it was; 1: differences, one a line; 3: cannot tell\n"
    "  check     0: they can be kept and put back; 1: not exactly, and why\n"
    "  state     waits until no UNIT is starting or stopping, and prints a line for each: its name, "
    "LoadState,\n"
    "            ActiveState, SubState, Result, Type ('-' for none)\n"
    "A UNIT without a type is a service; several may stand in one argument. See SERVICES.md.\n";

using Units = std::vector<std::string>;

void Say(const std::string& line) { std::printf("%s\n", line.c_str()); }
void Complain(const std::string& line) { std::fprintf(stderr, "services: %s\n", line.c_str()); }

int Fail(const Error& error, int status = kFailed) {
  Complain(error.message);
  return status;
}

int Snapshot(const std::string& folder, const Units& units) {
  if (const auto kept = ReadSnapshot(folder); kept || kept.error().kind != ErrorKind::kNotFound) {
    if (!kept) return Fail(kept.error());
    if (kept->units != units) return Fail({ErrorKind::kInvalid, "a snapshot of other units is here already"});
    Say("kept the snapshot that was here");
    return kDone;
  }
  const auto taken = TakeSnapshot(folder, units);
  if (!taken) return Fail(taken.error());
  Say("snapshot of " + std::to_string(Ids(*taken, Role::kGuarded).size()) + " units");
  return kDone;
}

int RestoreAll(const std::string& folder, const Manifest& manifest) {
  const char* keep = std::getenv("KEDGE_SERVICES_RESTARTED");
  const Restored restored =
      Restore(folder, manifest,
              keep != nullptr && std::string(keep) == "keep" ? Restarted::kKeep : Restarted::kAgain);
  for (const std::string& line : restored.done) Say(line);
  for (const std::string& complaint : restored.complaints) Complain(complaint);
  return restored.complaints.empty() ? kDone : kFailed;
}

int VerifyAll(const std::string& folder, const Manifest& manifest) {
  const Findings findings = Verify(folder, manifest);
  for (const std::string& difference : findings.differences) Say(difference);
  for (const std::string& trouble : findings.troubles) Complain(trouble);
  if (!findings.differences.empty()) return kDifferent;
  return findings.troubles.empty() ? kDone : kCannotTell;
}

int RestoreOrVerify(const std::string& folder, const Units& units, bool is_restore) {
  const auto manifest = ReadSnapshot(folder);
  if (!manifest && manifest.error().kind == ErrorKind::kNotFound) {
    if (!is_restore)
      return Fail({ErrorKind::kNotFound, "cannot tell: there is no complete snapshot"}, kCannotTell);
    Say("nothing to restore: there is no complete snapshot");
    return kDone;
  }
  if (!manifest) return Fail(manifest.error(), is_restore ? kFailed : kCannotTell);
  if (manifest->units != units)
    return Fail({ErrorKind::kInvalid, "the snapshot is of other units"}, kWrongCall);
  return is_restore ? RestoreAll(folder, *manifest) : VerifyAll(folder, *manifest);
}

int Check(const std::string& folder, const Units& units) {
  const auto manifest = LookAt(units);
  if (!manifest) return Fail(manifest.error());
  const auto files = CallFilesGuard("check", folder, manifest->files);
  if (!files) return Fail(files.error());
  return files->status == 0 ? kDone : Fail({ErrorKind::kDenied, ComplaintOf(*files)});
}

int State(const Units& units) {
  const auto settled = WaitUntilSettled(units, kStateLimit);
  if (!settled) return Fail(settled.error(), kCannotTell);
  const auto word = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const UnitState& unit : *settled)
    Say(unit.id + " " + unit.load + " " + unit.active + " " + word(unit.sub) + " " + word(unit.result) + " " +
        word(unit.type));
  return kDone;
}

int WrongCall() {
  std::fputs(kUsage, stderr);
  return kWrongCall;
}

}  // namespace

int RunGuard(const std::vector<std::string>& arguments, const std::string& state_folder) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::fputs(kUsage, stdout);
    return kDone;
  }
  if (arguments.size() < 2) return WrongCall();
  const std::string& verb = arguments[0];
  const auto units = ReadUnits({arguments.begin() + 1, arguments.end()});
  if (!units) return Fail(units.error(), verb == "check" ? kFailed : kWrongCall);
  if (verb == "state") return State(*units);
  // Before the job is accepted its folder may not be there.
  if (verb == "check" && state_folder.starts_with('/')) return Check(state_folder, *units);
  if (verb != "check" && verb != "snapshot" && verb != "restore" && verb != "verify") return WrongCall();
  struct stat found {};
  if (!state_folder.starts_with('/') || stat(state_folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
    return Fail({ErrorKind::kInvalid,
                 "KEDGE_STATE_DIR has to be the absolute path of a folder, it is '" + state_folder + "'"},
                kWrongCall);
  umask(077);
  if (verb == "snapshot") return Snapshot(state_folder, *units);
  return RestoreOrVerify(state_folder, *units, verb == "restore");
}

}  // namespace kedge::services
