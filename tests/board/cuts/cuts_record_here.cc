// Records what this build writes on this machine's own processor while it does jobs, for cuts_replay: quick,
// and without a board. kedged's state and the files of the jobs are on a disk of their own, which QEMU's
// storage daemon keeps the log of.
//
//   cuts_record_here FOLDER [--jobs N]
//
// FOLDER is made anew. To be started in a network namespace of its own (../run.sh). 77: this machine cannot
// do it.
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "board/cuts/mounted.h"
#include "board/cuts/recorder.h"
#include "rig/files.h"
#include "rig/rig.h"

namespace {

using namespace kedge;
using namespace kedge::board;
namespace fs = std::filesystem;

constexpr const char* kDaemon = "/usr/bin/qemu-storage-daemon";

// `disk` as a file that can be mounted: what is written to it goes into `log` and into the file `live`.
class LoggedDisk {
 public:
  LoggedDisk(const std::string& disk, const std::string& folder)
      : log_(folder + "/live.log"), file_(folder + "/exported.img") {
    const std::string live = folder + "/live.img";
    CopySparse(disk, live, folder);
    rig::WriteFile(log_, "");
    rig::WriteFile(file_, "");
    daemon_ = rig::Program(
        {.name = "storage-daemon",
         .argv = {kDaemon, "--blockdev", "driver=file,node-name=live,filename=" + live, "--blockdev",
                  "driver=file,node-name=log,filename=" + log_, "--blockdev",
                  "driver=blklogwrites,node-name=disk,file=live,log=log,log-sector-size=512,log-super-update-"
                  "interval=1",
                  "--export", "type=fuse,id=disk,node-name=disk,writable=on,mountpoint=" + file_},
         .log_folder = folder});
    daemon_.Start();
    rig::WaitUntil("the disk's export", [this] {
      if (!daemon_.Runs()) throw std::runtime_error("the storage daemon ends: " + daemon_.Log());
      std::error_code ignored;
      return fs::file_size(file_, ignored) > 0;
    });
  }
  ~LoggedDisk() {
    daemon_.Stop();
    umount2(file_.c_str(), MNT_DETACH);
  }
  LoggedDisk(const LoggedDisk&) = delete;
  LoggedDisk& operator=(const LoggedDisk&) = delete;

  const std::string& file() const { return file_; }
  const std::string& log() const { return log_; }

 private:
  const std::string log_;
  const std::string file_;
  rig::Program daemon_;
};

void MakeDisk(const std::string& disk, const std::string& scratch) {
  rig::WriteFile(disk, "");
  fs::resize_file(disk, 256 << 20);
  const rig::Finished made = rig::Run({"/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", disk}, scratch);
  if (made.status != 0) throw std::runtime_error("mke2fs fails: " + made.err);
}

int Record(const std::string& folder, int jobs) {
  OwnMounts();
  Recorder recorder(folder, "this machine", jobs);
  const std::string disk = folder + "/disk.img";
  MakeDisk(disk, recorder.scratch());
  recorder.Begin(disk);
  std::string log;
  {
    const LoggedDisk logged(disk, recorder.scratch());
    log = logged.log();
    const Mounted mounted(logged.file(), folder + "/mounted", recorder.scratch());
    fs::create_directories(mounted.At("/var/lib/kedge"));
    if (mount("none", "/var/lib", "tmpfs", 0, nullptr) != 0)
      throw std::runtime_error("cannot mount /var/lib");
    fs::create_directories("/var/lib/kedge");
    const InPlace state(mounted.At("/var/lib/kedge"), "/var/lib/kedge");
    const InPlace files(mounted.At("/srv"), "/srv");
    const InPlace scripts(mounted.At("/usr/local/lib"), "/usr/local/lib");
    rig::Rig rig({.thing = "cuts-" + std::to_string(getpid()),
                  .config = "paths: {state: /var/lib/kedge}\njobs: {sync: true}\n"});
    recorder.DoJobs(rig.service(), [&rig] { rig.Kedge({"wait", "idle", "--timeout", "60"}); });
    rig.kedged().Kill();
  }
  recorder.End(log);
  fs::remove(disk);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if ((argc != 2 && argc != 4) || (argc == 4 && std::strcmp(argv[2], "--jobs") != 0)) {
    std::fprintf(stderr, "usage: cuts_record_here FOLDER [--jobs N]\n");
    return 2;
  }
  for (const char* needed : {kDaemon, "/dev/fuse", "/usr/bin/setfattr"}) {
    if (access(needed, R_OK) != 0) return std::printf("skipped: %s is missing\n", needed), 77;
  }
  if (geteuid() != 0) return std::printf("skipped: only root can mount a disk\n"), 77;
  try {
    return Record(argv[1], argc == 4 ? std::stoi(argv[3]) : 8);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "cuts_record_here: %s\n", why.what());
    return 2;
  }
}
