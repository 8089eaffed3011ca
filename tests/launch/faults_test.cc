// System calls of a start failing, one at a time and from one on; then the kill path without any.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <set>

#include "fault_box.h"
#include "kinds.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::launch {
namespace {

using process::CgroupOrNot;
using process::ChildSpec;
using process::Workbench;

#ifdef SYS_newfstatat
constexpr int kStat = SYS_newfstatat;
#else
constexpr int kStat = SYS_fstatat64;
#endif

// The calls of one purpose, by whatever numbers this machine has for it.
struct Call {
  std::string name;
  std::vector<int> numbers;
  std::vector<int> errors;
  // Which of its failures refuse the start; the others do no harm.
  enum { kAll, kSome, kNone } refuse = kSome;
};

const std::vector<Call>& AgentCalls() {
  static const std::vector<Call> calls = {
#ifdef SYS_open
      {"open", {SYS_openat, SYS_open}, {EMFILE, ENFILE, ENOMEM, EACCES}, Call::kSome},
      {"mkdir", {SYS_mkdirat, SYS_mkdir}, {ENOSPC, ENOMEM, EACCES}, Call::kSome},
      {"chmod", {SYS_fchmod, SYS_fchmodat, SYS_chmod}, {EPERM, ENOMEM}, Call::kAll},
      {"symlink", {SYS_symlinkat, SYS_symlink}, {ENOSPC}, Call::kNone},
      {"epoll_create", {SYS_epoll_create1, SYS_epoll_create}, {EMFILE}, Call::kNone},
#else
      {"open", {SYS_openat}, {EMFILE, ENFILE, ENOMEM, EACCES}, Call::kSome},
      {"mkdir", {SYS_mkdirat}, {ENOSPC, ENOMEM, EACCES}, Call::kSome},
      {"chmod", {SYS_fchmod, SYS_fchmodat}, {EPERM, ENOMEM}, Call::kAll},
      {"symlink", {SYS_symlinkat}, {ENOSPC}, Call::kNone},
#endif
      {"pipe2", {SYS_pipe2}, {EMFILE, ENFILE, ENOMEM}, Call::kAll},
      {"fcntl", {SYS_fcntl}, {EMFILE}, Call::kSome},
      {"clone3", {SYS_clone3}, {EAGAIN, ENOMEM, EMFILE, ENFILE}, Call::kAll},
      {"fchown", {SYS_fchown}, {EPERM, EACCES}, Call::kAll},
      {"write", {SYS_write}, {ENOSPC, EACCES}, Call::kSome},
      {"read", {SYS_read, SYS_pread64}, {EIO, ENOMEM}, Call::kSome},
      {"stat", {kStat, SYS_faccessat, SYS_faccessat2}, {EIO, ENOMEM}, Call::kSome},
      {"getdents64", {SYS_getdents64}, {ENOMEM}, Call::kNone},
  };
  return calls;
}

const std::vector<Call>& ChildCalls() {
  static const std::vector<Call> calls = {
      {"execve", {SYS_execve, SYS_execveat}, {EAGAIN, ENOMEM, EACCES, EMFILE, ENFILE}, Call::kAll},
      {"chdir", {SYS_chdir}, {EACCES, ENOMEM}, Call::kAll},
#ifdef SYS_dup2
      {"dup2", {SYS_dup2, SYS_dup3}, {EMFILE, EBUSY}, Call::kAll},
#else
      {"dup2", {SYS_dup3}, {EMFILE, EBUSY}, Call::kAll},
#endif
      {"close_range", {SYS_close_range}, {ENOMEM, EMFILE}, Call::kNone},
      {"setgroups", {SYS_setgroups}, {ENOMEM, EPERM}, Call::kAll},
      {"setresgid", {SYS_setresgid}, {EPERM}, Call::kAll},
      {"setresuid", {SYS_setresuid}, {EAGAIN, EPERM}, Call::kAll},
      {"prctl", {SYS_prctl}, {EACCES}, Call::kAll},
      {"open", {SYS_openat}, {EMFILE, ENFILE}, Call::kNone},
      {"write", {SYS_write}, {EACCES}, Call::kNone},
      {"fchown", {SYS_fchown}, {EPERM}, Call::kNone},
  };
  return calls;
}

std::vector<int> NumbersOf(const std::vector<Call>& calls) {
  std::set<int> numbers;
  for (const Call& call : calls) numbers.insert(call.numbers.begin(), call.numbers.end());
  return {numbers.begin(), numbers.end()};
}

// What only root's agent calls.
const std::set<std::string> kOfRoot{"setgroups", "setresgid", "setresuid", "prctl"};

bool IsRoot() { return geteuid() == 0; }

// This thread alone, and what it starts, sees nobody in two groups more.
void PutNobodyInMoreGroups(const process::Folder& folder) {
  const auto groups = sys::ReadFile("/etc/group");
  REQUIRE(groups);
  const auto file =
      folder.Script("group", *groups + "kedge-a:x:54321:nobody\nkedge-b:x:54322:nobody\n", 0644);
  REQUIRE(unshare(CLONE_NEWNS) == 0);
  REQUIRE(mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  REQUIRE(mount(file.c_str(), "/etc/group", nullptr, MS_BIND, nullptr) == 0);
}

// What a start that failed, or a task that is over, may not leave.
std::string Left(const Workbench& bench, int descriptors_before) {
  std::string left;
  const int descriptors = process::OpenDescriptors();
  if (descriptors != descriptors_before) {
    left += std::to_string(descriptors - descriptors_before) + " descriptors, ";
  }
  siginfo_t info{};
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) left += "a child, ";
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(bench.containment().cgroup_folder, none)) {
    if (entry.is_directory()) left += "the control group " + entry.path().filename().string() + ", ";
  }
  const std::string stage = Workbench::Spec("", {""}).stage_folder;
  for (const auto& entry : std::filesystem::directory_iterator(stage, none)) {
    left += "the staged copy " + entry.path().filename().string() + ", ";
    std::filesystem::remove_all(entry.path());  // each failure is told once
  }
  return left;
}

