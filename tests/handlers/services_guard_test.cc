// The guard `services` without a booted systemd: what it reads and writes, and what it says when there is
// none. systemctl's answers are given by a script of the test's where a real one cannot be made to give them
// here.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "guards/services/compare.h"
#include "guards/services/links.h"
#include "guards/services/manifest.h"
#include "guards/services/order.h"
#include "guards/services/systemctl.h"
#include "handlers/program.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;
using services::Recorded;
using services::Role;
using services::UnitState;
using Texts = std::vector<std::string>;

UnitState Unit(const std::string& id, const std::string& active, const std::string& sub = "running") {
  UnitState unit;
  unit.id = id;
  unit.names = {id};
  unit.load = "loaded";
  unit.active = active;
  unit.sub = sub;
  unit.file = "enabled";
  return unit;
}

void MakeFile(const std::string& path, const std::string& content = "") {
  fs::create_directories(fs::path(path).parent_path());
  WriteAll(path, content);
}

void MakeLink(const std::string& path, const std::string& target) {
  fs::create_directories(fs::path(path).parent_path());
  fs::create_symlink(target, path);
}

Finished CallGuard(const Texts& arguments, const TemporaryFolder& folder, const std::string& systemctl) {
  fs::create_directories(folder / "bin");
  fs::create_directories(folder / "state");
  MakeFile(folder / "bin/systemctl", "#!/bin/sh\n" + systemctl);
  chmod((folder / "bin/systemctl").c_str(), 0755);
  Texts argv = {KEDGE_HANDLERS "/guards/services"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Run(argv, {{"KEDGE_STATE_DIR", folder / "state"}, {"PATH", (folder / "bin") + ":/usr/bin:/bin"}});
}

}  // namespace

TEST_CASE("services: reads what systemctl shows of several units") {
  const auto units = services::ParseShow(
      "Type=notify\nResult=success\nId=a.service\nNames=b.service a.service\nRequires=sysinit.target "
      "x.socket\n"
      "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nJob=17\nCanReload=yes\n"
      "FragmentPath=/lib/systemd/system/a.service\nDropInPaths=/etc/a.conf /etc/b=c.conf\nInvocationID=abc\n"
      "StateChangeTimestampMonotonic=12\nActiveEnterTimestampMonotonic=11\nNeedDaemonReload=no\n"
      "\n"
      "Id=none.service\nNames=none.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n"
      "RefuseManualStart=yes\n");
  REQUIRE(units);
  REQUIRE(units->size() == 2);
  const UnitState& first = units->front();
  CHECK(first.id == "a.service");
  CHECK(first.names == Texts{"b.service", "a.service"});
  CHECK(first.relations.at("Requires") == Texts{"sysinit.target", "x.socket"});
  CHECK(first.drop_ins == Texts{"/etc/a.conf", "/etc/b=c.conf"});
  CHECK(first.has_job);
  CHECK(first.can_reload);
  CHECK(first.changed_us == 12);
  CHECK(first.activated_us == 11);
  CHECK_FALSE(services::IsAtRest(first));
  CHECK(services::IsUp(first));
  const UnitState& second = units->back();
  CHECK(second.load == "not-found");
  CHECK(second.file == "");
  CHECK(second.refuses_start);
  CHECK(services::IsAtRest(second));
  CHECK_FALSE(services::IsUp(second));
  CHECK_FALSE(services::ParseShow("nonsense\n"));
  CHECK_FALSE(services::ParseShow("Id=a.service\n"));
  CHECK(services::ParseShow("")->empty());
}

TEST_CASE("services: the manifest comes back as it was written, and a damaged one is not believed") {
  services::Manifest manifest;
  manifest.units = {"a.service"};
  manifest.files = {"/etc/systemd/system/a.service"};
  manifest.links = {"/etc/x"};
  manifest.folders = {"/etc/y.wants"};
  manifest.names = {"a.service", "b.service"};
  manifest.recorded = {{Role::kGuarded, Unit("a.service", "active")},
                       {Role::kPulledIn, Unit("b.service", "inactive")}};
  manifest.recorded[0].unit.drop_ins = {"/etc/d"};
  manifest.recorded[0].unit.changed_us = 1'234'567'890'123;
  const std::string text = services::Encode(manifest);
  const auto read = services::Decode(text);
  REQUIRE(read);
  CHECK(services::Encode(*read) == text);
  CHECK(read->recorded[1].role == Role::kPulledIn);
  CHECK(read->recorded[0].unit.changed_us == 1'234'567'890'123);
  CHECK(services::Ids(*read) == Texts{"a.service", "b.service"});
  CHECK(services::Ids(*read, Role::kGuarded) == Texts{"a.service"});
  for (size_t length = 0; length < text.size(); ++length)
    CHECK_FALSE(services::Decode(text.substr(0, length)));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const auto decoded = services::Decode(damaged);
    if (decoded) CHECK(services::Encode(*decoded) == text);  // blanks in the last line
  }
}

