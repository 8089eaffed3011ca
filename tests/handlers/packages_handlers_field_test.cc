// The handlers of packages, with a real apt: done, undone, refused, and put off.
#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>

#include "handlers/packages_field.h"

namespace kedge::testing {
namespace {

using Args = std::vector<std::string>;

void CheckDoneAndUndone(const std::string& name, const Args& args) {
  CAPTURE(name);
  CAPTURE(args[0]);
  SetUpPackages();
  const std::string before = LookAtPackages();
  const HandlerCase handler(name);
  const Finished checked = handler.Call("check", args);
  CHECK(checked.err == "");
  REQUIRE(checked.status == 0);
  REQUIRE(LineDiff(before, LookAtPackages()) == "");
  CHECK(handler.Call("verify", args, "done").status == 1);
  const Finished finished = handler.Call("run", args);
  CAPTURE(finished.err);
  REQUIRE(finished.status == 0);
  CHECK(handler.Call("verify", args, "done").out == "");
  REQUIRE(handler.Call("verify", args, "done").status == 0);
  CHECK(handler.Call("verify", args, "undone").status == 1);
  REQUIRE(LineDiff(before, LookAtPackages()) != "");
  for (int i = 0; i < 2; ++i) {
    const Finished undone = handler.Call("rollback", args);
    CHECK(undone.err == "");
    REQUIRE(undone.status == 0);
    CHECK(handler.Call("verify", args, "undone").out == "");
    REQUIRE(handler.Call("verify", args, "undone").status == 0);
    REQUIRE(LineDiff(before, LookAtPackages()) == "");
  }
}

std::string LastLine(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // all of it where there is but one
}

// `run` fails, has changed nothing, and says why.
void CheckRefused(const std::string& name, const std::string& argument, int status, const std::string& why) {
  CAPTURE(name);
  CAPTURE(argument);
  const std::string before = LookAtPackages();
  const HandlerCase handler(name);
  const Finished finished = handler.Call("run", {argument});
  CAPTURE(finished.err);
  CHECK(finished.status == status);
  // The last line is what the operator reads.
  CHECK(LastLine(finished.err).find(why) != std::string::npos);
  CHECK(handler.Call("rollback", {argument}).status == 0);
  CHECK(handler.Call("verify", {argument}, "undone").status == 0);
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

TEST_CASE("packages handlers: what is installed or removed is undone") {
  CheckDoneAndUndone("install-packages", {"kedge-demo-watch"});
  CheckDoneAndUndone("install-packages", {"kedge-demo-watch kedge-demo-daemon=2.0", "kedge-demo-orphan:all"});
  CheckDoneAndUndone("install-packages", {"kedge-demo-rival"});
  CheckDoneAndUndone("install-packages", {"kedge-demo-tool=2.0"});
  CheckDoneAndUndone("remove-packages", {"kedge-demo-tool", "kedge-demo-many"});
  CheckDoneAndUndone("remove-packages", {"kedge-demo-lib kedge-demo-watch"});
}

TEST_CASE("packages handlers: what is so already is neither done nor undone") {
  SetUpPackages();
  const std::string before = LookAtPackages();
  for (const auto& [name, argument] : std::vector<std::pair<std::string, std::string>>{
           {"install-packages", "kedge-demo-tool=1.0 kedge-demo-many=1.0"},
           {"remove-packages", "kedge-demo-watch"}}) {
    const HandlerCase handler(name);
    CHECK(handler.Call("check", {argument}).status == 0);
    const Finished finished = handler.Call("run", {argument});
    CHECK(finished.status == 0);
    CHECK(finished.out.find("nothing to do") != std::string::npos);
    CHECK(!std::filesystem::exists(handler.state() + "/packages"));
    CHECK(handler.Call("verify", {argument}, "done").status == 0);
    CHECK(handler.Call("rollback", {argument}).status == 0);
    CHECK(handler.Call("verify", {argument}, "undone").status == 0);
  }
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

TEST_CASE("packages handlers: a package whose script fails is said to, and is undone") {
  SetUpPackages();
  const std::string before = LookAtPackages();
  const HandlerCase handler("install-packages");
  const Finished failed = handler.Call("run", {"kedge-demo-broken kedge-demo-tool=2.0"});
  CHECK(failed.status == 1);
  CHECK(failed.err.find("cannot install kedge-demo-broken kedge-demo-tool=2.0: kedge-demo-broken: installed "
                        "kedge-demo-broken package post-installation script") != std::string::npos);
  CHECK(LineDiff(before, LookAtPackages()) != "");
  CHECK(handler.Call("rollback", {"kedge-demo-broken kedge-demo-tool=2.0"}).status == 0);
  CHECK(handler.Call("verify", {"kedge-demo-broken kedge-demo-tool=2.0"}, "undone").status == 0);
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

TEST_CASE("packages handlers: unknown names, unknown versions and holds are refused") {
  SetUpPackages();
  CheckRefused("install-packages", "kedge-nosuch", 1, "no source has a package kedge-nosuch");
  // apt would remove the tool, or install what fits a pattern.
  CheckRefused("install-packages", "kedge-demo-tool-", 1, "no source has a package kedge-demo-tool-");
  CheckRefused("install-packages", "kedge.demo.watch", 1, "no source has a package kedge.demo.watch");
  CheckRefused("install-packages", "kedge-demo-tool=7.5", 1,
               "Version '7.5' for 'kedge-demo-tool' was not found");
  CheckRefused("remove-packages", "kedge-nosuch", 1, "no package is called kedge-nosuch");
  MustShell("apt-mark hold kedge-demo-tool");
  CheckRefused("install-packages", "kedge-demo-tool=2.0", 1, "Held packages were changed");
  MustShell("apt-mark unhold kedge-demo-tool");
}

TEST_CASE("packages handlers: what the system or Kedge needs is not removed") {
  SetUpPackages();
  for (const std::string needed : {"dpkg", "bash", "apt", "libc6", "libssl3", "libstdc++6", "coreutils"}) {
    CAPTURE(needed);
    const HandlerCase handler("remove-packages");
    CHECK(handler.Call("check", {needed}).status == 1);
    CHECK(handler.Call("run", {needed}).status == 1);
  }
  CheckRefused("remove-packages", "libssl3", 1, "Kedge needs it to run or to undo");
}

TEST_CASE("packages handlers: without a way back they refuse, or say so and go on") {
  SetUpPackages();
  MustShell("dpkg -i /srv/withheld/kedge-demo-orphan_1.0_all.deb");
  const std::string before = LookAtPackages();
  for (const std::string name : {"install-packages", "remove-packages"}) {
    CAPTURE(name);
    const HandlerCase handler(name);
    const Finished refused = handler.Call("check", {"kedge-demo-orphan"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("no exact way back: the .deb of kedge-demo-orphan:all 1.0") != std::string::npos);
    CheckRefused(name, "kedge-demo-orphan", 1, "no exact way back: the .deb of kedge-demo-orphan:all 1.0");

    Environment checking = handler.For("check");
    checking["KEDGE_NO_WAY_BACK"] = "run";
    CHECK(Run(handler.Command("check", {"kedge-demo-orphan"}), checking).status == 0);
  }
  const HandlerCase handler("install-packages");
  // With a reader of what it tells: the descriptor is made by a shell around it.
  Environment running = handler.For("run");
  running["KEDGE_NO_WAY_BACK"] = "run";
  running["KEDGE_STATUS_FD"] = "3";
  const std::string told = handler / "told";
  REQUIRE(Run({"/bin/sh", "-c", "exec " + handler.Command("run", {})[0] + " kedge-demo-orphan 3>" + told},
              running)
              .status == 0);
  CHECK(ReadAll(told).find("no-way-back=the .deb of kedge-demo-orphan:all 1.0 is") != std::string::npos);
  CHECK(ReadAll(told).find("progress=100\n") != std::string::npos);
  CHECK(ReadAll(told).find("step=package 1 of 1: ") != std::string::npos);
  CHECK(handler.Call("verify", {"kedge-demo-orphan"}, "done").status == 0);
  CHECK(handler.Call("rollback", {"kedge-demo-orphan"}).status == 0);
  CHECK(handler.Call("verify", {"kedge-demo-orphan"}, "undone").status == 3);
  CHECK(LineDiff(before, LookAtPackages()) != "");
  MustShell("dpkg --purge kedge-demo-orphan");
}

TEST_CASE("packages handlers: what is told while they work is a percentage, and which package of how many") {
  SetUpPackages();
  const HandlerCase handler("install-packages");
  Environment running = handler.For("run");
  running["KEDGE_STATUS_FD"] = "3";
  const std::string file = handler / "told";
  REQUIRE(Run({"/bin/sh", "-c",
               "exec " + handler.Command("run", {})[0] + " 'kedge-demo-tool kedge-demo-slow' 3>" + file},
              running)
              .status == 0);
  const std::string told = ReadAll(file);
  CAPTURE(told);
  CHECK(told.find("step=fetching packages: file 1 of ") != std::string::npos);
  // A package's number stays its own from unpacking to configuring.
  std::map<std::string, std::set<std::string>> numbers;
  std::set<std::string> used;
  const std::regex line("step=package ([0-9]+) of 3: (?:Unpacking|Configuring|Installed) ([a-z-]+)");
  for (std::sregex_iterator at(told.begin(), told.end(), line), end; at != end; ++at) {
    numbers[(*at)[2]].insert((*at)[1]);
    used.insert((*at)[1]);
  }
  CHECK(used == std::set<std::string>{"1", "2", "3"});
  REQUIRE(numbers.size() == 3);
  for (const auto& [package, its] : numbers) {
    CAPTURE(package);
    CHECK(its.size() == 1);
  }
  int before = 0;
  const std::regex percent("progress=([0-9]+)\n");
  for (std::sregex_iterator at(told.begin(), told.end(), percent), end; at != end; ++at) {
    CHECK(std::stoi((*at)[1]) >= before);
    before = std::stoi((*at)[1]);
  }
  CHECK(before == 100);
  CHECK(handler.Call("rollback", {"kedge-demo-tool kedge-demo-slow"}).status == 0);
}

TEST_CASE("packages handlers: a source that cannot be reached is a reason to try again later") {
  SetUpPackages();
  MustShell("cp /etc/apt/sources.list /tmp/sources.list");
  // Nobody listens there.
  MustShell("echo 'deb [trusted=yes] http://127.0.0.1:9/debian ./' >>/etc/apt/sources.list");
  CheckRefused("install-packages", "kedge-nosuch", 75, "later may work");
  MustShell("mv /tmp/sources.list /etc/apt/sources.list; apt-get -qq update");
}

TEST_CASE("packages handlers: the verifying ones look, and change nothing") {
  SetUpPackages();
  MustShell("apt-get -qq -y remove kedge-demo-daemon");
  const auto status = [](const char* name, const char* argument) {
    const HandlerCase handler(name);
    CHECK(handler.Call("check", {argument}).status == 0);
    CHECK(handler.Call("rollback", {argument}).status == 0);
    CHECK(handler.Call("verify", {argument}, "undone").status == 0);
    const int run = handler.Call("run", {argument}).status;
    CHECK(handler.Call("verify", {argument}, "done").status == run);
    return run;
  };
  const std::string before = LookAtPackages();
  CHECK(status("verify-packages-installed", "kedge-demo-tool kedge-demo-many=1.0 dpkg:amd64 dpkg") ==
        (Shell("dpkg --print-architecture").out == "amd64\n" ? 0 : 1));
  CHECK(status("verify-packages-installed", "kedge-demo-tool kedge-demo-many=2.0") == 1);
  CHECK(status("verify-packages-installed", "kedge-demo-daemon") == 1);
  CHECK(status("verify-packages-installed", "kedge-nosuch") == 1);
  CHECK(status("verify-packages-removed", "kedge-demo-daemon kedge-nosuch kedge-demo-many=2.0") == 0);
  CHECK(status("verify-packages-removed", "kedge-demo-daemon kedge-demo-tool") == 1);
  CHECK(status("verify-packages-removed", "kedge-demo-many=1.0") == 1);
  CHECK(LineDiff(before, LookAtPackages()) == "");
}

}  // namespace
}  // namespace kedge::testing