// One start after the other, each with one more call let through before the fault.
class Sweep {
 public:
  Sweep(FaultBox& box, Workbench& bench, Side side, bool lasting)
      : box_(box), bench_(bench), side_(side), lasting_(lasting) {}

  void Run(const ChildSpec& spec, const std::vector<Call>& calls) {
    const auto good = bench_.Run(spec);  // warms up
    REQUIRE(good.ending == Ending(Exited{0}));
    for (const Call& call : calls) {
      for (const int error : call.errors) RunCall(spec, good, call, error);
    }
  }
  int faults() const { return faults_; }
  int refused() const { return refused_; }
  const std::map<std::string, int>& by_call() const { return by_call_; }

 private:
  void RunCall(const ChildSpec& spec, const Workbench::End& good, const Call& call, int error) {
    CAPTURE(call.name);
    CAPTURE(std::string(std::strerror(error)));
    for (int k = 1;; ++k) {
      CAPTURE(k);
      REQUIRE(k < 500);
      const int descriptors = process::OpenDescriptors();
      box_.Arm({call.numbers, error, side_, k, lasting_});
      bench_.Start(spec);
      if (side_ == Side::kAgent) box_.Disarm();
      const auto end = bench_.WaitForEnd(spec.name);
      box_.Disarm();
      Judge(call, error, good, end);
      CHECK(Left(bench_, descriptors) == "");
      if (box_.fired() == 0) return;
    }
  }

  void Judge(const Call& call, int error, const Workbench::End& good, const Workbench::End& end) {
    const auto* failed = std::get_if<CouldNotStart>(&end.ending);
    const std::string what = failed != nullptr ? failed->what : "";
    CAPTURE(what);
    if (box_.fired() > 0) ++faults_;
    if (failed != nullptr) {
      ++refused_;
      ++by_call_[call.name];
      CHECK(box_.fired() > 0);
      // Which call or file, and why.
      const std::string why = std::string(": ") + std::strerror(error);
      CHECK(what.size() > why.size());
      CHECK(what.find(why) != std::string::npos);
      if (getenv("KEDGE_SHOW") != nullptr) std::printf("%-12s %s\n", call.name.c_str(), what.c_str());
      return;
    }
    if (box_.fired() > 0) CHECK(call.refuse != Call::kAll);
    CHECK(end.ending == good.ending);
    CHECK(process::Text(end.output.out) == process::Text(good.output.out));
  }

