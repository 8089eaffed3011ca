// The handler `set-config`: real files, validated, reloaded, and undone at every stage.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers/handler_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;
using Args = std::vector<std::string>;

const std::string kText = "# about\nport: 80 # here\nname: x\n";

class ConfigCase : public HandlerCase {
 public:
  ConfigCase() : HandlerCase("set-config") {}
  Environment For(const std::string& verb, const std::string& expect = "") const {
    Environment environment = HandlerCase::For(verb, expect);
    environment["PATH"] = programs_.path() + ":/usr/sbin:/usr/bin:/sbin:/bin";
    environment["KEDGE_GUARDS"] = guards_.path();
    for (const auto& [name, value] : more_) environment[name] = value;
    return environment;
  }
  Finished Call(const std::string& verb, const Args& args, const std::string& expect = "") const {
    return Run(Command(verb, args), For(verb, expect));
  }
  // A program that notes how it was called in `calls`, and does `script` too.
  void AddProgram(const std::string& name, const std::string& script) const {
    Write(programs_ / name, name, script);
  }
  void AddGuard(const std::string& name, const std::string& script) const {
    Write(guards_ / name, name, script);
  }
  void UseRealFilesGuard() const { fs::create_symlink(KEDGE_HANDLERS "/guards/files", guards_ / "files"); }
  std::string Calls() const { return ReadAll(programs_ / "calls"); }
  void ForgetCalls() const { fs::remove(programs_ / "calls"); }
  void Set(const std::string& name, const std::string& value) { more_[name] = value; }
  Listing Inside() const {
    Listing listing = List({place()});
    listing.erase(place());
    return listing;
  }

 private:
  void Write(const std::string& path, const std::string& name, const std::string& script) const {
    WriteAll(path, "#!/bin/sh\necho " + name + " \"$*\" >>" + (programs_ / "calls") + "\n" + script + "\n");
    chmod(path.c_str(), 0755);
  }
  TemporaryFolder programs_;
  TemporaryFolder guards_;
  Environment more_;
};

void CheckUndone(const ConfigCase& config, const Args& args, const Listing& before) {
  for (int i = 0; i < 2; ++i) {
    const Finished finished = config.Call("rollback", args);
    CHECK(finished.err == "");
    CHECK(finished.status == 0);
    CHECK(Diff(before, config.Inside()) == "");
    CHECK(config.Call("verify", args, "undone").status == 0);
  }
}

}  // namespace

TEST_CASE("set-config: keys are set, the file keeps what it was otherwise, and comes back") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  const std::string file = config / "app.yaml";
  WriteAll(file, kText);
  chmod(file.c_str(), 0640);
  SetAcl(file, 1234);
  SetXattr(file, "user.kedge", "kept");
  if (geteuid() == 0) CHECK(lchown(file.c_str(), 65534, 12) == 0);
  SetMtime(file, 1000000000, 7);
  const Listing before = config.Inside();
  const Args args = {file, "set=port=8080", "set=tls.use=true", "delete=name"};
  CHECK(config.Call("check", args).status == 0);
  CHECK(Diff(before, config.Inside()) == "");
  const Finished finished = config.Call("run", args);
  CHECK(finished.err == "");
  REQUIRE(finished.status == 0);
  CHECK(ReadAll(file) == "# about\nport: 8080 # here\ntls:\n  use: true\n");
  const auto without_times = [](const std::string& facts) {
    const size_t start = facts.find(' ', facts.find(':'));
    return facts.substr(0, start) + facts.substr(facts.find(" names "));
  };
  CHECK(without_times(config.Inside().at(file).facts) == without_times(before.at(file).facts));
  CHECK(config.Inside().size() == 1);
  CHECK(config.Call("verify", args, "done").status == 0);
  CHECK(config.Call("verify", args, "undone").status == 1);
  // Written anew by its own program, in other words.
  WriteAll(file, "{port: 8080, tls: {use: true}}");
  CHECK(config.Call("verify", args, "done").status == 0);
  WriteAll(file, "{port: 8080, name: secret}");
  const Finished differs = config.Call("verify", args, "done");
  CHECK(differs.status == 1);
  CHECK(differs.out ==
        file + ": 'tls.use' is not as it was set\n" + file + ": 'name' is not as it was set\n");
  CheckUndone(config, args, before);
}

