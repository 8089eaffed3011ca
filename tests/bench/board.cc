// Kedge on an emulated board: how long a boot takes until the agent is ready and until it is subscribed, what
// its processes keep in memory, what a job costs the disk, and what the package takes of it. Times are the
// emulator's, of the machine that it runs on: they compare two versions, and say nothing of a real board.
// Memory, writes and sizes are the board's. Usage: tests/board/run.sh BUILD --board arm64
// BUILD/tests/board/bench_board
#include "board/board.h"

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>

#include "board/work.h"
#include "rig/files.h"

namespace {

using kedge::board::Board;
using kedge::board::Last;
using kedge::board::Machine;

constexpr int kJobs = 10;

void Row(const std::string& what, double value, const char* unit) {
  std::printf("| %-58s | %9.1f %-3s |\n", what.c_str(), value, unit);
  std::fflush(stdout);
}

double Number(Machine& machine, const std::string& script) { return std::stod(machine.Shell(script)); }

// Seconds from the kernel's start. "ready" is systemd's word, "subscribed" the link's: it says "connected"
// when the last subscription is granted.
void Times(Machine& machine) {
  const double ready = Number(machine, "systemctl show -P ActiveEnterTimestampMonotonic kedged") / 1e6;
  const double subscribed = Number(machine,
                                   "journalctl -b -u kedge-link -o json --no-pager | grep -m 1 'MQTT' |"
                                   " sed 's/.*\"__MONOTONIC_TIMESTAMP\":\"\\([0-9]*\\)\".*/\\1/'") /
                            1e6;
  Row("kernel's start to kedged ready", ready, "s");
  Row("ready to subscribed", subscribed - ready, "s");
}

void Memory(Machine& machine) {
  for (const char* unit : {"kedged", "kedge-link"}) {
    const std::string process = "/proc/$(systemctl show -P MainPID " + std::string(unit) + ")";
    Row(std::string(unit) + " idle, its share of memory (PSS)",
        Number(machine, "awk '/^Pss:/ {print $2}' " + process + "/smaps_rollup") / 1024, "MiB");
    Row(std::string(unit) + " idle, resident (RSS)",
        Number(machine, "awk '/^VmRSS:/ {print $2}' " + process + "/status") / 1024, "MiB");
  }
}

struct Writes {
  double kib = 0;
  double flushes = 0;
};

// Of the whole disk, journald's and the file system's own included.
Writes DiskWrites(Machine& machine) {
  std::istringstream fields(
      machine.Shell("sync; awk '$3 == \"vda\" || $3 == \"mmcblk0\" {print $10 / 2, $19}' /proc/diskstats"));
  Writes writes;
  fields >> writes.kib >> writes.flushes;
  return writes;
}

void Disk(Board& board) {
  const auto work = [&board](const std::string& name, const nlohmann::json& document) {
    const Writes before = DiskWrites(board.machine());
    for (int i = 0; i < kJobs; ++i) {
      const std::string job = name + "-" + std::to_string(i);
      kedge::board::PrepareWork(board);
      board.service().CreateJob(job, document);
      if (board.WaitForEnd(job) != "SUCCEEDED") throw std::runtime_error(board.Story(job));
    }
    board.WaitForRest();
    const Writes after = DiskWrites(board.machine());
    return Writes{(after.kib - before.kib) / kJobs, (after.flushes - before.flushes) / kJobs};
  };
  // What the bench itself writes to make the files anew is in both.
  const Writes idle = work("nothing", kedge::board::Steps({kedge::board::ShellStep("true")}));
  const Writes steps = work("steps", kedge::board::ThreeSteps(Last::kEnds));
  Row("a job of one step that does nothing: written", idle.kib, "KiB");
  Row("  and flushes of the disk", idle.flushes, "");
  Row("a job of three steps with files kept: written", steps.kib, "KiB");
  Row("  and flushes of the disk", steps.flushes, "");
}

void Size(Machine& machine) {
  Row("installed, as the package says", Number(machine, "dpkg-query -W -f '${Installed-Size}' kedge"), "KiB");
  Row("of it programs",
      Number(machine, "du -kc /usr/sbin/kedged /usr/sbin/kedge-link /usr/bin/kedge | tail -n 1 | cut -f 1"),
      "KiB");
}

}  // namespace

int main() {
  try {
    Board board;
    board.Start();
    std::printf("| %-58s | %13s |\n|---|---|\n", ("on the emulated board " + board.machine().arch()).c_str(),
                "");
    Row("QEMU's start to the test's shell",
        static_cast<double>(board.machine().times().control.count()) / 1000, "s");
    board.WaitForRest();
    Times(board.machine());
    Memory(board.machine());
    Size(board.machine());
    Disk(board);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_board: %s\n", error.what());
    return 1;
  }
}
