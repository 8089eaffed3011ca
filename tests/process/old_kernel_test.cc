#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <iterator>
#include <thread>

#include "sys/clock.h"
#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

// Runs `body` where clone3 and close_range do not exist: on old kernels, under qemu-user, in some containers.
// A filter holds for one thread and what it starts.
void WithoutNewCalls(const std::function<void()>& body) {
  std::thread([&body] {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
    CHECK(syscall(SYS_close_range, 1000U, 1000U, 0) == -1);
    body();
  }).join();
}

TEST_CASE("without clone3 and close_range all holds: start, a clean child, the end of a whole tree") {
  for (const bool cgroup : CgroupOrNot()) {
    CAPTURE(cgroup);
    WithoutNewCalls([cgroup] {
      Workbench bench(cgroup);
      const sys::Fd careless(open("/dev/null", O_RDWR));
      const auto clean =
          bench.Run(bench.Shell("fds", "cd /proc/$$/fd; for fd in *; do [ -h $fd ] && echo $fd; done"));
      CHECK(Text(clean.output.out) == "0\n1\n2\n3\n");
      CHECK(bench.Run(bench.Shell("three", "exit 3")).ending == Ending(Exited{3}));
      auto lost = bench.Spec("lost", {"true"});
      lost.working_folder = "/no/such/folder";
      CHECK(bench.Run(lost).ending ==
            Ending(CouldNotStart{"chdir /no/such/folder: No such file or directory"}));
      const std::string word = sys::RandomWord(20);
      bench.Start(bench.Spec("tree", {AWKWARD, "tree", word}));
      bench.WaitUntil([&] { return SettledWith(word) == 7; });
      bench.Stop("tree", std::chrono::milliseconds(0));
      CHECK(bench.WaitForEnd("tree").ending == Ending(Signalled{SIGKILL}));
      CHECK(AliveWith(word).empty());
      // Ended before it can have joined its group.
      bench.Start(bench.Spec("early", {AWKWARD, "tree", word}));
      bench.Stop("early", std::chrono::milliseconds(0));
      CHECK(bench.WaitForEnd("early").ending == Ending(Signalled{SIGKILL}));
      CHECK(AliveWith(word).empty());
      CHECK(OwnZombies() == 0);
    });
  }
}

}  // namespace
}  // namespace kedge::process