TEST_CASE("set-config: a whole file, new or not, with its mode, through a link") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  const Listing before = config.Inside();
  const Args missing = {config / "new.txt", "content=a\n  b,$(id)\\n\n"};
  CHECK(config.Call("run", missing).err ==
        "set-config: " + (config / "new.txt") + " does not exist; create=yes makes it\n");
  CHECK(Diff(before, config.Inside()) == "");
  Args args = missing;
  args.emplace_back("create=yes");
  args.emplace_back("mode=0600");
  REQUIRE(config.Call("run", args).status == 0);
  CHECK(ReadAll(config / "new.txt") == "a\n  b,$(id)\\n\n");
  CHECK(config.Inside().at(config / "new.txt").facts.starts_with("100600 "));
  CHECK(config.Call("verify", args, "done").status == 0);
  chmod((config / "new.txt").c_str(), 0644);
  CHECK(config.Call("verify", args, "done").out == (config / "new.txt") + ": mode is 644, was set to 0600\n");
  CheckUndone(config, args, before);

  const ConfigCase other;
  other.UseRealFilesGuard();
  WriteAll(other / "real.conf", "[a]\nb=1\n");
  fs::create_symlink("real.conf", other / "link.conf");
  const Listing linked = other.Inside();
  const Args through = {other / "link.conf", "set=a.b=2", "format=ini"};
  REQUIRE(other.Call("run", through).status == 0);
  CHECK(fs::is_symlink(other / "link.conf"));
  CHECK(ReadAll(other / "real.conf") == "[a]\nb=2\n");
  CheckUndone(other, through, linked);
}

TEST_CASE("set-config: what is so already is left alone, and nothing is reloaded") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  config.AddProgram("reloader", "");
  WriteAll(config / "app.yaml", kText);
  const Listing before = config.Inside();
  const Args args = {config / "app.yaml", "set=port=80", "reload=/bin/sh,-c,exit 1"};
  CHECK(config.Call("run", args).out == (config / "app.yaml") + " is so already\n");
  CHECK(Diff(before, config.Inside()) == "");
  CHECK(config.Call("verify", args, "done").status == 0);
  CheckUndone(config, args, before);
}

TEST_CASE(
    "set-config: a validator sees the new file under its name and mode, and nothing changes when it "
    "refuses") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  const std::string file = config / "app.yaml";
  WriteAll(file, kText);
  chmod(file.c_str(), 0604);
  const Listing before = config.Inside();
  // With a comma, a space, a $ and a {: nothing of it is for a shell.
  config.AddProgram("validator",
                    "case $3 in */app.yaml) ;; *) exit 9 ;; esac\n"
                    "stat -c %a \"$3\"; grep -v '^#' \"$3\" | head -n 1; grep -q 'port: 80 ' " +
                        file +
                        " || exit 8\n"
                        "grep -q 'port: 81' \"$3\" && [ \"$1\" = '-x,{ $(id)' ] && [ \"$2\" = '' ]");
  const std::string validate = "validate=validator, -x\\,{ $(id) ,,{}";
  const Args good = {file, "set=port=81", validate};
  CHECK(config.Call("check", good).status == 0);
  const Finished bad = config.Call("run", {file, "set=port=82", validate});
  CHECK(bad.status == 1);
  CHECK(bad.err == "set-config: the new content is refused by validator: port: 82 # here\n");
  CHECK(Diff(before, config.Inside()) == "");
  CheckUndone(config, good, before);
  const ConfigCase second;
  const Finished meddling =
      config.Call("run", {file, "set=port=81", "validate=/bin/sh,-c,echo more >>\"$1\",x,{}"});
  CHECK(meddling.err == "set-config: /bin/sh has changed the file that it was to check\n");
  CHECK(Diff(before, config.Inside()) == "");
}

TEST_CASE("set-config: a service is reloaded, kept by its guard, and put back after the file") {
  if (geteuid() != 0) {
    MESSAGE("skipped: units are reloaded by root only");
    return;
  }
  for (const bool can_keep : {true, false}) {
    CAPTURE(can_keep);
    ConfigCase config;
    config.UseRealFilesGuard();
    const std::string file = config / "app.yaml";
    WriteAll(file, kText);
    const Listing before = config.Inside();
    // Each tells which port the file had when it was called.
    config.AddProgram("systemctl",
                      "sed -n 2p " + file + " >&2; [ $1 != is-active ] || echo active; [ $1 != is-failed ]");
    config.AddGuard("services", can_keep ? "" : "echo services: it is transient >&2; exit 1");
    const Args args = {file, "set=port=81", "reload=app@1.service"};
    if (!can_keep) {
      CHECK(config.Call("check", args).err == "set-config: it is transient\n");
      CHECK(config.Call("run", args).err ==
            "set-config: cannot keep app@1.service as it is: it is transient; nothing was changed\n");
      CHECK(Diff(before, config.Inside()) == "");
      config.Set("KEDGE_NO_WAY_BACK", "run");
    }
    CHECK(config.Call("check", args).out == (can_keep ? "" : "no way back: it is transient\n"));
    config.ForgetCalls();
    const Finished finished = config.Call("run", args);
    REQUIRE(finished.status == 0);
    CHECK(finished.err ==
          (can_keep ? "" : "port: 80 # here\n") + std::string("port: 81 # here\nport: 81 # here\n"));
    CHECK(config.Calls() == "services snapshot app@1.service\n" +
                                std::string(can_keep ? "" : "systemctl is-active -- app@1.service\n") +
                                "systemctl reload-or-restart -- app@1.service\n"
                                "systemctl is-failed --quiet -- app@1.service\n");
    config.ForgetCalls();
    const Finished undone = config.Call("rollback", args);
    CHECK(undone.status == 0);
    CHECK(Diff(before, config.Inside()) == "");
    CHECK(config.Calls() ==
          (can_keep ? "services restore app@1.service\n" : "systemctl reload-or-restart -- app@1.service\n"));
    if (!can_keep) CHECK(undone.err == "port: 80 # here\n");
    CHECK(config.Call("verify", args, "undone").status == (can_keep ? 0 : 3));
  }
}

