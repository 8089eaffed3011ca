// The guard `packages`: what a step does to packages, and that it is undone.
#include <doctest/doctest.h>
#include <shadow.h>

#include "guards/packages/lock.h"
#include "handlers/packages_field.h"

namespace kedge::testing {
namespace {

// As a careful administrator would: dpkg asks about changed configuration otherwise, and fails.
constexpr char kInstall[] =
    "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --allow-downgrades -o Dpkg::Options::=--force-confold "
    "install ";
constexpr char kPurge[] = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge ";

void CheckUndone(const PackagesGuard& guard, const std::string& before) {
  for (int i = 0; i < 2; ++i) {
    const Finished restored = guard.Call("restore");
    CHECK(restored.err == "");
    REQUIRE(restored.status == 0);
    const Finished verified = guard.Call("verify");
    CHECK(verified.out == "");
    CHECK(verified.err == "");
    REQUIRE(verified.status == 0);
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
  }
}

// Guards the items, does it, sees that it is seen, and undoes it.
void CheckGuarded(const std::vector<std::string>& items, const std::string& doing) {
  CAPTURE(doing);
  SetUpPackages();
  const std::string before = LookAtPackages();
  const PackagesGuard guard(items);
  CHECK(guard.Call("check").err == "");
  REQUIRE(guard.Call("check").status == 0);
  const Finished taken = guard.Call("snapshot");
  CHECK(taken.err == "");
  REQUIRE(taken.status == 0);
  REQUIRE(LineDiff(before, LookAtPackages()) == "");
  CHECK(guard.Call("verify").status == 0);
  Shell(doing);
  REQUIRE(LineDiff(before, LookAtPackages()) != "");
  const Finished seen = guard.Call("verify");
  CHECK(seen.out != "");
  REQUIRE(seen.status == 1);
  CHECK(guard.Call("snapshot").status == 0);  // keeps the first one
  CheckUndone(guard, before);
}

TEST_CASE("packages guard: what a step installs, upgrades, downgrades or removes is undone") {
  CheckGuarded({"kedge-demo-watch"}, std::string(kInstall) + "kedge-demo-watch");
  CheckGuarded({"kedge-demo-tool"}, std::string(kInstall) + "kedge-demo-tool");
  // Asked about configuration it fails half-way.
  CheckGuarded({"kedge-demo-tool"}, "apt-get -qq -y install kedge-demo-tool");
  CheckGuarded({"kedge-demo-daemon", "kedge-demo-lib"},
               std::string(kInstall) + "kedge-demo-daemon kedge-demo-lib");
  CheckGuarded({"kedge-demo-lib"}, std::string(kPurge) + "kedge-demo-lib");
  CheckGuarded({"kedge-demo-rival"}, std::string(kInstall) + "kedge-demo-rival");
  CheckGuarded({"kedge-demo-broken"}, std::string(kInstall) + "kedge-demo-broken");
  CheckGuarded({"kedge-demo-many kedge-demo-daemon"},
               "apt-get -qq -y remove kedge-demo-many kedge-demo-daemon");
}

TEST_CASE("packages guard: each kind of change is seen and undone") {
  const std::vector<std::string> items = {"kedge-demo-tool kedge-demo-daemon"};
  CheckGuarded(items, "apt-mark hold kedge-demo-tool");
  CheckGuarded(items, "apt-mark hold kedge-demo-many");  // not even named
  CheckGuarded(items, "apt-mark manual kedge-demo-lib");
  CheckGuarded(items, "echo changed >/usr/bin/kedge-demo-tool; apt-get -qq -y install kedge-demo-tool=2.0");
  CheckGuarded(items, "echo changed >>/etc/kedge-demo/daemon.conf");
  CheckGuarded(items, "chmod 0644 /etc/kedge-demo/daemon.conf");
  CheckGuarded(items, "rm /var/lib/kedge-demo-daemon/data");
  CheckGuarded(items, "rm -r /var/lib/kedge-demo-daemon /etc/kedge-demo/daemon.conf");
  CheckGuarded(items, "deluser --quiet kedge-demo");
}

TEST_CASE("packages guard: what killed writers of shared files leave is taken away") {
  const std::vector<std::string> items = {"kedge-demo-tool"};
  for (const char* name :
       {"passwd.lock", "gshadow.610", "subuid+", ".#group0123456789abcdef", "shells.tmp", "ld.so.cache~"}) {
    CheckGuarded(items, std::string("printf 610 >'/etc/") + name + "'");
  }
  // Somebody's own are not, nor is what was there before.
  MustShell("echo mine >/etc/passwd.mine; echo older >/etc/group.1");
  SetUpPackages();
  const PackagesGuard guard({"kedge-demo-tool"});
  REQUIRE(guard.Call("snapshot").status == 0);
  MustShell("echo mine >/etc/passwd.2nd; echo mine >'/etc/.#passwd.mine'");
  const std::string before = LookAtPackages();
  CheckUndone(guard, before);
  // Nor is what somebody is writing now.
  MustShell("printf 1 >/etc/shadow.1");
  const std::string during = LookAtPackages();
  REQUIRE(lckpwdf() == 0);
  for (const char* verb : {"restore", "verify"}) {
    CHECK(guard.Call(verb).status == 0);
    CHECK(LineDiff(during, LookAtPackages()) == "");
  }
  REQUIRE(ulckpwdf() == 0);
  CheckUndone(guard, before);
  MustShell("rm /etc/passwd.mine /etc/group.1 /etc/passwd.2nd '/etc/.#passwd.mine'");
}

TEST_CASE("packages guard: what an administrator has changed in a package's own files stays his") {
  SetUpPackages();
  MustShell(
      "echo patched >/usr/share/kedge-demo-many/patched; cd /usr/bin && echo '# mine' >>kedge-demo-tool");
  const std::string before = LookAtPackages();
  const PackagesGuard guard({"kedge-demo-tool"});
  REQUIRE(guard.Call("snapshot").status == 0);
  MustShell(std::string(kInstall) + "kedge-demo-tool=2.0");
  CheckUndone(guard, before);
}

TEST_CASE("packages guard: configuration of a removed package is put back as such") {
  SetUpPackages();
  MustShell("apt-get -qq -y remove kedge-demo-daemon");
  const std::string before = LookAtPackages();
  for (const std::string& doing :
       {kInstall + std::string("kedge-demo-daemon=2.0"), kPurge + std::string("kedge-demo-daemon")}) {
    const PackagesGuard guard({"kedge-demo-daemon"});
    REQUIRE(guard.Call("snapshot").status == 0);
    MustShell(doing);
    CHECK(guard.Call("verify").status == 1);
    CheckUndone(guard, before);
  }
}

TEST_CASE("packages guard: where no exact way back can be kept, it says so before") {
  SetUpPackages();
  MustShell("dpkg -i /srv/withheld/kedge-demo-orphan_1.0_all.deb");
  const std::string before = LookAtPackages();
  const PackagesGuard guard({"kedge-demo-orphan"});
  for (const char* verb : {"check", "snapshot"}) {
    const Finished refused = guard.Call(verb);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("no exact way back: the .deb of kedge-demo-orphan:all 1.0") != std::string::npos);
  }
  CHECK(guard.Call("restore").status == 0);  // nothing was kept
  CHECK(guard.Call("verify").status == 3);
  CHECK(LineDiff(before, LookAtPackages()) == "");