  FaultBox& box_;
  Workbench& bench_;
  const Side side_;
  const bool lasting_;
  int faults_ = 0;
  int refused_ = 0;
  std::map<std::string, int> by_call_;
};

// The kinds differ in what the agent does before; a user adds to both sides.
void SweepAll(Side side, const std::vector<Call>& calls, bool lasting) {
  int faults = 0;
  int refused = 0;
  std::map<std::string, int> by_call;
  for (const bool cgroup : CgroupOrNot()) {
    for (const Kind kind : {Kind::kCommand, Kind::kScript, Kind::kCompiled}) {
      for (const bool as_user : {false, true}) {
        if (as_user && !IsRoot()) continue;
        const Programs programs;
        const auto why_not = FaultBox::Run(NumbersOf(calls), [&](FaultBox& box) {
          CAPTURE(cgroup);  // in here: each thread has its own
          CAPTURE(ToString(kind));
          CAPTURE(as_user);
          Workbench bench(cgroup);
          auto spec = programs.Spec(kind, "t");
          if (as_user) {
            PutNobodyInMoreGroups(programs.folder());
            spec.user = "nobody";
          }
          Sweep sweep(box, bench, side, lasting);
          sweep.Run(spec, calls);
          faults += sweep.faults();
          refused += sweep.refused();
          for (const auto& [call, count] : sweep.by_call()) by_call[call] += count;
        });
        if (!why_not.empty()) {
          MESSAGE("skipped, no fault can be made here: " << why_not);
          return;
        }
      }
    }
  }
  // Calls that nobody makes any more would test nothing.
  for (const Call& call : calls) {
    if (call.refuse == Call::kNone || (!IsRoot() && kOfRoot.contains(call.name))) continue;
    CHECK_MESSAGE(by_call[call.name] > 0, call.name);
  }
  MESSAGE(
      faults << (side == Side::kAgent ? " faults of the agent's calls: " : " faults of the child's calls: ")
             << refused << " starts refused, the others not affected");
}

TEST_CASE(
    "one failing call of the agent: the start fails with that reason or is not affected, nothing leaks") {
  SweepAll(Side::kAgent, AgentCalls(), false);
}

TEST_CASE(
    "one failing call of the child: the start fails with that reason or is not affected, nothing leaks") {
  SweepAll(Side::kChild, ChildCalls(), false);
}

TEST_CASE(
    "all opens of the agent failing from one on, until the start gives up: that reason, nothing leaks") {
  std::vector<Call> opens;
  for (Call call : AgentCalls()) {
    if (call.name != "open") continue;
    call.errors = {EMFILE};
    opens.push_back(call);
  }
  SweepAll(Side::kAgent, opens, true);
}

// --- the kill path ---

// Everything that gives a descriptor or a process.
std::vector<int> OpensAndForks() {
  return {SYS_openat,         SYS_pipe2,         SYS_clone3, SYS_clone,
          SYS_pidfd_open,     SYS_dup,           SYS_dup3,   SYS_eventfd2,
#ifdef SYS_open
          SYS_open,           SYS_fork,          SYS_vfork,  SYS_dup2,
#endif
          SYS_timerfd_create, SYS_epoll_create1, SYS_socket};
}

struct Tree {
  std::vector<std::string> argv;
  size_t settled;
  // One of it has no first thread any more, which cgroup.kill does not reach: then that takes descriptors.
  bool leaderless;
};

std::vector<Tree> Trees() {
  const std::string word = sys::RandomWord(20);
  return {{{WITNESS, "--stay", word}, 4, false}, {{AWKWARD, "tree", word}, 7, true}};
}

void StartTree(Workbench& bench, const Tree& tree) {
  bench.Start(bench.Spec("tree", tree.argv));
  bench.WaitUntil([&] { return process::SettledWith(tree.argv.back()) == tree.settled; });
}