TEST_CASE(
    "services: a unit's files are found in all folders of the administrator's, and the links that enable "
    "it") {
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  const std::string etc = root + "/etc/systemd/system";
  UnitState unit = Unit("a@x.service", "active");
  unit.names = {"a@x.service", "alias.service"};
  unit.fragment = "/lib/systemd/system/a@.service";
  unit.drop_ins = {etc + "/a@.service.d/1.conf", etc + "/service.d/2.conf",
                   "/lib/systemd/system/service.d/3.conf"};
  MakeFile(root + unit.fragment,
           "[Unit]\nAlso=wrong.service\n[Install]\nAlso = b.socket c.service\nWantedBy=d.target\n");
  const Texts own = services::OwnPaths({unit}, root);
  const auto has = [](const Texts& texts, const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  for (const std::string path :
       {"/etc/systemd/system/a@x.service", "/run/systemd/system/a@x.service.d",
        "/etc/systemd/system/a@.service", "/run/systemd/system.control/alias.service.d",
        "/usr/local/lib/systemd/system/a@.service.d", "/etc/systemd/system/service.d/2.conf"})
    CHECK(has(own, root + path));
  CHECK_FALSE(has(own, etc + "/a@.service.d/1.conf"));  // its folder is
  CHECK_FALSE(has(own, "/lib/systemd/system/service.d/3.conf"));
  const Texts names = services::LinkNames({unit}, root);
  CHECK(names == Texts{"a@x.service", "alias.service", "b.socket", "c.service"});

  MakeLink(etc + "/m.target.wants/a@x.service", "/lib/systemd/system/a@.service");
  MakeLink(etc + "/sockets.target.requires/b.socket", "/lib/systemd/system/b.socket");
  MakeLink(etc + "/other.service", "/lib/systemd/system/c.service");
  MakeLink(etc + "/m.target.wants/unrelated.service", "/lib/systemd/system/unrelated.service");
  MakeFile(etc + "/m.target.wants/alias.service", "no link");
  MakeLink(root + "/run/systemd/system/m.target.wants/c.service", "/x/c.service");
  MakeLink(root + "/etc/rc3.d/S01c", "../init.d/c");
  MakeLink(root + "/etc/rc6.d/K01c", "../init.d/c");
  MakeLink(root + "/etc/rc6.d/K01d", "../init.d/d");
  CHECK(services::FindLinks(names, root) == Texts{root + "/etc/rc3.d/S01c", root + "/etc/rc6.d/K01c",
                                                  etc + "/m.target.wants/a@x.service", etc + "/other.service",
                                                  etc + "/sockets.target.requires/b.socket",
                                                  root + "/run/systemd/system/m.target.wants/c.service"});
  CHECK(services::FindLinkFolders(root) == Texts{etc + "/m.target.wants", etc + "/sockets.target.requires",
                                                 root + "/run/systemd/system/m.target.wants"});
}

TEST_CASE("services: a new link is removed, and the folder that was made for it") {
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  const std::string etc = root + "/etc/systemd/system";
  MakeLink(etc + "/new.target.wants/a.service", "/x/a.service");
  fs::create_directories(etc + "/old.target.wants");
  MakeFile(etc + "/full.target.requires/b.service");
  REQUIRE(services::RemoveLink(etc + "/new.target.wants/a.service"));
  services::RemoveEmptyLinkFolders({etc + "/old.target.wants"}, root);
  CHECK(services::FindLinkFolders(root) == Texts{etc + "/full.target.requires", etc + "/old.target.wants"});
  CHECK(services::RemoveLink(etc + "/full.target.requires/b.service").error().kind == ErrorKind::kDenied);
  CHECK_FALSE(services::RemoveLink(etc + "/nowhere/b.service"));
}

TEST_CASE("services: differences, one a line, and what is none") {
  const auto compare = [](const UnitState& was, const UnitState& is, Role role = Role::kGuarded) {
    std::string text;
    for (const std::string& line : services::Differences({role, was}, is)) text += line + "\n";
    return text;
  };
  const UnitState active = Unit("a.service", "active");
  UnitState other = active;
  other.invocation = "new";  // restarted
  CHECK(compare(active, other) == "");
  other.sub = "exited";
  other.load = "masked";
  other.file = "";
  other.drop_ins = {"/b", "/a"};
  other.needs_daemon_reload = true;
  CHECK(compare(active, other) ==
        "a.service: SubState is exited, was running\n"
        "a.service: LoadState is masked, was loaded\n"
        "a.service: UnitFileState is empty, was enabled\n"
        "a.service: DropInPaths is /a /b, was empty\n"
        "a.service: NeedDaemonReload is yes, was no\n");
  CHECK(compare(active, other, Role::kDependent) == "");
  const std::vector<std::tuple<const char*, const char*, bool>> pairs = {
      {"active", "inactive", false},     {"active", "failed", false},   {"active", "activating", false},
      {"active", "reloading", true},     {"inactive", "failed", false}, {"inactive", "active", false},
      {"failed", "inactive", true},      {"failed", "active", false},   {"activating", "active", true},
      {"activating", "inactive", false}, {"activating", "failed", true}};
  for (const auto& [was, is, is_same] : pairs) {
    CAPTURE(std::string(was) + " " + is);
    CHECK((compare(Unit("a.timer", was), Unit("a.timer", is)) == "") == is_same);
  }
}

TEST_CASE("services: units are started after those that they are ordered after, and a circle is no end") {
  const auto after = [](const std::string& id, const Texts& others) {
    UnitState unit = Unit(id, "inactive");
    unit.relations["After"] = others;
    return unit;
  };
  const std::vector<UnitState> states = {after("a", {"c", "x"}), after("b", {"a", "b"}), after("c", {"x"})};
  CHECK(services::InStartOrder({"new", "b", "a", "c"}, states) == Texts{"c", "a", "b", "new"});
  CHECK(services::InStartOrder({"b", "c"}, states) == Texts{"b", "c"});
  CHECK(services::InStartOrder({"a", "b"}, {after("a", {"b"}), after("b", {"a"})}) == Texts{"a", "b"});
  CHECK(services::InStartOrder({}, states).empty());
  // Shown before its socket was loaded, the service does not know that it is behind it.
  UnitState socket = Unit("s.socket", "inactive");
  socket.relations["Triggers"] = {"s.service"};
  CHECK(services::InStartOrder({"s.service", "s.socket"}, {Unit("s.service", "inactive"), socket}) ==
        Texts{"s.socket", "s.service"});
}

TEST_CASE("services: without a running systemd nothing is kept, and the reason is systemd's own") {
  const TemporaryFolder folder;
  const std::string none =
      "echo 'System has not been booted with systemd as init system (PID 1). Can'\"'\"'t operate.' >&2; exit "
      "1\n";
  for (const std::string verb : {"snapshot", "check"}) {
    const Finished finished = CallGuard({verb, "nginx"}, folder, none);
    CHECK(finished.status == 1);
    CHECK(finished.err ==
          "services: systemctl show: System has not been booted with systemd as init system (PID 1). "
          "Can't operate.\n");
  }
  CHECK(CallGuard({"state", "nginx"}, folder, none).status == 3);
  CHECK(CallGuard({"verify", "nginx"}, folder, none).status == 3);
  CHECK(CallGuard({"restore", "nginx"}, folder, none).status == 0);
  CHECK(fs::is_empty(folder / "state"));
}

TEST_CASE("services: wrong calls") {
  const TemporaryFolder folder;
  for (const Texts& arguments :
       {Texts{}, {"snapshot"}, {"wrong", "nginx"}, {"snapshot", "--root=/"}, {"restore", "a*"}})
    CHECK(CallGuard(arguments, folder, "exit 1\n").status == 2);
  CHECK(CallGuard({"check", "--root=/"}, folder, "exit 1\n").status == 1);
  CHECK(CallGuard({"--help"}, folder, "exit 1\n").status == 0);
  CHECK(Run({KEDGE_HANDLERS "/guards/services", "snapshot", "x"}, {{"KEDGE_STATE_DIR", "relative"}}).status ==
        2);
}

TEST_CASE("services: a damaged snapshot is neither restored nor verified nor replaced") {
  const TemporaryFolder folder;
  MakeFile(folder / "state/manifest", "{}\n{}\n");
  CHECK(CallGuard({"snapshot", "x"}, folder, "exit 1\n").status == 1);
  CHECK(CallGuard({"restore", "x"}, folder, "exit 1\n").status == 1);
  const Finished finished = CallGuard({"verify", "x"}, folder, "exit 1\n");
  CHECK(finished.status == 3);
  CHECK(finished.err.find("cannot be believed") != std::string::npos);
}

}  // namespace kedge::testing
