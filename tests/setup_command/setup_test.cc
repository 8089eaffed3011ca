// What `kedge setup` writes, keeps and refuses.
#include <doctest/doctest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "rig/files.h"
#include "rig/wait.h"
#include "setup_command/bench.h"

namespace kedge::setup_test {
namespace {

struct stat StatOf(const std::string& path) {
  struct stat found {};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("what works is written, for the right user alone, and the service's answer is told") {
  Bench bench;
  const json report = bench.SetupJson(bench.Right());
  INFO(report.dump(1));
  CHECK(report["status"] == 0);
  CHECK(report["ok"] == true);
  CHECK(FirstFailure(report) == nullptr);
  CHECK(report["answer"] == "the Jobs service answers: no job is waiting");
  CHECK(report["written"].size() == 4);
  CHECK(bench.DeviceFiles() == Words{"ca.pem", "certificate.pem", "kedge.yaml", "private.key"});
  CHECK(bench.Read("private.key") == rig::ReadIfThere(bench.Broker("things/pi-1.key")));
  CHECK(bench.Read("certificate.pem") == rig::ReadIfThere(bench.Broker("things/pi-1.pem")));
  CHECK(bench.Read("ca.pem") == rig::ReadIfThere(bench.Broker("ca.pem")));
  const struct stat key = StatOf(bench.Device("private.key"));
  CHECK(key.st_uid == geteuid());
  CHECK((key.st_mode & 0777) == (geteuid() == 0 ? 0440 : 0400));
  if (const passwd* user = getpwnam(Bench::User().c_str()); user != nullptr)
    CHECK(key.st_gid == user->pw_gid);
  // kedged takes it.
  const rig::Finished checked = rig::Run(
      {SETUP_KEDGED, "--config", bench.Device("kedge.yaml"), "--check-config"}, bench.Folder("scratch"));
  CHECK(checked.status == 0);
  CHECK(Has(bench.Read("kedge.yaml"), "thing: pi-1\n"));

