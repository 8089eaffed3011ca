#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sys/clock.h"
#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

// The line of /proc/PID/status that begins with `key`.
std::string Field(const std::string& status, const std::string& key) {
  const size_t at = status.find(key + ":");
  REQUIRE(at != std::string::npos);
  const size_t start = status.find_first_not_of(" \t", at + key.size() + 1);
  return status.substr(start, status.find('\n', start) - start);
}

TEST_CASE("the environment is what the spec says and the task's mark, nothing of the agent's") {
  Workbench bench(false);
  setenv("AGENT_SECRET", "s3cret", 1);
  auto spec = bench.Spec("t1", {"/usr/bin/env"});
  spec.env = {{"B", "two words"}, {"A", ""}, {"KEDGE_TASK", "forged"}, {"KEDGE_STATUS_FD", "9"}};
  CHECK(Text(bench.Run(spec).output.out) ==
        "A=\nB=two words\nKEDGE_TASK=" + bench.Named("t1") + "\nKEDGE_STATUS_FD=3\n");
  unsetenv("AGENT_SECRET");
}

TEST_CASE("arguments arrive as they are, whatever is in them") {
  Workbench bench(false);
  const auto end =
      bench.Run(bench.Spec("t", {"/usr/bin/printf", "[%s]", "a b", "$(reboot)", "", "*", "-n", "ü\n"}));
  CHECK(Text(end.output.out) == "[a b][$(reboot)][][*][-n][ü\n]");
}

TEST_CASE(
    "no descriptor but the three streams and the one for progress is open in a child, whatever the agent has "
    "open") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    const sys::Fd careless(open("/dev/null", O_RDWR));  // no O_CLOEXEC: as a library might
    const sys::Fd high(fcntl(careless.get(), F_DUPFD, 300));
    REQUIRE(high);
    // -h: what is still there after the looking, which takes a descriptor itself.
    const auto end = bench.Run(bench.Shell(
        "t", "cd /proc/$$/fd; for fd in *; do [ -h $fd ] && echo $fd; done; readlink /proc/$$/fd/0"));
    CHECK(Text(end.output.out) == "0\n1\n2\n3\n/dev/null\n");
  }
}

TEST_CASE("all signals are at their default and unblocked, though the agent ignores and blocks some") {
  Workbench bench(false);
  const auto hangup = bench.loop().OnSignal(SIGHUP, [] {});  // blocks it, as the agent does
  const auto before = signal(SIGPIPE, SIG_IGN);
  const auto end = bench.Run(bench.Spec("t", {"/bin/cat", "/proc/self/status"}));
  signal(SIGPIPE, before);
  const std::string status = Text(end.output.out);
  CHECK(Field(status, "SigBlk") == "0000000000000000");
  CHECK(Field(status, "SigIgn") == "0000000000000000");
  CHECK(Field(status, "SigCgt") == "0000000000000000");
}

TEST_CASE("own session, folder as asked, umask 077, no core, no shield from the out-of-memory killer") {
  Workbench bench(false);
  const Folder folder;
  // As the agent is shielded (by a negative score), just the other way: lowering it takes a privilege.
  std::ofstream("/proc/self/oom_score_adj") << 300;
  auto spec = bench.Shell(
      "t", "cut -d' ' -f6 /proc/$$/stat; echo $$; pwd; umask; ulimit -c; cat /proc/self/oom_score_adj");
  spec.working_folder = folder.path();
  const std::string text = Text(bench.Run(spec).output.out);
  std::ofstream("/proc/self/oom_score_adj") << 0;
  const std::string session = text.substr(0, text.find('\n'));
  CHECK(text == session + "\n" + session + "\n" + folder.path() + "\n0077\n0\n0\n");
}

TEST_CASE("a bare name is looked up in the spec's PATH, not the agent's, a script without #! runs in sh") {
  Workbench bench(false);
  const Folder folder;
  folder.Script("kedge-test-tool", "echo \"$0 $1\"\n");
  auto spec = bench.Spec("t", {"kedge-test-tool", "x"});
  spec.env["PATH"] = "/nowhere:" + folder.path() + ":/usr/bin:/bin";
  CHECK(Text(bench.Run(spec).output.out) == (folder / "kedge-test-tool") + " x\n");
}

TEST_CASE(
    "another user: all ids and groups change, no privilege can come back, and the streams can be opened" *
    doctest::skip(geteuid() != 0)) {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    Workbench bench(cgroup);
    auto spec = bench.Shell("t", "cat /proc/self/status; echo by name > /dev/stderr");
    spec.user = "nobody";
    const auto end = bench.Run(spec);
    const std::string status = Text(end.output.out);
    CHECK(Field(status, "Uid") == "65534\t65534\t65534\t65534");
    CHECK(Field(status, "Gid") == "65534\t65534\t65534\t65534");
    CHECK(Field(status, "Groups") == "65534 ");
    CHECK(Field(status, "CapEff") == "0000000000000000");
    CHECK(Field(status, "CapPrm") == "0000000000000000");
    CHECK(Field(status, "NoNewPrivs") == "1");
    CHECK(Text(end.output.err) == "by name\n");
  }
}

TEST_CASE("root keeps the way to other users open: its steps may call sudo" * doctest::skip(geteuid() != 0)) {
  Workbench bench(false);
  auto spec = bench.Spec("t", {"/bin/cat", "/proc/self/status"});
  spec.user = "root";
  const std::string status = Text(bench.Run(spec).output.out);
  CHECK(Field(status, "Uid") == "0\t0\t0\t0");
  CHECK(Field(status, "NoNewPrivs") == "0");
}

TEST_CASE("another user may not enter the working folder: that is the reason, and nothing runs" *
          doctest::skip(geteuid() != 0)) {
  Workbench bench(false);
  const Folder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
  auto spec = bench.Spec("t", {"/bin/true"});
  spec.user = "nobody";
  spec.working_folder = folder.path();
  CHECK(bench.Run(spec).ending == Ending(CouldNotStart{"chdir " + folder.path() + ": Permission denied"}));
}

}  // namespace
}  // namespace kedge::process