  REQUIRE(guard.Call("snapshot", "run").status == 0);
  CHECK(guard.Call("verify", "run").status == 0);  // provably as it was
  MustShell(std::string(kInstall) + "kedge-demo-orphan=2.0");
  CHECK(guard.Call("restore", "run").status == 0);
  const Finished unsure = guard.Call("verify", "run");
  CHECK(unsure.out.find("kedge-demo-orphan:all: is 2.0") != std::string::npos);
  CHECK(unsure.status == 3);

  // A copy that is in apt's cache is a way back, if it is the very same.
  MustShell("dpkg -i --force-downgrade /srv/withheld/kedge-demo-orphan_1.0_all.deb");
  MustShell(
      "cp /srv/repository/kedge-demo-orphan_2.0_all.deb "
      "/var/cache/apt/archives/kedge-demo-orphan_1.0_all.deb");
  CHECK(PackagesGuard({"kedge-demo-orphan"}).Call("check").status == 1);
  MustShell("cp /srv/withheld/kedge-demo-orphan_1.0_all.deb /var/cache/apt/archives/");
  CHECK(PackagesGuard({"kedge-demo-orphan"}).Call("check").status == 0);
  const std::string again = LookAtPackages();
  const PackagesGuard cached({"kedge-demo-orphan"});
  REQUIRE(cached.Call("snapshot").status == 0);
  MustShell("rm /var/cache/apt/archives/*.deb");
  MustShell(std::string(kInstall) + "kedge-demo-orphan=2.0");
  CheckUndone(cached, again);
}

TEST_CASE(
    "packages guard: after an interrupted dpkg it refuses, or keeps what there is where that is allowed") {
  SetUpPackages();
  // dpkg writes down each step there, and was killed before these were in its status file.
  MustShell(
      "dpkg-query -s kedge-demo-tool | sed 's/^Status: .*/Status: install ok half-configured/' "
      ">/var/lib/dpkg/updates/0001");
  const std::string list = "dpkg -l; cat /var/lib/dpkg/updates/0001";
  const std::string before = Shell(list).out;
  const PackagesGuard guard({"kedge-demo-watch"});
  for (const char* verb : {"check", "snapshot"}) {
    const Finished refused = guard.Call(verb);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("dpkg was interrupted and has to be put in order first") != std::string::npos);
  }
  CHECK(Shell(list).out == before);