  SUBCASE("the second time nothing needs to be said, and nothing is written") {
    const std::string before = bench.Read("kedge.yaml");
    const json again = bench.SetupJson({});
    CHECK(again["status"] == 0);
    CHECK(again["written"].empty());
    CHECK(bench.Read("kedge.yaml") == before);
    CHECK(bench.DeviceFiles().size() == 4);
  }
  SUBCASE("a job that waits is told") {
    bench.service().CreateJob("first", std::string(R"({"version":"1.0","steps":[]})"));
    CHECK(bench.SetupJson({})["answer"] == "the Jobs service answers: job first is QUEUED");
  }
  SUBCASE("a key of the wrong owner and mode is mended") {
    chmod(bench.Device("private.key").c_str(), 0644);
    const json again = bench.SetupJson({});
    CHECK(again["written"] == json::array({bench.Device("private.key")}));
    CHECK((StatOf(bench.Device("private.key")).st_mode & 0007) == 0);
  }
}

TEST_CASE("the key is never printed, and no copy of it stays") {
  const Bench bench;
  const std::string key = rig::ReadIfThere(bench.Broker("things/pi-1.key"));
  const std::string line = rig::Lines(key).at(1);
  for (const Words& words : {bench.Right(), bench.With("--thing", "pi-2")}) {
    const rig::Finished finished = bench.Setup(words);
    CHECK(!Has(finished.out + finished.err, line));
  }
  // Other tests set devices up at the same time, with other keys.
  for (const char* place : {"/run", "/dev/shm", "/tmp"}) {
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      if (!entry.path().filename().string().starts_with("kedge-setup-")) continue;
      std::error_code gone;
      for (const auto& copy : std::filesystem::directory_iterator(entry.path(), gone)) {
        CHECK(!Has(rig::ReadIfThere(copy.path().string()), line));
      }
    }
  }
}

TEST_CASE("--check tries everything and changes nothing") {
  const Bench bench;
  Words words = bench.Right();
  words.push_back("--check");
  const json report = bench.SetupJson(words);
  CHECK(report["status"] == 0);
  CHECK(CheckOf(report, "state")["ok"] == true);
  CHECK(bench.DeviceFiles().empty());
}

TEST_CASE("--in-place leaves the three files where they are") {
  const Bench bench;
  const std::string user = Bench::User();
  for (const char* folder : {"broker", "broker/things"}) chmod(bench.Folder(folder).c_str(), 0755);
  for (const char* name : {"ca.pem", "things/pi-1.pem"}) chmod(bench.Broker(name).c_str(), 0644);
  if (const passwd* entry = getpwnam(user.c_str()); entry != nullptr)
    REQUIRE(chown(bench.Broker("things/pi-1.key").c_str(), entry->pw_uid, entry->pw_gid) == 0);
  chmod(bench.Broker("things/pi-1.key").c_str(), 0400);
  Words words = bench.Right();
  words.push_back("--in-place");
  const json report = bench.SetupJson(words);
  INFO(report.dump(1));
  CHECK(report["status"] == 0);
  CHECK(bench.DeviceFiles() == Words{"kedge.yaml"});
  CHECK(Has(bench.Read("kedge.yaml"), "key: " + bench.Broker("things/pi-1.key")));
}

TEST_CASE(
    "a configuration that is there keeps its keys and comments, is changed only when told, and is kept "
    "beside") {
  const Bench bench;
  std::filesystem::create_directory(bench.Folder("device"));
  const std::string old =
      "# mine\nthing: old-name  # why\nlog: {level: debug}\nbroker:\n  # eleven\n  keep_alive: 11s\n";
  rig::WriteFile(bench.Device("kedge.yaml"), old);
  const json refused = bench.SetupJson(bench.Right());
  CHECK(refused["status"] == 1);
  CHECK(Has(refused["error"], "--yes"));
  CHECK(bench.Read("kedge.yaml") == old);
  CHECK(bench.DeviceFiles() == Words{"kedge.yaml"});

  Words words = bench.Right();
  words.push_back("--yes");
  CHECK(bench.SetupJson(words)["status"] == 0);
  const std::string now = bench.Read("kedge.yaml");
  for (const char* kept :
       {"# mine\n", "thing: pi-1  # why\n", "log: {level: debug}\n", "  # eleven\n", "keep_alive: 11s\n"})
    CHECK_MESSAGE(Has(now, kept), now);
  CHECK(bench.Read("kedge.yaml.bak") == old);
}

TEST_CASE("another key takes the old one's place, and the old one is kept with its mode") {
  const Bench bench;
  REQUIRE(bench.SetupJson(bench.Right())["status"] == 0);
  const std::string old = bench.Read("private.key");
  // The broker tells things by the name in the certificate.
  const rig::Finished made = rig::Run({"/bin/sh", "-ec",
                                       "cd \"$0\"; openssl req -newkey rsa:2048 -nodes -keyout new.key -out "
                                       "new.csr -subj /CN=pi-1; openssl x509 -req "
                                       "-in new.csr -CA broker/ca.pem -CAkey broker/ca.key -CAcreateserial "
                                       "-CAserial new.srl -days 2 -out new.pem",
                                       bench.Folder("")},
                                      bench.Folder("scratch"));
  REQUIRE_MESSAGE(made.status == 0, made.err);
  const json report = bench.SetupJson({"--cert", bench.Folder("new.pem"), "--key", bench.Folder("new.key")});
  CHECK(report["status"] == 0);
  CHECK(bench.Read("private.key") == rig::ReadIfThere(bench.Folder("new.key")));
  CHECK(bench.Read("private.key.bak") == old);
  CHECK((StatOf(bench.Device("private.key.bak")).st_mode & 0007) == 0);
}

TEST_CASE("what is missing is named when there is nobody to ask, and wrong words are wrong use") {
  const Bench bench;
  const rig::Finished bare = bench.Setup({});
  CHECK(bare.status == 1);
  CHECK(Has(bare.err, "--thing, --endpoint, --cert, --key, --ca"));
  CHECK(Has(bare.err, "no terminal"));
  const rig::Finished wrong = bench.Setup({"--frobnicate"});
  CHECK(wrong.status == 2);
  CHECK(Has(wrong.err, "--frobnicate"));
  const rig::Finished port = bench.Setup(bench.With("--port", "http"));
  CHECK(port.status == 2);
  CHECK(Has(port.err, "--port is a number from 1 to 65535, not 'http'"));
  const rig::Finished file = bench.Setup(bench.With("--key", "/nowhere/key.pem"));
  CHECK(file.status == 1);
  CHECK(Has(file.err, "/nowhere/key.pem: No such file or directory"));
  CHECK(bench.DeviceFiles().empty());
}

TEST_CASE("Ctrl-C during the trial leaves everything as it was") {
  Bench bench;
  bench.drydock().Kill();  // so that the trial waits for an answer
  rig::Program setup(
      {.name = "setup", .argv = bench.Command(bench.Right()), .log_folder = bench.Folder("logs")});
  setup.Start();
  rig::WaitUntil("the trial", [&] { return setup.Said("Trying the connection"); });
  setup.Signal(SIGINT);
  CHECK(setup.Wait() == 1);
  CHECK(setup.Said("interrupted"));
  CHECK(bench.DeviceFiles().empty());
}

}  // namespace
}  // namespace kedge::setup_test
