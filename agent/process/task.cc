#include "process/task.h"

#include <sys/epoll.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>
#include <utility>

#include "process/launch.h"
#include "sys/clock.h"

namespace kedge::process {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr milliseconds kLeftoverGrace{2000};
// How often to look where no event comes: at first often, for most die at once.
constexpr milliseconds kFirstLook{5};
constexpr milliseconds kLongestLook{200};
constexpr milliseconds kLookAfterKept{30000};  // nobody waits for the end of what is kept
constexpr int64_t kPatience = 1000;  // milliseconds after KILL, before what is still there is told of
constexpr int64_t kBelieved = 4000;  // milliseconds; longer than the grace for leftovers
constexpr size_t kNamedSurvivors = 3;
constexpr size_t kMaxLeftovers = 32;  // named

// Kills for want of memory since boot, on the whole device.
int64_t OomKillsOfDevice() {
  const auto text = sys::ReadFile("/proc/vmstat");
  const size_t at = text ? text->find("\noom_kill ") : std::string::npos;
  return at == std::string::npos ? 0 : std::strtoll(text->c_str() + at + 10, nullptr, 10);
}

bool IsKilled(const Ending& ending) {
  const auto* signalled = std::get_if<Signalled>(&ending);
  return signalled != nullptr && signalled->signal == SIGKILL;
}

}  // namespace

Task::Task(const Place& place, TaskName name, std::function<void()> report)
    : place_(place), name_(std::move(name)), report_(std::move(report)) {}

Task::~Task() {
  if (rung_ != Rung::kOver) Kill();
  Leave();
}

void Task::Enter(pid_t main) {
  place_.offspring.Enter(name_, main);
  entered_ = true;
}

// Once only, for a later task may soon have the name; and never for a task that was refused because it is
// taken.
void Task::Leave() {
  if (std::exchange(entered_, false)) place_.offspring.Leave(name_);
}

void Task::Start(const ChildSpec& spec) {
  if (auto started = TryStart(spec); !started) Refuse(started.error().message);
}

Result<void> Task::TryStart(const ChildSpec& spec) {
  auto launch = Prepare(spec);
  if (!launch) return Unexpected(launch.error());
  if (place_.cgroups != nullptr) {
    auto cgroup = place_.cgroups->MakeGroup(name_);
    if (!cgroup) return Unexpected(cgroup.error());
    cgroup_ = std::move(*cgroup);
    if (auto limited = cgroup_->Limit(spec.limits); !limited) return limited;
  }
  if (!cgroup_ || !cgroup_->CountsMemory()) oom_before_ = OomKillsOfDevice();
  auto spawned = Spawn(*launch, cgroup_ ? &*cgroup_ : nullptr);
  if (!spawned) return Unexpected(spawned.error());
  Enter(spawned->pid);
  started_ = sys::BootMillis();
  limits_ = spec.limits;
  leftovers_ = spec.leftovers;
  heading_ = spec.heading.empty() ? name_ : spec.heading;
  grace_ = spec.grace;
  if (launch->staged) staged_.emplace(std::move(*launch->staged));
  out_ = std::make_unique<CapturedPipe>(place_.loop, std::move(spawned->out), spec.keep_bytes,
                                        [this](std::string_view bytes) { OnOutput(false, bytes); });
  err_ = std::make_unique<CapturedPipe>(place_.loop, std::move(spawned->err), spec.keep_bytes,
                                        [this](std::string_view bytes) { OnOutput(true, bytes); });
  limit_timer_ =
      place_.loop.At(started_ + spec.limit.count(), [this, limit = TimedOut{spec.limit, spec.whose_limit}] {
        if (rung_ == Rung::kRunning) EndAtLimit(limit);
      });
  Connect(std::move(*spawned));
  return {};
}

void Task::Connect(Spawned spawned) {
  main_pid_ = spawned.pid;
  main_ = std::move(spawned.pidfd);
  start_failure_ = std::move(spawned.failure);
  status_ = std::make_unique<StatusPipe>(place_.loop, std::move(spawned.status), [this](const Told& told) {
    if (rung_ != Rung::kKept) place_.listeners.told(name_, told);
  });
  main_watch_ = place_.loop.OnFd(main_.get(), EPOLLIN, [this](uint32_t) { OnMainEnded(); });
  WatchCgroup();
}

void Task::EndLeftovers() {
  Enter(0);
  if (place_.cgroups != nullptr) {
    // None there, or none that opens: what it may hold is still found by its mark.
    if (auto cgroup = Cgroup::Open(place_.cgroups->folder() + "/" + name_)) cgroup_ = std::move(*cgroup);
  }
  WatchCgroup();
  Kill();
}

