#include "process/staged.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("the interpreter is read as the kernel reads it") {
  CHECK(InterpreterFor("#!/bin/sh\necho") == Words{"/bin/sh"});
  CHECK(InterpreterFor("#! \t/usr/bin/env  python3 -u \t\nx") == Words{"/usr/bin/env", "python3 -u"});
  CHECK(InterpreterFor("#!/bin/sh") == Words{"/bin/sh"});
  CHECK(InterpreterFor("#!\n") == Words{"/bin/sh"});
  CHECK(InterpreterFor("echo no first line") == Words{"/bin/sh"});
  CHECK(InterpreterFor("") == Words{"/bin/sh"});
}

TEST_CASE("a copy has the text and the mode of what was checked, links to its neighbours, and goes away") {
  const Folder folder;
  const std::string script = folder.Script("run", "#!/bin/sh\necho checked\n", 0750);
  folder.Script("lib.sh", "echo neighbour\n");
  auto trusted = OpenTrusted(script, {folder.path()});
  REQUIRE(trusted);
  REQUIRE(HoldStill(&*trusted));
  // The name means something else from now on.
  std::filesystem::remove(script);
  folder.Script("run", "#!/bin/sh\necho another\n");
  std::string copy;
  {
    const auto staged = Staged::Make(*trusted, folder / "stage", "task-1");
    REQUIRE(staged);
    copy = staged->path();
    CHECK(copy == folder / "stage/task-1/run");
    CHECK(sys::ReadFile(copy).value() == "#!/bin/sh\necho checked\n");
    CHECK(std::filesystem::status(copy).permissions() == std::filesystem::perms(0750));
    CHECK(sys::ReadFile(folder / "stage/task-1/lib.sh").value() == "echo neighbour\n");
  }
  CHECK_FALSE(std::filesystem::exists(folder / "stage/task-1"));
  CHECK(std::filesystem::exists(folder / "lib.sh"));
}

TEST_CASE("what is held still cannot be written, and what is being written cannot be held still") {
  const Folder folder;
  const std::string script = folder.Script("run", "#!/bin/sh\n");
  {
    auto trusted = OpenTrusted(script, {folder.path()});
    REQUIRE(trusted);
    const sys::Fd writer(open(script.c_str(), O_WRONLY | O_CLOEXEC));
    const auto held = HoldStill(&*trusted);
    REQUIRE_FALSE(held);
    CHECK(held.error().message == script + " is open for writing");
  }
  auto trusted = OpenTrusted(script, {folder.path()});
  REQUIRE(trusted);
  REQUIRE(HoldStill(&*trusted));
  if (!trusted->leased) {
    MESSAGE("this file system has no leases");
    return;
  }
  signal(SIGIO, SIG_IGN);
  CHECK(open(script.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC) == -1);
  CHECK(errno == EWOULDBLOCK);
  trusted->file.reset();
  CHECK(sys::Fd(open(script.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)));
}

TEST_CASE("what changed since it was checked is not copied") {
  const Folder folder;
  const std::string script = folder.Script("run", "#!/bin/sh\necho checked\n");
  const auto trusted = OpenTrusted(script, {folder.path()});
  REQUIRE(trusted);
  std::ofstream(script) << "#!/bin/sh\necho another, longer\n";  // in place, the same file
  const auto staged = Staged::Make(*trusted, folder / "stage", "task-1");
  REQUIRE_FALSE(staged);
  CHECK(staged.error().message == script + " changed while it was being read");
  CHECK(std::filesystem::is_empty(folder / "stage"));
}

TEST_CASE("a script finds its neighbours beside itself") {
  Workbench bench(false);
  const Folder folder;
  folder.Script("lib.sh", "say() { echo \"said $1\"; }\n");
  auto spec = bench.Spec("t", {folder.Script("run", "#!/bin/sh\n. \"$(dirname \"$0\")/lib.sh\"\nsay it\n")});
  spec.trusted_folders = {folder.path()};
  CHECK(Text(bench.Run(spec).output.out) == "said it\n");
}

TEST_CASE("what a script writes beside its copy goes away with it") {
  Workbench bench(false);
  const Folder folder;
  auto spec = bench.Spec(
      "t",
      {folder.Script(
          "run",
          "#!/bin/sh\nmkdir \"$(dirname \"$0\")/cache\" && touch \"$(dirname \"$0\")/cache/module\"\n")});
  spec.trusted_folders = {folder.path()};
  REQUIRE(bench.Run(spec).ending == Ending(Exited{0}));
  CHECK(std::filesystem::is_empty(spec.stage_folder));
}

TEST_CASE("an agent that is not root runs a script of root's from a copy of its own") {
  if (geteuid() != 0) {
    MESSAGE("not shown: needs root, to be somebody else");
    return;
  }
  const Folder folder;
  const std::string script = folder.Script("run", "#!/bin/sh\n", 0755);
  std::filesystem::create_directory(folder / "stage");
  constexpr uid_t kNobody = 65534;
  REQUIRE(chown((folder / "stage").c_str(), kNobody, kNobody) == 0);
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(2);
    const auto trusted = OpenTrusted(script, {folder.path()});
    if (!trusted) _exit(3);
    const auto staged = Staged::Make(*trusted, folder / "stage", "task-1");
    _exit(staged && access(staged->path().c_str(), R_OK) == 0 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace
}  // namespace kedge::process
