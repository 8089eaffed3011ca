#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

ChildSpec Trusted(const TaskName& name, const std::string& program, const std::string& folder) {
  auto spec = Workbench::Spec(name, {program, "argument"});
  spec.trusted_folders = {"/usr/lib/kedge/no-such-folder", folder};
  return spec;
}

std::string Refusal(Workbench& bench, const ChildSpec& spec) {
  const auto end = bench.Run(spec);
  const auto* failed = std::get_if<CouldNotStart>(&end.ending);
  return failed == nullptr ? ToString(end.ending) : failed->what;
}

TEST_CASE("a trusted script runs from a private copy, with no descriptor but its streams") {
  Workbench bench(false);
  const Folder folder;
  const auto script = folder.Script(
      "run", "#!/bin/sh\necho \"$0 $1\"; cd /proc/$$/fd; for fd in *; do [ -h $fd ] && echo $fd; done\n");
  // 10 is the shell's own, closed on exec: it reads the script there.
  auto spec = Trusted("t", script, folder.path());
  CHECK(Text(bench.Run(spec).output.out) ==
        spec.stage_folder + "/" + bench.Named("t") + "/run argument\n0\n1\n10\n2\n3\n");
}

TEST_CASE("a trusted compiled handler runs by the descriptor that was checked, which it does not inherit") {
  Workbench bench(false);
  const Folder folder;
  const std::string program = folder / "list";
  std::filesystem::copy_file("/bin/ls", program);
  auto spec = Trusted("t", program, folder.path());
  spec.argv = {program, "/proc/self/fd"};
  CHECK(Text(bench.Run(spec).output.out) == "0\n1\n2\n3\n4\n");  // 4: the folder that it lists
}

TEST_CASE("what others could have changed is not run, and the refusal names it") {
  Workbench bench(false);
  const Folder folder;
  const std::string& in = folder.path();
  folder.Script("group", "#!/bin/sh\n", 0775);
  CHECK(Refusal(bench, Trusted("a", in + "/group", in)) ==
        in + "/group can be written by others (mode 0775): chmod go-w it");
  folder.Script("world", "#!/bin/sh\n", 0757);
  CHECK(Refusal(bench, Trusted("b", in + "/world", in)).find("(mode 0757)") != std::string::npos);
  folder.Script("plain", "#!/bin/sh\n", 0644);
  CHECK(Refusal(bench, Trusted("c", in + "/plain", in)) ==
        in + "/plain is not executable (mode 0644): chmod +x it");
  REQUIRE(sys::MakeDirs(in + "/open", 0777));
  folder.Script("open/run", "#!/bin/sh\n");
  CHECK(Refusal(bench, Trusted("d", in + "/open/run", in)) ==
        in + "/open can be written by others (mode 0777): chmod go-w it");
  REQUIRE(chmod(in.c_str(), 0777) == 0);  // the configured folder itself
  folder.Script("fine", "#!/bin/sh\n");
  CHECK(Refusal(bench, Trusted("e", in + "/fine", in)) ==
        in + " can be written by others (mode 0777): chmod go-w it");
  REQUIRE(chmod(in.c_str(), 0755) == 0);
  CHECK(Refusal(bench, Trusted("f", in + "/fine", in)) == "exit status 0");
}

TEST_CASE("a handler that belongs to somebody else is not run" * doctest::skip(geteuid() != 0)) {
  Workbench bench(false);
  const Folder folder;
  const auto script = folder.Script("theirs", "#!/bin/sh\n");
  REQUIRE(chown(script.c_str(), 65534, 65534) == 0);
  CHECK(Refusal(bench, Trusted("t", script, folder.path())) ==
        script + " belongs to uid 65534, not to root: chown root it");
}

// The Device Client demands mode 0700 of its handlers.
TEST_CASE("what the user of the task cannot read or execute is not started, and the refusal says why" *
          doctest::skip(geteuid() != 0)) {
  Workbench bench(false);
  const Folder folder;
  const auto refusal = [&](const std::string& program) {
    auto spec = Trusted("t", program, folder.path());
    spec.user = "nobody";
    return Refusal(bench, spec);
  };
  const std::string script = folder.Script("script", "#!/bin/sh\n", 0700);
  CHECK(refusal(script) == script + " cannot be read by user 'nobody' (mode 0700): chmod go+rx it");
  REQUIRE(chmod(script.c_str(), 0744) == 0);  // its interpreter is executed, not it
  CHECK(refusal(script) == "exit status 0");
  REQUIRE(chown(script.c_str(), 0, 65534) == 0);
  REQUIRE(chmod(script.c_str(), 0704) == 0);  // his group may not, and then the rest does not count
  CHECK(refusal(script).find("(mode 0704)") != std::string::npos);
  REQUIRE(chmod(script.c_str(), 0750) == 0);
  CHECK(refusal(script) == "exit status 0");

  const std::string program = folder / "true";
  std::filesystem::copy_file("/bin/true", program);
  REQUIRE(chmod(program.c_str(), 0744) == 0);
  CHECK(refusal(program) == program + " cannot be executed by user 'nobody' (mode 0744): chmod go+rx it");
  REQUIRE(chmod(program.c_str(), 0711) == 0);
  CHECK(refusal(program) == "exit status 0");
}

TEST_CASE("no way leads out of the trusted folders: not by name, by '..', by a link to a file or a folder") {
  Workbench bench(false);
  const Folder folder;
  const Folder other;
  const std::string& in = folder.path();
  const auto outside = other.Script("run", "#!/bin/sh\n");
  CHECK(Refusal(bench, Trusted("a", outside, in)) ==
        outside + " is not beneath a configured handler folder (/usr/lib/kedge/no-such-folder, " + in + ")");
  const std::string dots = in + "/../" + std::filesystem::path(other.path()).filename().string() + "/run";
  CHECK(Refusal(bench, Trusted("b", dots, in)) == dots + " contains '..'");
  REQUIRE(symlink(outside.c_str(), (in + "/link").c_str()) == 0);
  CHECK(Refusal(bench, Trusted("c", in + "/link", in)) == in + "/link is a symbolic link");
  REQUIRE(symlink(other.path().c_str(), (in + "/folder").c_str()) == 0);
  CHECK(Refusal(bench, Trusted("d", in + "/folder/run", in)) == in + "/folder is a symbolic link");
  CHECK(Refusal(bench, Trusted("e", in + "/missing", in)) == in + "/missing: No such file or directory");
  REQUIRE(mkfifo((in + "/fifo").c_str(), 0755) == 0);
  CHECK(Refusal(bench, Trusted("f", in + "/fifo", in)) == in + "/fifo is not a regular file");
  // A name that only begins alike is not beneath.
  CHECK(Refusal(bench, Trusted("g", in + "-evil/run", in)).find("is not beneath") != std::string::npos);
  CHECK(Refusal(bench, Trusted("h", in, in)) == in + " is not a regular file");
}

TEST_CASE("the configured folder itself may be reached through a link") {
  Workbench bench(false);
  const Folder folder;
  REQUIRE(sys::MakeDirs(folder / "real", 0755));
  folder.Script("real/run", "#!/bin/sh\n");
  REQUIRE(symlink("real", (folder / "link").c_str()) == 0);
  CHECK(Refusal(bench, Trusted("t", folder / "link/run", folder / "link")) == "exit status 0");
}

}  // namespace
}  // namespace kedge::process