void Task::WatchCgroup() {
  if (!cgroup_) return;
  cgroup_watch_ = place_.loop.OnFd(cgroup_->events_fd(), EPOLLPRI, [this](uint32_t) {
    cgroup_->Populated();  // until it has been read, the file stays ready and the loop would spin
    Look();
  });
}

void Task::Refuse(const std::string& why) {
  ending_ = CouldNotStart{why};
  decided_ = true;
  Finish();
}

void Task::Stop(milliseconds grace) {
  if (rung_ == Rung::kRunning || rung_ == Rung::kKept || rung_ == Rung::kTerminating) Terminate(grace);
}

void Task::OnOutput(bool is_stderr, std::string_view bytes) {
  if (rung_ == Rung::kKept) return;
  if (place_.output != nullptr) place_.output->Append(heading_ + (is_stderr ? " stderr" : " stdout"), bytes);
  place_.listeners.printed(name_, is_stderr, bytes);
  written_ += static_cast<int64_t>(bytes.size());
  if (limits_.output > 0 && written_ > limits_.output && rung_ == Rung::kRunning) {
    EndAtLimit(OutputLimit{limits_.output});
  }
}

void Task::EndAtLimit(Ending ending) {
  ending_ = std::move(ending);
  decided_ = true;
  Terminate(grace_);
}

void Task::OnMainEnded() {
  const auto reaped = Reap(main_.get());
  if (!reaped) return;
  main_watch_.reset();
  main_.reset();
  limit_timer_.reset();
  place_.offspring.MainReaped(name_);
  usage_.cpu = duration_cast<milliseconds>(reaped->cpu);
  usage_.peak_memory = reaped->peak_memory;
  if (!decided_) ending_ = reaped->ending;
  if (auto started = StartFailure(start_failure_); !started) {
    ending_ = CouldNotStart{started.error().message};
    decided_ = true;
  }
  Look();
}

void Task::Look() {
  if (rung_ == Rung::kOver) return;
  const bool main_lives = static_cast<bool>(main_);
  if (!main_lives && !AnyoneLeft()) return Finish();
  if (rung_ == Rung::kKilling) return Kill();
  if (main_lives) return;  // its end is an event
  if (rung_ == Rung::kRunning) {
    NoteLeftovers();
    if (leftovers_ == Leftovers::kKeep && Succeeded(ending_)) return Keep();
    return Terminate(std::min(grace_, kLeftoverGrace));
  }
  LookAgainLater();
}

bool Task::AnyoneLeft() {
  if ((cgroup_ && cgroup_->Populated()) || place_.offspring.Alive(name_)) return true;
  // By descent a picture can miss what forks and leaves all the time. Who holds our pipes is there; but he
  // may be a stranger, so that this is believed for a while only.
  if (cgroup_ || !((out_ && out_->IsHeld()) || (err_ && err_->IsHeld()))) return false;
  const int64_t now = sys::BootMillis();
  if (believed_until_ == 0) believed_until_ = now + kBelieved;
  return now < believed_until_;
}

std::vector<Process> Task::Living() {
  std::vector<Process> living = entered_ ? place_.offspring.Living(name_) : std::vector<Process>();
  for (const pid_t pid : cgroup_ ? cgroup_->Members() : std::vector<pid_t>()) {
    const bool known =
        std::any_of(living.begin(), living.end(), [pid](const Process& one) { return one.pid == pid; });
    auto process = known ? std::nullopt : ReadProcess(pid);
    if (process && process->alive) living.push_back(std::move(*process));
  }
  return living;
}

void Task::NoteLeftovers() {
  for (const Process& process : Living()) {
    if (usage_.leftovers.size() < kMaxLeftovers) {
      usage_.leftovers.push_back(process.name);
    } else {
      ++usage_.more_leftovers;
    }
  }
}

// The job counts as done, and what it left may be what it was for. It stays in its group, where StopLeftovers
// finds it.
void Task::Keep() {
  usage_.kept = true;
  // Read on, and thrown away: what is kept shall not die of a closed pipe at its next word.
  output_ = {out_->TakeSoFar(), err_->TakeSoFar()};
  told_ = status_->TakeSoFar();
  Account();
  rung_ = Rung::kKept;
  Report();
  LookAgainLater();
}

void Task::Report() {
  report_call_ = place_.loop.Soon([this] {
    reported_ = true;
    report_();  // may be the end of this
  });
}