// With control groups everything can be ended although nothing can be opened. Without, the agent has to look
// around, for which it needs descriptors: it cannot end all, and must not say that it did.
void CheckKill(Workbench& bench, FaultBox& box, const Tree& tree, int error, bool another_runs) {
  const bool can_end = bench.containment().cgroup && !tree.leaderless;
  const std::string& word = tree.argv.back();
  bench.Run(bench.Spec("first", {"/bin/true"}));
  const int descriptors = process::OpenDescriptors();
  StartTree(bench, tree);
  if (another_runs) bench.Start(bench.Spec("bystander", {"/bin/sleep", "1000"}));

  box.Arm({OpensAndForks(), error, Side::kAgent, 1, true});
  const auto refused = bench.Run(bench.Spec("new", {"/bin/true"}));
  const auto* failed = std::get_if<CouldNotStart>(&refused.ending);
  REQUIRE(failed != nullptr);
  CHECK(failed->what.find(std::strerror(error)) != std::string::npos);
  const int reported = bench.ends_reported();
  bench.Stop("tree", std::chrono::milliseconds(0));
  const int failures = box.fired();
  const auto says_ended = [&] { return bench.ends_reported() > reported; };
  // Until it has looked around again and again, in vain.
  bench.WaitUntil([&] { return says_ended() || (!can_end && box.fired() > failures + 40); });
  box.Disarm();
  if (says_ended()) CHECK(process::AliveWith(word).empty());
  CHECK(bench.WaitForEnd("tree").ending == Ending(Signalled{SIGKILL}));
  CHECK(process::AliveWith(word).empty());
  for (const int pid : process::AliveWith(word)) kill(pid, SIGKILL);  // the test has failed: leave nothing

  CHECK(bench.Run(bench.Spec("after", {"/bin/true"})).ending == Ending(Exited{0}));
  if (another_runs) {
    bench.Stop("bystander", std::chrono::milliseconds(0));
    CHECK(bench.WaitForEnd("bystander").ending == Ending(Signalled{SIGKILL}));
  }
  CHECK(Left(bench, descriptors) == "");
}

TEST_CASE(
    "the kill path works though every open and every fork fails, and says that it ended all only if so") {
  for (const bool cgroup : CgroupOrNot()) {
    for (const int error : {EMFILE, ENOMEM, EAGAIN}) {
      for (const bool another_runs : {false, true}) {
        for (const Tree& tree : Trees()) {
          const auto why_not = FaultBox::Run(OpensAndForks(), [&](FaultBox& box) {
            CAPTURE(cgroup);  // in here: each thread has its own
            CAPTURE(std::string(std::strerror(error)));
            CAPTURE(another_runs);
            CAPTURE(tree.argv[0]);
            Workbench bench(cgroup);
            CheckKill(bench, box, tree, error, another_runs);
          });
          if (!why_not.empty()) {
            MESSAGE("skipped, no fault can be made here: " << why_not);
            return;
          }
        }
      }
    }
  }
}

// All numbers below the limit taken; given back with this.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &real_) == 0);
    const rlimit tight{256, real_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    for (int fd = 0; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) filling_.emplace_back(fd);
    CHECK(errno == EMFILE);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &real_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit real_{};
  std::vector<sys::Fd> filling_;
};

TEST_CASE("the kill path works with not one descriptor to spare") {
  for (const bool cgroup : CgroupOrNot()) {
    for (const Tree& tree : Trees()) {
      CAPTURE(cgroup);
      CAPTURE(tree.argv[0]);
      Workbench bench(cgroup);
      bench.Run(bench.Spec("first", {"/bin/true"}));
      const int descriptors = process::OpenDescriptors();
      StartTree(bench, tree);
      {
        const NoDescriptors none;
        const auto refused = bench.Run(bench.Spec("new", {"/bin/true"}));
        CHECK(ToString(refused.ending).find(std::strerror(EMFILE)) != std::string::npos);
        const int reported = bench.ends_reported();
        bench.Stop("tree", std::chrono::milliseconds(0));
        if (cgroup && !tree.leaderless) bench.WaitUntil([&] { return bench.ends_reported() > reported; });
      }
      CHECK(bench.WaitForEnd("tree").ending == Ending(Signalled{SIGKILL}));
      CHECK(process::AliveWith(tree.argv.back()).empty());
      CHECK(bench.Run(bench.Spec("after", {"/bin/true"})).ending == Ending(Exited{0}));
      CHECK(Left(bench, descriptors) == "");
    }
  }
}

}  // namespace
}  // namespace kedge::launch