TEST_CASE("set-config: a reload that fails is a failure, and undone") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  const std::string file = config / "app.json";
  WriteAll(file, "{\"a\": 1}");
  const Listing before = config.Inside();
  // Takes a good file only.
  const Args args = {file, "set=a=2", "reload=/bin/grep,-q,1," + file};
  const Finished finished = config.Call("run", args);
  CHECK(finished.status == 1);
  CHECK(finished.err == "set-config: /bin/grep has failed\n");
  CHECK(ReadAll(file) == "{\"a\": 2}");
  CheckUndone(config, args, before);
}

TEST_CASE(
    "set-config: killed at any instant, rollback leaves what was there, and run again comes to its end "
    "once") {
  int all = 0;
  {
    const ConfigCase whole;
    whole.UseRealFilesGuard();
    WriteAll(whole / "app.yaml", "list:\n- 1\n");
    const Args args = {whole / "app.yaml", "set=list.+=2", "validate=/bin/grep,-q,2,{}"};
    REQUIRE(RunKilledAt(whole.Command("run", args), whole.For("run"), -1, &all));
  }
  int unfinished = 0;
  constexpr int kKills = 50;
  for (int i = 0; i < kKills; ++i) {
    const int stop = all * i / kKills;
    CAPTURE(stop);
    const ConfigCase config;
    config.UseRealFilesGuard();
    const std::string file = config / "app.yaml";
    WriteAll(file, "list:\n- 1\n");
    const Listing before = config.Inside();
    const Args args = {file, "set=list.+=2", "validate=/bin/grep,-q,2,{}"};
    int taken = 0;
    if (!RunKilledAt(config.Command("run", args), config.For("run"), stop, &taken)) ++unfinished;
    const std::string content = ReadAll(file);
    CHECK((content == "list:\n- 1\n" || content == "list:\n- 1\n- 2\n"));
    if (i % 2 == 0) {
      REQUIRE(config.Call("run", args).status == 0);
      CHECK(ReadAll(file) == "list:\n- 1\n- 2\n");
      CHECK(config.Call("verify", args, "done").status == 0);
    }
    CheckUndone(config, args, before);
  }
  MESSAGE("killed before the end: " << unfinished);
  CHECK(unfinished >= kKills * 9 / 10);
}

TEST_CASE("set-config: arguments that are wrong, or look like options, are refused before anything is done") {
  const ConfigCase config;
  config.UseRealFilesGuard();
  const std::string file = config / "app.yaml";
  WriteAll(file, kText);
  const Listing before = config.Inside();
  const std::vector<std::pair<Args, std::string>> cases = {
      {{}, "a file and what to set are expected"},
      {{file}, "a file and what to set are expected"},
      {{"app.yaml", "set=a=1"}, "absolute path"},
      {{"--help", "set=a=1"}, "absolute path"},
      {{file + "/", "set=a=1"}, "slash"},
      {{file + "\n", "set=a=1"}, "control characters"},
      {{file, "mode=0644"}, "nothing to set"},
      {{file, "--set=a=1"}, "unknown argument"},
      {{file, "set=a"}, "has no value"},
      {{file, "set=a=1", "content=x"}, "does not go with"},
      {{file, "content=x", "content=y"}, "given twice"},
      {{file, "set=a=1", "format=toml"}, "format= has to be"},
      {{file, "set=a=1", "create=no"}, "unknown argument"},
      {{file, "set=a=1", "mode=999"}, "mode= has to be"},
      {{file, "set=a=1", "validate=/bin/true"}, "validate= has to be"},
      {{file, "set=a=1", "validate=-x,{}"}, "validate= has to be"},
      {{file, "set=a=1", "reload=--root=x"}, "reload= has to be"},
      {{file, "set=a=1", "reload=-H"}, "reload= has to be"},
      {{file, "set=a=1", "reload=a b"}, "reload= has to be"},
      {{config / "noname", "set=a=1"}, "format= is needed"},
      {{config / "nginx.conf", "set=a=1"}, "format= is needed"},
      {{file, "set=a..b=1"}, "empty part"},
  };
  for (const auto& [args, reason] : cases) {
    for (const char* verb : {"check", "run"}) {
      const Finished finished = config.Call(verb, args);
      CAPTURE(reason);
      CAPTURE(finished.err);
      CHECK(finished.status == 2);
      CHECK(finished.err.find(reason) != std::string::npos);
    }
  }
  CHECK(Diff(before, config.Inside()) == "");
  CHECK(fs::is_empty(config.state()));
  const Finished refused = config.Call("run", {file, "set=port.x=1"});
  CHECK(refused.status == 1);
  CHECK(refused.err == "set-config: there is a value, not a mapping or a list, on the way to 'x'\n");
  CHECK(Diff(before, config.Inside()) == "");
}

}  // namespace kedge::testing
