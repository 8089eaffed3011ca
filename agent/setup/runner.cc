#include "setup/runner.h"

#include <sys/epoll.h>

#include <utility>

#include "process/linux_children.h"
#include "sys/event_loop.h"

namespace kedge::setup {
namespace {

constexpr char kPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr char kName[] = "setup";
constexpr size_t kKeepBytes = 1 << 20;

}  // namespace

Result<Ran> RunProgram(const std::vector<std::string>& argv, const std::string& user,
                       const std::map<std::string, std::string>& more_environment,
                       std::chrono::milliseconds limit, Interrupt& interrupt, Ran* cut_short) {
  sys::EventLoop loop;
  Ending ending;
  Output output;
  process::Listeners listeners;
  listeners.ended = [&](const process::TaskName&, const Ending& how, const Output& said, const Usage&,
                        const process::Told&) {
    ending = how;
    output = said;
    loop.Stop(0);
  };
  // A control group would be beneath that of the terminal's session, which is not ours to divide.
  process::ContainmentConfig containment;
  containment.use_cgroups = false;
  auto made = process::MakeChildren(loop, containment, std::move(listeners));
  if (!made) return Unexpected(made.error());
  sys::Handle on_interrupt = loop.OnFd(interrupt.fd(), EPOLLIN, [&](uint32_t) {
    if (interrupt.came()) on_interrupt.reset();  // once: it stays readable
    made->children->Stop(kName, std::chrono::seconds(2));
  });
  process::ChildSpec spec;
  spec.name = kName;
  spec.program = argv.at(0);
  spec.argv = argv;
  spec.user = user;
  spec.env = more_environment;
  spec.env.emplace("PATH", kPath);
  spec.working_folder = "/";
  spec.limit = limit;
  spec.grace = std::chrono::seconds(2);
  spec.keep_bytes = kKeepBytes;
  made->children->Start(spec);
  loop.Run();
  if (interrupt.came()) return Unexpected{ErrorKind::kUnavailable, "interrupted"};
  if (const auto* failed = std::get_if<CouldNotStart>(&ending))
    return Unexpected{ErrorKind::kNotFound, failed->what};
  const bool too_long = std::get_if<TimedOut>(&ending) != nullptr;
  if (too_long && cut_short != nullptr)
    *cut_short = {false, ToString(ending), output.out.Text(), output.err.Text()};
  if (too_long)
    return Unexpected{ErrorKind::kUnavailable,
                      argv[0] + " did not end within " + std::to_string(limit.count() / 1000) + " s"};
  return Ran{Succeeded(ending), ToString(ending), output.out.Text(), output.err.Text()};
}

}  // namespace kedge::setup