  const Finished taken = guard.Call("snapshot", "run");
  CHECK(taken.err == "");
  CHECK(taken.out.find("no exact way back: kedge-demo-tool:all is half-configured") != std::string::npos);
  REQUIRE(taken.status == 0);
  CHECK(guard.Call("verify", "run").status == 3);  // dpkg --audit complains, as it did before
  MustShell("dpkg --configure --force-confold -a && " + std::string(kInstall) + "kedge-demo-watch");
  CHECK(guard.Call("restore", "run").status == 0);
  const Finished unsure = guard.Call("verify", "run");
  CHECK(unsure.status == 3);
  CHECK(unsure.out.find(
            "kedge-demo-tool:all: is 1.0 (install ok installed), was 1.0 (install ok half-configured)") !=
        std::string::npos);
  CHECK(unsure.out.find("kedge-demo-watch") == std::string::npos);
}

TEST_CASE("packages guard: going back needs no source, and a damaged kept .deb is not used") {
  SetUpPackages();
  const std::string before = LookAtPackages();
  const PackagesGuard guard({"kedge-demo-tool"});
  REQUIRE(guard.Call("snapshot").status == 0);
  MustShell(std::string(kPurge) + "kedge-demo-tool");
  MustShell("mv /etc/apt/sources.list /etc/apt/sources.off; rm -rf /var/lib/apt/lists/*");
  MustShell("cd '" + guard.state() + "/debs' && cp -a . /tmp/debs && for f in *.deb; do echo x >>$f; done");
  const Finished failed = guard.Call("restore");
  CHECK(failed.status == 1);
  CHECK(failed.err.find("is damaged") != std::string::npos);
  CHECK(guard.Call("verify").status == 1);
  MustShell("cp -a /tmp/debs/. '" + guard.state() + "/debs'; rm -r /tmp/debs");
  const Finished restored = guard.Call("restore");
  MustShell("mv /etc/apt/sources.off /etc/apt/sources.list; apt-get -qq update");
  CHECK(restored.err == "");
  CHECK(restored.status == 0);
  CHECK(guard.Call("verify").out == "");
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

TEST_CASE("packages guard: nothing that it is told becomes an option, a pattern or another command") {
  for (const std::string bad :
       {"-oDpkg::Pre-Invoke::=id", "--force-all", "kedge-demo-*", "x;id", "$(id)", "a/b", "A", "x", "tool=-1",
        "tool=", "tool:", "tool:-x", "./x.deb", "^tool", "tool=1.0=2", "x_y", "\xc3\xa4"}) {
    CAPTURE(bad);
    for (const char* verb : {"check", "snapshot", "restore", "verify"}) {
      const Finished refused = PackagesGuard({bad}).Call(verb);
      CHECK(refused.status == (std::string(verb) == "check" ? 64 : 2));
      CHECK(refused.err.find("is not the name of a package") != std::string::npos);
    }
  }
  CHECK(PackagesGuard({" "}).Call("snapshot").status == 2);
  CHECK(PackagesGuard({}).Call("snapshot").status == 2);
  // apt would take these for a command to remove, and for a pattern.
  SetUpPackages();
  const std::string before = LookAtPackages();
  for (const std::string unknown :
       {"kedge-demo-tool-", "kedge-demo-tool+", "kedge.demo.tool", "kedge-nosuch"}) {
    CAPTURE(unknown);
    const Finished refused = PackagesGuard({unknown}).Call("snapshot");
    CHECK(refused.status == 1);
    CHECK(refused.err.find("apt does not know the package") != std::string::npos);
  }
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

TEST_CASE("packages guard: whoever uses dpkg is waited for, and named when that takes too long") {
  using packages::FrontendLock;
  SetUpPackages();
  const std::string before = LookAtPackages();
  const PackagesGuard guard({"kedge-demo-tool"});
  REQUIRE(guard.Call("snapshot").status == 0);
  MustShell(std::string(kPurge) + "kedge-demo-tool");
  // As apt locks: by fcntl, which flock(1) does not. The other file is dpkg's own, held also after apt was
  // killed.
  for (const std::string file : {"lock-frontend", "lock"}) {
    CAPTURE(file);
    Program holder({"/usr/bin/perl", "-e",
                    "use Fcntl; open(F, '+<', '/var/lib/dpkg/" + file +
                        "') or die; $l = pack('s s l! l! i', F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLKW, $l) or "
                        "die; sleep(600)"},
                   {});
    // Until it has the lock.
    for (int tries = 0; tries < 100000 && FrontendLock::Take(std::chrono::seconds(0)); ++tries) {
    }
    const auto refused = FrontendLock::Take(std::chrono::seconds(0));
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::kBusy);
    CHECK(refused.error().message.find("dpkg is in use by perl (") != std::string::npos);
    Program waiting(guard.Command("restore"), guard.For());
    holder.Kill();
    const Finished restored = waiting.Wait();
    CHECK(restored.err == "");
    CHECK(restored.status == 0);
    CHECK(guard.Call("verify").out == "");
    CHECK(LineDiff(before, LookAtPackages()) == "");
  }
}

TEST_CASE("packages guard: a snapshot of other packages, or a damaged one, is not believed") {
  SetUpPackages();
  const PackagesGuard guard({"kedge-demo-tool"});
  REQUIRE(guard.Call("snapshot").status == 0);
  for (const char* verb : {"restore", "verify"}) {
    CHECK(Run({KEDGE_HANDLERS "/guards/packages", verb, "kedge-demo-lib"}, guard.For()).status == 2);
  }
  const std::string record = ReadAll(guard.state() + "/record");
  for (const size_t at : {size_t{20}, record.size() / 2, record.size() - 10}) {
    std::string damaged = record;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    WriteAll(guard.state() + "/record", damaged);
    CHECK(guard.Call("restore").status == 1);
    CHECK(guard.Call("verify").status == 3);
    WriteAll(guard.state() + "/record", record.substr(0, at));
    CHECK(guard.Call("restore").status == 1);
    CHECK(guard.Call("verify").status == 3);
  }
}

}  // namespace
}  // namespace kedge::testing
