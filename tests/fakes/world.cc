#include "fakes/world.h"

#include <algorithm>

namespace kedge::fakes {
namespace {
constexpr int kMaxEvents = 5000;  // no story needs a tenth of it
std::string Key(const std::string& job, size_t step) { return job + " " + std::to_string(step + 1); }
}  // namespace

Admission SimJob::Admit() const {
  Plan plan;
  for (size_t i = 0; i < steps.size(); ++i) {
    const SimStep& sim = steps[i];
    Step step;
    step.name = "s" + std::to_string(i + 1);
    step.command.args = {"program"};
    if (!sim.arg.empty()) step.command.args.push_back(sim.arg);
    if (sim.protect) step.protect["files"] = {"/f"};
    step.on_interrupt = sim.on_interrupt;
    step.interruptible = sim.interruptible;
    step.ignore_failure = sim.ignore_failure;
    step.needs_connection = sim.needs_connection;
    plan.document.steps.push_back(std::move(step));
    plan.verbs.push_back({sim.check || sim.check_later > 0, sim.rollback, sim.rollback});
    if (sim.guard_check) plan.verbs.back().guard_checks = {"files"};
  }
  plan.document.repair = repair;
  plan.document.timeout = timeout;
  return plan;
}

World::World(std::vector<SimJob> jobs) : jobs_(std::move(jobs)) {
  policy.idle_poll = std::chrono::milliseconds(0);  // so that there is a rest
  for (const SimJob& job : jobs_) {
    for (size_t step = 0; step < job.steps.size(); ++step) {
      for (const std::string& file : FilesOf(job.name, step)) files[file] = "original";
    }
  }
  original_ = files;
}

std::vector<std::string> World::FilesOf(const std::string& job, size_t step) {
  return {Key(job, step) + " a", Key(job, step) + " b"};
}

const SimJob& World::JobOf(const std::string& name) const {
  return *std::find_if(jobs_.begin(), jobs_.end(), [&](const SimJob& job) { return job.name == name; });
}

void World::Boot(bool new_boot) {
  if (new_boot) ++boots_;
  Give(Restarted{"boot-" + std::to_string(boots_), "t"});
  if (!cut_off_) Give(LinkUp{});
}

void World::QueueJobs() {
  for (const SimJob& job : jobs_) Give(service.Create(job.name, job.Admit()));
}

void World::Give(std::vector<What> events) {
  for (What& event : events) inbox_.push_back(std::move(event));
}

void World::Operation() {
  if (operations == end_before) {
    end_before = -1;
    auto news = service.End(end_job, end_status, {{"by", "operator"}});
    if (!lose_notifications) Give(std::move(news));
  }
  if (operations == cut_before) {
    cut_before = -1;
    throw PowerCut{};
  }
  ++operations;
}

void World::Handle(What what) {
  const Event event{now, std::move(what)};
  Transition next = Advance(policy, state, event);
  trace.push_back(ToString(event) + " -> " + next.answer);
  const State after = Durable(next.state);
  if (after != journal || !next.history.empty()) {
    Operation();
    journal = after;
    history.insert(history.end(), next.history.begin(), next.history.end());
  }
  state = std::move(next.state);
  for (const Action& action : next.actions) {
    trace.push_back("  " + ToString(action));
    Operation();
    Perform(action);
  }
}

bool World::HandleNext() {
  if (!inbox_.empty()) {
    What what = std::move(inbox_.front());
    inbox_.pop_front();
    Handle(std::move(what));
    return true;
  }
  if (going_down_ && reboots_when_asked) {
    ++reboots;
    Restart(true);
    return true;
  }
  // Nothing waits: time passes up to the next thing that happens by itself.
  std::optional<int64_t> due = NextDeadline(state);
  for (const auto& [task, end] : later_) {
    if (!due || end.first < *due) due = end.first;
  }
  if (!due || exited) return false;
  now.wall += std::max<int64_t>(0, *due - now.boot);
  now.boot = std::max(now.boot, *due);
  for (auto end = later_.begin(); end != later_.end();) {
    if (end->second.first > now.boot) {
      ++end;
      continue;
    }
    const TaskEnded ended = end->second.second;
    end = later_.erase(end);
    Finish(ended.task, ended.ending, ended.output);
  }
  Give(TimePassed{});
  return true;
}

bool World::Settle() {
  for (int i = 0; i < kMaxEvents; ++i) {
    if (!HandleNext()) return true;
  }
  broken_.push_back("I6: it never comes to rest");
  return false;
}

bool World::RunUntil(const std::string& needle) {
  for (int i = 0; i < kMaxEvents; ++i) {
    if (!trace.empty() && trace.size() > static_cast<size_t>(reached_)) {
      for (size_t line = static_cast<size_t>(reached_); line < trace.size(); ++line) {
        if (trace[line].find(needle) != std::string::npos) {
          reached_ = static_cast<int64_t>(line) + 1;
          return true;
        }
      }
      reached_ = static_cast<int64_t>(trace.size());
    }
    if (!HandleNext()) return false;
  }
  return false;
}

void World::Write(const std::string& job, size_t step, size_t count) {
  const auto names = FilesOf(job, step);
  for (size_t i = 0; i < count; ++i) files[names[i]] = "changed by " + job;
}

void World::Finish(int64_t task, Ending ending, Output output, Usage usage) {
  alive.erase(task);
  kept.erase(task);
  running_.erase(task);
  later_.erase(task);
  if (usage.kept) kept.insert(task);
  Give(TaskEnded{task, std::move(ending), std::move(output), std::move(usage)});
}

void World::Run(const StartTask& start) {
  const Task& task = start.task;
  const std::string job = state.current->id.job.value;
  const std::string key = Key(job, task.step);
  const SimStep& sim = JobOf(job).steps[task.step];
  if (!journal.current || journal.current->task != task)
    broken_.push_back("I5: a task starts before it is durable");
  if (!alive.empty()) broken_.push_back("I2: " + ToString(Action(start)) + " while another task is alive");
  if (!kept.empty() && !IsForward(task.kind)) broken_.push_back("I2: undone while something of it runs");
  alive.insert(task.id);
  switch (task.kind) {
    case TaskKind::kCheck:
      if (!task.guard.empty()) return Finish(task.id, Exited{sim.guard_check_status});
      return Finish(task.id, Exited{++checks[key] <= sim.check_later ? 75 : 0});
    case TaskKind::kSnapshot:
      for (const std::string& file : FilesOf(job, task.step)) snapshots_[key].emplace(file, files[file]);
      return Finish(task.id, Exited{0});
    case TaskKind::kRun:
      if (++runs[key] > 1 + reboots + std::min(sim.wants_later, policy.try_limit) && sim.wants_later == 0 &&
          sim.on_interrupt != OnInterrupt::kRetry)
        broken_.push_back("I4: " + key + " ran twice");
      if (runs[key] <= sim.wants_reboots) {
        Write(job, task.step, 1);
        return Finish(task.id, Exited{194});
      }
      if (runs[key] <= sim.wants_later) {
        Write(job, task.step, 1);
        if (sim.cuts_off_early) {
          cut_off_ = true;
          Give(LinkDown{"cut off"});
        }
        return Finish(task.id, Exited{75});
      }
      cut_off_ = cut_off_ || sim.cuts_off;
      running_[task.id] = key;
      if (sim.behaviour == Behaviour::kHangs) {
        Write(job, task.step, 1);
        later_[task.id] = {now.boot + start.limit.count(),
                           TaskEnded{task.id, TimedOut{start.limit, start.whose}, {}, {start.limit}}};
        return;
      }
      Write(job, task.step, sim.behaviour == Behaviour::kFails ? 1 : 2);
      return Finish(task.id, Exited{sim.behaviour == Behaviour::kFails ? 3 : 0}, {},
                    {.wall = sim.takes, .kept = sim.keeps});
    case TaskKind::kKept:
      return;  // never started
    case TaskKind::kReboot:
      going_down_ = true;
      return Finish(task.id, Exited{0});
    case TaskKind::kRollback:
      if (++undo_tries_[key] <= sim.undo_failures) return Finish(task.id, Exited{4});
      for (const std::string& file : FilesOf(job, task.step)) files[file] = original_[file];
      Undone(sim);
      return Finish(task.id, Exited{0});
    case TaskKind::kRestore:
      if (++undo_tries_[key] <= sim.undo_failures) return Finish(task.id, Exited{4});
      Undone(sim);
      for (const auto& [file, content] : snapshots_[key]) files[file] = content;
      return Finish(task.id, Exited{0});
    case TaskKind::kVerifyDone:
      return Finish(task.id, Exited{files[FilesOf(job, task.step)[1]] == "changed by " + job ? 0 : 1});
    case TaskKind::kVerifyUndone:
    case TaskKind::kVerifyGuard: {
      Output output;
      for (const std::string& file : FilesOf(job, task.step)) {
        if (files[file] != original_[file]) output.out.head += file + ": is " + files[file] + "\n";
      }
      const int status = output.out.head.empty() ? sim.verify_status : 1;
      return Finish(task.id, Exited{status}, std::move(output));
    }
  }
}

// What cut the device off is taken back: the link finds its way again by itself.
void World::Undone(const SimStep& sim) {
  if (!sim.cuts_off || !std::exchange(cut_off_, false)) return;
  Give(LinkUp{});
}

void World::Perform(const Action& action) {
  if (const auto* start = std::get_if<StartTask>(&action)) {
    Run(*start);
  } else if (const auto* stop = std::get_if<StopTask>(&action)) {
    if (alive.count(stop->task) > 0 && !stuck) Finish(stop->task, Signalled{15, false});
  } else if (const auto* left = std::get_if<StopLeftovers>(&action)) {
    Finish(left->task, Interrupted{});
  } else if (const auto* update = std::get_if<SendUpdate>(&action)) {
    if (!journal.current || !journal.current->update || journal.current->update->status != update->status) {
      broken_.push_back("I5: an update leaves before it is durable");
    }
    auto news = service.Reply(*update);
    if (lose_notifications) news.resize(1);
    Give(std::move(news));
  } else if (const auto* ask = std::get_if<AskNext>(&action)) {
    Give(service.Reply(*ask));
  } else if (const auto* describe = std::get_if<Describe>(&action)) {
    Give(service.Reply(*describe));
  } else if (std::holds_alternative<Reconnect>(action)) {
    Give(LinkDown{"asked to connect anew"});
    if (!cut_off_) Give(LinkUp{});
  } else if (const auto* drop = std::get_if<DropUndo>(&action)) {
    for (size_t step = 0; step < JobOf(drop->execution.job.value).steps.size(); ++step) {
      snapshots_.erase(Key(drop->execution.job.value, step));
    }
  } else if (std::holds_alternative<Exit>(action)) {
    exited = true;
  }
}

void World::Restart(bool reboot) {
  // What was on its way in either direction is lost; what the service has is what it has.
  inbox_.clear();
  later_.clear();
  if (reboot) going_down_ = false;
  for (const auto& [task, key] : running_) {
    const std::string job = key.substr(0, key.rfind(' '));
    const size_t step = static_cast<size_t>(std::stoi(key.substr(key.rfind(' ') + 1))) - 1;
    if (torn == Torn::kHalf) Write(job, step, 1);
    if (torn == Torn::kAll) Write(job, step, 2);
  }
  // Started, and the agent is gone before it knew: the process may have done none, half or all of its work.
  if (journal.current && journal.current->task && journal.current->task->kind == TaskKind::kRun &&
      running_.empty()) {
    const size_t count = torn == Torn::kNothing ? 0 : torn == Torn::kHalf ? 1 : 2;
    Write(journal.current->id.job.value, journal.current->task->step, count);
  }
  if (reboot) alive.clear();
  kept.clear();  // at the latest the next start of the agent ends it
  running_.clear();
  state = journal;
  exited = false;
  trace.push_back(reboot ? "== power cut ==" : "== agent killed ==");
  Boot(reboot);
}

std::vector<std::string> World::Broken() const {
  std::vector<std::string> broken = broken_;
  if (!alive.empty()) broken.push_back("I2: a task is alive at rest");
  if (state.current) broken.push_back("I6: at rest with an execution that is not closed");
  bool unsafe = state.quarantine.has_value();
  for (const SimJob& job : jobs_) {
    const auto* held = service.Find(job.name);
    bool undone = true;
    bool done = true;
    for (size_t step = 0; step < job.steps.size(); ++step) {
      for (const std::string& file : FilesOf(job.name, step)) {
        undone = undone && files.at(file) == original_.at(file);
        const bool left_out = job.steps[step].ignore_failure && file == FilesOf(job.name, step)[1];
        done = done && (left_out || files.at(file) != original_.at(file));
      }
    }
    const auto closed = std::find_if(state.ledger.begin(), state.ledger.end(),
                                     [&](const Closed& c) { return c.id.job.value == job.name; });
    const bool said_unsure =
        unsafe || (closed != state.ledger.end() && closed->verdict && *closed->verdict != Verdict::kSafe);
    if (held != nullptr && held->execution.status == JobStatus::kSucceeded) {
      if (!done) broken.push_back("I1: SUCCEEDED, but the effects of " + job.name + " are not on the device");
    } else if (!undone && !said_unsure) {
      broken.push_back("I1: " + job.name + " did not succeed, but its effects are on the device");
    }
    if (held != nullptr && !IsTerminal(held->execution.status) && !unsafe) {
      broken.push_back("I6: " + job.name + " is still " + std::string(ToString(held->execution.status)));
    }
    if (closed != state.ledger.end() && held != nullptr && IsTerminal(held->execution.status) &&
        closed->id == held->execution.id && closed->status != held->execution.status) {
      broken.push_back("I1: the device's record of " + job.name + " is " +
                       std::string(ToString(closed->status)) + ", the service's " +
                       std::string(ToString(held->execution.status)));
    }
  }
  return broken;
}

std::string World::Trace() const {
  std::string text;
  for (const std::string& line : trace) text += line + "\n";
  return text;
}

}  // namespace kedge::fakes
