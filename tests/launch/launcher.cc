// An agent in strange surroundings of its own: makes them, starts one task through the room `process` and
// writes a report, a line each: "ending ...", "descriptors BEFORE AFTER", "told KEY=VALUE", then "out" and
// all that the task printed. For tests; see usage.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "process/linux_children.h"
#include "sys/files.h"

namespace {

using namespace kedge;

constexpr char kUsage[] =
    "usage: launcher REPORT [OPTION...] -- PROGRAM [ARG...]\n"
    "  cgroup=FOLDER     control groups beneath it; else without\n"
    "  trust=FOLDER      the program is a handler and lies beneath it\n"
    "  stage=FOLDER      where scripts are copied to\n"
    "  user=NAME         the task's user\n"
    "  be=UID            the agent gives up root first\n"
    "  group-file=FILE   stands in the place of /etc/group\n"
    "  leak=N            the agent has this descriptor open, and not O_CLOEXEC\n"
    "  close=N           the agent has this one closed\n"
    "  signals=ignored   all that can be; signals=blocked likewise\n"
    "  terminal          the agent has a controlling terminal\n"
    "  core              core dumps without limit\n";

struct Options {
  std::string report;
  process::ContainmentConfig containment;
  process::ChildSpec spec;
  std::vector<std::string> quirks;  // of the surroundings, in order
};

void Must(long result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

std::string ValueOf(std::string_view option) { return std::string(option.substr(option.find('=') + 1)); }

Options Parse(int argc, char** argv) {
  if (argc < 4) throw std::invalid_argument("too few words");
  Options options;
  options.report = argv[1];
  options.containment.use_cgroups = false;
  process::ChildSpec& spec = options.spec;
  int i = 2;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("cgroup=")) {
      options.containment.use_cgroups = true;
      options.containment.cgroup_folder = ValueOf(word);
    } else if (word.starts_with("trust=")) {
      spec.trusted_folders = {ValueOf(word)};
    } else if (word.starts_with("stage=")) {
      spec.stage_folder = ValueOf(word);
    } else if (word.starts_with("user=")) {
      spec.user = ValueOf(word);
    } else {
      options.quirks.emplace_back(word);
    }
  }
  if (i + 1 >= argc) throw std::invalid_argument("no program");
  spec.name = "launch-" + std::to_string(getpid());
  spec.argv.assign(argv + i + 1, argv + argc);
  spec.program = spec.argv[0];
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  spec.working_folder = "/";
  return options;
}

// The kernel's own call, for the C library keeps two of the signals to itself.
void IgnoreAllSignals() {
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    uint64_t mask;
  } ignore{SIG_IGN, 0, nullptr, 0};
  for (int signal = 1; signal <= 64; ++signal)
    syscall(SYS_rt_sigaction, signal, &ignore, nullptr, sizeof ignore.mask);  // KILL and STOP refuse
}

void BlockAllSignals() {
  const uint64_t all = ~uint64_t{0};
  Must(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof all), "rt_sigprocmask");
}

// Both ends stay open to the end: a terminal that goes away takes its session along (SIGHUP).
void TakeTerminal() {
  const int other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  Must(other, "posix_openpt");
  Must(grantpt(other), "grantpt");
  Must(unlockpt(other), "unlockpt");
  if (setsid() < 0 && getsid(0) != getpid()) Must(-1, "setsid");
  const int terminal = open(ptsname(other), O_RDWR | O_CLOEXEC);
  Must(terminal, "open the terminal");
  Must(ioctl(terminal, TIOCSCTTY, 0), "TIOCSCTTY");
}

void PutOverEtcGroup(const std::string& file) {
  Must(unshare(CLONE_NEWNS), "unshare");
  Must(mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount privately");
  Must(mount(file.c_str(), "/etc/group", nullptr, MS_BIND, nullptr), "mount over /etc/group");
}

void AllowCores() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  Must(setrlimit(RLIMIT_CORE, &unlimited), "setrlimit");
}

void Become(unsigned id) {
  Must(setresgid(id, id, id), "setresgid");
  Must(setresuid(id, id, id), "setresuid");
  Must(prctl(PR_SET_DUMPABLE, 1), "prctl PR_SET_DUMPABLE");  // so that /proc/self stays ours
}

void Leak(int fd) {
  const int null = open("/dev/null", O_RDWR);
  Must(null, "open /dev/null");
  if (null == fd) return;
  Must(dup2(null, fd), "dup2");
  close(null);
}

void Make(std::string_view quirk) {
  if (quirk.starts_with("group-file=")) return PutOverEtcGroup(ValueOf(quirk));
  if (quirk.starts_with("leak=")) return Leak(std::stoi(ValueOf(quirk)));
  if (quirk.starts_with("close=")) return static_cast<void>(close(std::stoi(ValueOf(quirk))));
  if (quirk.starts_with("be=")) return Become(static_cast<unsigned>(std::stoul(ValueOf(quirk))));
  if (quirk == "signals=ignored") return IgnoreAllSignals();
  if (quirk == "signals=blocked") return BlockAllSignals();
  if (quirk == "terminal") return TakeTerminal();
  if (quirk == "core") return AllowCores();
  throw std::invalid_argument("unknown word");
}

long OpenDescriptors() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

struct End {
  Ending ending;
  Output output;
  process::Told told;
};

// Runs the task twice: the loop opens what it needs at the first.
std::string RunTask(const Options& options) {
  sys::EventLoop loop;
  End end;
  process::Listeners listeners;
  listeners.told = [&](const process::TaskName&, const process::Told& told) {
    for (const auto& [key, value] : told) end.told[key] = value;
  };
  listeners.ended = [&](const process::TaskName&, const Ending& ending, const Output& output, const Usage&,
                        const process::Told& told) {
    end.ending = ending;
    end.output = output;
    for (const auto& [key, value] : told) end.told[key] = value;
    loop.Stop(0);
  };
  auto made = process::MakeChildren(loop, options.containment, std::move(listeners));
  if (!made) throw std::runtime_error(made.error().message);
  if (made->containment.cgroup != options.containment.use_cgroups)
    throw std::runtime_error(made->containment.explanation);
  made->children->Start(options.spec);
  loop.Run();
  const long before = OpenDescriptors();
  end = {};
  made->children->Start(options.spec);
  loop.Run();
  std::string report = "ending " + ToString(end.ending) + "\ndescriptors " + std::to_string(before) + " " +
                       std::to_string(OpenDescriptors()) + "\n";
  for (const auto& [key, value] : end.told) report += "told " + key + "=" + value + "\n";
  made->children.reset();
  if (options.containment.use_cgroups && rmdir(options.containment.cgroup_folder.c_str()) != 0) {
    report += "left a control group\n";
  }
  return report + "out\n" + end.output.out.Text() + end.output.err.Text();
}

// Before all else, for an agent that has given up root could not; and out of the way of the quirks.
sys::Fd OpenReport(const std::string& path) {
  const sys::Fd low(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  Must(low.get(), "open the report");
  sys::Fd high(fcntl(low.get(), F_DUPFD_CLOEXEC, 200));
  Must(high.get(), "fcntl F_DUPFD_CLOEXEC");
  return high;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = Parse(argc, argv);
    const sys::Fd report = OpenReport(options.report);
    for (const auto& quirk : options.quirks) Make(quirk);
    const std::string text = RunTask(options);
    return write(report.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "launcher: %s\n%s", wrong.what(), kUsage);
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "launcher: %s\n", failure.what());
    return 1;
  }
}