void Task::Terminate(milliseconds grace) {
  const int64_t kill_at = sys::BootMillis() + grace.count();
  if (rung_ == Rung::kTerminating && kill_at >= kill_at_) return;  // a second call may only shorten
  const bool first = rung_ != Rung::kTerminating;
  rung_ = Rung::kTerminating;
  if (first) look_interval_ = milliseconds(0);
  kill_at_ = kill_at;
  limit_timer_.reset();
  if (main_) ended_by_us_ = true;
  if (grace <= milliseconds(0)) return Kill();
  kill_timer_ = place_.loop.At(kill_at_, [this] { Kill(); });
  if (!first) return;
  // CONT after TERM: a stopped process acts on neither before it goes on. To each once: a second TERM means
  // "leave at once, without cleaning up" to many a program.
  std::set<pid_t> done;
  if (cgroup_) done = cgroup_->Signal({SIGTERM, SIGCONT});
  if (main_ && !done.contains(main_pid_)) SendSignals(main_.get(), {SIGTERM, SIGCONT});
  place_.offspring.Signal(name_, {SIGTERM, SIGCONT}, done);
  if (!main_) LookAgainLater();
}

void Task::Kill() {
  rung_ = Rung::kKilling;
  limit_timer_.reset();
  kill_timer_.reset();
  if (main_) {
    ended_by_us_ = true;
    SendSignals(main_.get(), {SIGKILL});
  }
  if (cgroup_) cgroup_->Kill();
  // What left the group is looked for on the whole machine; that costs, and can wait until the group is
  // empty.
  if (!cgroup_ || !cgroup_->Populated()) place_.offspring.Kill(name_);
  if (killed_at_ == 0) killed_at_ = sys::BootMillis();
  TellSurvivors();
  LookAgainLater();
}

void Task::TellSurvivors() {
  if (sys::BootMillis() - killed_at_ < kPatience) return;
  std::string who;
  size_t count = 0;
  for (const Process& process : Living()) {
    if (++count > kNamedSurvivors) continue;
    who += (who.empty() ? "" : ", ") + Describe(process);
  }
  if (count > kNamedSurvivors) who += " and " + std::to_string(count - kNamedSurvivors) + " more";
  if (who.empty() || who == survivors_) return;
  survivors_ = who;
  place_.listeners.survives(name_, who);
}

void Task::LookAgainLater() {
  if (rung_ == Rung::kKept && cgroup_) return;  // its group tells
  look_interval_ =
      rung_ == Rung::kKept ? kLookAfterKept : std::clamp(look_interval_ * 2, kFirstLook, kLongestLook);
  look_timer_ = place_.loop.At(sys::BootMillis() + look_interval_.count(), [this] { Look(); });
}

void Task::Drain() {
  if (out_) output_.out = out_->Finish();
  if (err_) output_.err = err_->Finish();
  if (status_) told_ = status_->Finish();
  out_.reset();
  err_.reset();
  status_.reset();
}

// What it used, and whether it ended so because the kernel held it to a limit.
void Task::Account() {
  if (started_ > 0) usage_.wall = milliseconds(sys::BootMillis() - started_);
  if (started_ == 0 || main_pid_ == 0) return;
  if (!decided_ && !ended_by_us_ && limits_.output > 0 && written_ > limits_.output) {
    ending_ = OutputLimit{limits_.output};  // it was quicker than we could read
    decided_ = true;
  }
  const bool failed_by_itself = !decided_ && !ended_by_us_ && !Succeeded(ending_);
  Cgroup::Account account;
  if (cgroup_) {
    account = cgroup_->Read();
    usage_.cpu = std::max(usage_.cpu, duration_cast<milliseconds>(account.cpu));
    if (account.peak_memory > 0) usage_.peak_memory = account.peak_memory;
  }
  if (account.refused_tasks > 0 && limits_.tasks > 0) {
    if (failed_by_itself) ending_ = TaskLimit{limits_.tasks, ToString(ending_)};
    usage_.remarks.push_back("the kernel refused it " + std::to_string(account.refused_tasks) +
                             " times a process beyond its limit of " + std::to_string(limits_.tasks));
  }
  if (account.oom_kills > 0) {
    if (failed_by_itself) ending_ = OutOfMemory{account.at_own_limit ? limits_.memory : 0};
    usage_.remarks.push_back("the kernel killed " + std::to_string(account.oom_kills) +
                             " of its processes for want of memory");
  } else if (failed_by_itself && (!cgroup_ || !cgroup_->CountsMemory()) && IsKilled(ending_) &&
             OomKillsOfDevice() > oom_before_) {
    ending_ = OutOfMemory{0};
  }
}

void Task::Finish() {
  rung_ = Rung::kOver;
  main_watch_.reset();
  cgroup_watch_.reset();
  limit_timer_.reset();
  kill_timer_.reset();
  look_timer_.reset();
  if (usage_.kept && !reported_) {
    usage_.kept = false;  // it has ended by itself, before anybody heard of it
  } else if (usage_.kept) {
    // Reported before; this is the end of what was kept.
    ending_ = Interrupted{};
    output_ = {};
    usage_ = {};
    told_.clear();
  } else {
    Drain();
    Account();
  }
  if (cgroup_) cgroup_->Remove();
  cgroup_.reset();
  Leave();
  Report();
}

}  // namespace kedge::process
