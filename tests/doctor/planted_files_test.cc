// What can be wrong with a device's files, clock, disk and memory, planted one thing at a time: exactly that
// check is not ok, and names the fix.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "doctor/scene.h"
#include "rig/files.h"

namespace kedge::doctor_test {
namespace {

namespace fs = std::filesystem;

// What no configuration means for the checks that go by it.
const std::set<std::string> kWithoutConfig = {"ca",        "certificate", "key",   "fsync",
                                              "leftovers", "handlers",    "guards"};

TEST_CASE("a configuration that is no YAML") {
  Scene scene;
  scene.WriteConfig("thing: [pi-1\n");
  FindsOnly(scene, "config", "problem", "kedge.yaml:", "sudoedit " + scene.Folder("etc/kedge.yaml"),
            kWithoutConfig);
}

TEST_CASE("an unknown key, and the key that was meant") {
  Scene scene;
  scene.Configure("broker: {keepalive: 60s}");
  FindsOnly(scene, "config", "problem", "did you mean 'keep_alive'?", "sudoedit", kWithoutConfig);
}

TEST_CASE("no configuration at all") {
  Scene scene;
  fs::remove(scene.Folder("etc/kedge.yaml"));
  FindsOnly(scene, "config", "problem", "No such file", "sudo kedge setup", kWithoutConfig);
}

TEST_CASE("a configuration that others may write") {
  Scene scene;
  chmod(scene.Folder("etc/kedge.yaml").c_str(), 0666);
  FindsOnly(scene, "config", "problem", "can be written by others", "sudo chmod go-w");
}

TEST_CASE("a folder that the configuration names and there is none") {
  Scene scene;
  scene.Configure("paths: {allowed_handlers: [/no/such/folder]}");
  FindsOnly(scene, "config", "problem", "there is no folder /no/such/folder",
            "sudo mkdir -p /no/such/folder");
}

TEST_CASE("a user that the configuration names and there is none") {
  Scene scene;
  scene.Configure("jobs: {users: [no-such-user]}");
  FindsOnly(scene, "config", "problem", "there is no user 'no-such-user'",
            "sudo adduser --system --group no-such-user");
}

TEST_CASE("a certificate that has expired") {
  Scene scene;
  scene.Issue({"20200101000000Z", "20210101000000Z"});
  FindsOnly(scene, "certificate", "problem", "expired on 2021-01-01", "sudo kedge setup --cert");
}

TEST_CASE("a certificate that expires within 30 days") {
  Scene scene;
  // Ten days before its end.
  scene.io.device.now = [] { return 1'893'456'000'000; };  // 2030-01-01
  scene.Issue({"20200101000000Z", "20300111000000Z"});
  FindsOnly(scene, "certificate", "warning", "in 10 days", "sudo kedge setup --cert");
}

TEST_CASE("a key that is not the certificate's") {
  Scene scene;
  const link::TestCa other("Another CA");
  other.Issue("pi-1", "", scene.Folder("other.pem"), scene.Folder("etc/private.key"));
  scene.Own("etc/private.key", 0400);
  FindsOnly(scene, "key", "problem", "does not belong to the certificate", "sudo kedge setup");
}

TEST_CASE("a key that everybody can read") {
  Scene scene;
  scene.Own("etc/private.key", 0444);
  FindsOnly(scene, "key", "problem", "can be read by other users (mode 0444)", "sudo chmod 440");
}

TEST_CASE("a key that kedge-link's user cannot read" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  chown(scene.Folder("etc/private.key").c_str(), 0, 0);
  chmod(scene.Folder("etc/private.key").c_str(), 0400);
  FindsOnly(scene, "key", "problem", "Permission denied", "sudo chown root:");
}

TEST_CASE("files in a folder that kedge-link's user may not pass through" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  fs::create_directory(scene.Folder("etc/closed"));
  fs::rename(scene.Folder("etc/private.key"), scene.Folder("etc/closed/private.key"));
  chmod(scene.Folder("etc/closed").c_str(), 0700);
  scene.Configure("broker: {key: " + scene.Folder("etc/closed/private.key") + "}");
  FindsOnly(scene, "key", "problem", "may not pass through " + scene.Folder("etc/closed"),
            "sudo kedge setup --cert " + scene.Folder("etc/certificate.pem"));
}

TEST_CASE("a CA file that is none") {
  Scene scene;
  scene.Configure("broker: {endpoint: abc-ats.iot.eu-central-1.amazonaws.com}");
  rig::WriteFile(scene.Folder("etc/ca.pem"), "a note\n");
  FindsOnly(scene, "ca", "problem", "holds no certificate in PEM form",
            "sudo kedge setup --ca /etc/ssl/certs/Amazon_Root_CA_1.pem");
}

TEST_CASE("a clock before the certificate's date") {
  Scene scene;
  scene.io.device.clock_is_synchronised = [] { return false; };
  scene.Issue({"20400101000000Z", "20410101000000Z"});
  FindsOnly(scene, "clock", "problem", "the certificate is valid from 2040-01-01",
            "sudo timedatectl set-ntp true", {"certificate", "key"});
}

TEST_CASE("a certificate of the future, by a clock that is right") {
  Scene scene;
  scene.Issue({"20400101000000Z", "20410101000000Z"});
  FindsOnly(scene, "certificate", "problem", "is not valid yet", "sudo kedge setup --cert");
}

TEST_CASE("a clock that nobody has set since the start") {
  Scene scene;
  scene.io.device.now = [] { return 86'400'000; };
  FindsOnly(scene, "clock", "problem", "has not been set", "sudo timedatectl set-ntp true");
}

TEST_CASE("a clock that nobody vouches for") {
  Scene scene;
  scene.io.device.clock_is_synchronised = [] { return false; };
  FindsOnly(scene, "clock", "warning", "nothing vouches for it", "sudo timedatectl set-ntp true");
}

TEST_CASE("a handler that others may write") {
  Scene scene;
  chmod(scene.Folder("handlers/good/rollback").c_str(), 0777);
  FindsOnly(scene, "handlers", "problem", "can be written by others (mode 0777)",
            "sudo chmod go-w " + scene.Folder("handlers/good/rollback"));
}

TEST_CASE("a folder of handlers that others may write") {
  Scene scene;
  chmod(scene.Folder("handlers").c_str(), 0777);
  FindsOnly(scene, "handlers", "problem", "can be written by others",
            "sudo chmod go-w " + scene.Folder("handlers"));
}

TEST_CASE("a handler that cannot be executed") {
  Scene scene;
  chmod(scene.Folder("handlers/good/run").c_str(), 0644);
  FindsOnly(scene, "handlers", "problem", "is not executable",
            "sudo chmod +x " + scene.Folder("handlers/good/run"));
}

TEST_CASE("a handler whose interpreter is not there") {
  Scene scene;
  scene.Script("handlers/old.sh", "#!/usr/bin/no-such-interpreter\n");
  FindsOnly(scene, "handlers", "problem", "wants to be executed by /usr/bin/no-such-interpreter",
            "no-such-interpreter");
}

TEST_CASE("a handler whose interpreter is to be found by env, and is not there") {
  Scene scene;
  scene.Script("handlers/old.sh", "#!/usr/bin/env no-such-interpreter\n");
  FindsOnly(scene, "handlers", "problem", "wants to be executed by no-such-interpreter",
            "no-such-interpreter");
}

TEST_CASE("a guard that others may write") {
  Scene scene;
  chmod(scene.Folder("guards/files").c_str(), 0757);
  FindsOnly(scene, "guards", "problem", "can be written by others", "sudo chmod go-w");
}

TEST_CASE("a folder of the search path that others may write") {
  Scene scene;
  chmod(scene.Folder("bin").c_str(), 0775);
  FindsOnly(scene, "search-path", "problem", "can be written by others",
            "sudo chmod go-w " + scene.Folder("bin"));
}

TEST_CASE("jobs.sync is off") {
  Scene scene;
  scene.Configure("jobs: {sync: false}");
  FindsOnly(scene, "sync", "warning", "jobs.sync is off", "sudoedit");
}

TEST_CASE("a disk that takes long to keep what it is given") {
  Scene scene;
  scene.io.device.time_syncs = [](const std::string&) -> Result<std::vector<std::chrono::microseconds>> {
    return std::vector<std::chrono::microseconds>(15, std::chrono::milliseconds(700));
  };
  FindsOnly(scene, "fsync", "warning", "on the disk after 700 ms", "pidstat");
}

// A file system of its own for the state, seen by this process alone.
class OwnState {
 public:
  OwnState(const Scene& scene, const std::string& options) : folder_(scene.Folder("state")) {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    fs::rename(folder_, folder_ + ".before");
    fs::create_directory(folder_);
    mounted_ = mount("none", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
    if (mounted_) fs::copy(folder_ + ".before", folder_, fs::copy_options::recursive);
  }
  ~OwnState() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  OwnState(const OwnState&) = delete;
  OwnState& operator=(const OwnState&) = delete;
  bool mounted() const { return mounted_; }
  bool MakeReadOnly() const {
    return mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  const std::string folder_;
  bool mounted_ = false;
};

TEST_CASE("a file where the service's sandbox does not let it look" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  REQUIRE(unshare(CLONE_NEWNS) == 0);
  REQUIRE(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  REQUIRE(mount("none", "/home", "tmpfs", 0, "size=1m") == 0);  // for this process alone
  fs::rename(scene.Folder("etc/ca.pem"), scene.Folder("etc/real.pem"));
  fs::copy_file(scene.Folder("etc/real.pem"), "/home/ca.pem");
  fs::create_symlink("/home/ca.pem", scene.Folder("etc/ca.pem"));
  FindsOnly(scene, "ca", "problem", "cannot be seen by kedge-link.service", "sudo kedge setup --cert");
  umount2("/home", MNT_DETACH);
}

TEST_CASE("a disk that is full" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  scene.io.device.look_at_file_system = statvfs;
  const OwnState state(scene, "size=4m");
  REQUIRE(state.mounted());
  FindsOnly(scene, "disk", "problem", "only ", "du -xh");
}

TEST_CASE("a disk that takes no more files" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  scene.io.device.look_at_file_system = statvfs;
  const OwnState state(scene, "size=64m,nr_inodes=60");
  REQUIRE(state.mounted());
  FindsOnly(scene, "disk", "problem", "more files can be made", "du -x --inodes");
}

TEST_CASE("a disk that is read-only" * doctest::skip(geteuid() != 0)) {
  Scene scene;
  scene.io.device.time_syncs = doctor::TimeSyncs;
  scene.io.device.look_at_file_system = statvfs;
  const OwnState state(scene, "size=256m");
  REQUIRE(state.mounted());
  REQUIRE(state.MakeReadOnly());
  FindsOnly(scene, "disk", "problem", "is read-only", "sudo mount -o remount,rw", {"fsync"});
}

TEST_CASE("a disk that is nearly full") {
  Scene scene;
  scene.io.device.look_at_file_system = [](const char*, struct statvfs* found) {
    found->f_frsize = 4096;
    found->f_bavail = 10'000;
    return 0;
  };
  FindsOnly(scene, "disk", "warning", "39.1 MiB left", "du -xh");
}

TEST_CASE("hardly any memory is left") {
  Scene scene;
  rig::WriteFile(scene.Folder("proc/meminfo"), "MemTotal: 500000 kB\nMemAvailable: 9000 kB\n");
  FindsOnly(scene, "memory", "problem", "only 8.8 MiB", "ps -eo rss");
}

TEST_CASE("a damaged journal") {
  Scene scene;
  std::string bytes = rig::ReadIfThere(scene.Folder("state/journal.db"));
  REQUIRE(bytes.size() > 8192);
  std::fill(bytes.begin() + 4096, bytes.begin() + 8192, '\xa5');
  rig::WriteFile(scene.Folder("state/journal.db"), bytes, 0600);
  FindsOnly(scene, "journal", "problem", "journal.db", "sudo systemctl restart kedged", {"leftovers"});
  CHECK(rig::ReadIfThere(scene.Folder("state/journal.db")) == bytes);
}

TEST_CASE("a journal that is gone") {
  Scene scene;
  REQUIRE(rig::Exists(scene.Folder("state/journal.db.reserve")));
  fs::remove(scene.Folder("state/journal.db"));
  FindsOnly(scene, "journal", "problem", "is gone, although there was one", "sudo systemctl restart kedged",
            {"leftovers"});
}

TEST_CASE("undo data of no job") {
  Scene scene;
  fs::create_directories(scene.Folder("state/undo/0123456789abcdef"));
  FindsOnly(scene, "leftovers", "warning", "holds undo data of no job",
            "sudo rm -r " + scene.Folder("state/undo/0123456789abcdef"));
}

TEST_CASE("a journal that was put aside") {
  Scene scene;
  rig::WriteFile(scene.Folder("state/journal.db.failed-1"), "x");
  FindsOnly(scene, "leftovers", "warning", "kept as evidence", "sudo rm -f");
}

}  // namespace
}  // namespace kedge::doctor_test
