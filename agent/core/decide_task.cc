// What a running task tells: how it gets on, and that something of it does not end; and when its end may count.
#include <algorithm>
#include <array>
#include <charconv>

#include "core/decider.h"
#include "core/status_details.h"

namespace kedge {
namespace {

constexpr size_t kMaxTold = 8;  // a step's own; statusDetails have room for 10, and some are ours

// What statusDetails say in the agent's name.
constexpr std::array<std::string_view, 8> kOurs = {"reason", "verdict", "difference", "ending",
                                                   "undone", "usage",   "stdout",     "stderr"};

// Why `key` and `value` cannot stand in statusDetails; "" when they can. `value` becomes what stands there.
std::string Refused(const std::string& key, std::string* value) {
  if (key.empty() || key.size() > kMaxDetailKey || SafeDetailKey(key) != key) {
    return "a key has 1 to 128 of a-z A-Z 0-9 : _ -";
  }
  if (std::find(kOurs.begin(), kOurs.end(), key) != kOurs.end()) return "the agent itself says this";
  *value = SafeDetailValue(*value);
  if (key != "progress") return "";
  if (value->ends_with('%')) value->pop_back();
  int percent = -1;
  const auto end = std::from_chars(value->data(), value->data() + value->size(), percent);
  if (end.ec == std::errc() && end.ptr == value->data() + value->size() && percent >= 0 && percent <= 100) {
    return "";
  }
  return "progress is a whole number from 0 to 100";
}

}  // namespace

bool Decider::Learn(const DetailsMap& told) {
  StepRecord& now = record();
  bool news = false;
  for (const auto& [key, text] : told) {
    std::string value = text;
    std::string why = Refused(key, &value);
    const auto known = now.told.find(key);
    if (why.empty() && known == now.told.end() && now.told.size() >= kMaxTold) {
      why = "a step tells at most " + std::to_string(kMaxTold) + " things";
    }
    if (!why.empty()) {
      // Once a step: a program that is wrong is wrong a thousand times.
      if (!std::exchange(now.refused_told, true)) {
        Note("status-refused", "not reported: " + Quoted(key) + "=" + Quoted(text) + ": " + why,
             current().cursor);
      }
    } else if (value.empty()) {
      news = now.told.erase(key) > 0 || news;
    } else if (known == now.told.end() || known->second != value) {
      now.told[key] = std::move(value);
      news = true;
    }
  }
  return news;
}

bool Decider::IsTold(const TaskTold& event) {
  const auto& task = current().task;
  if (task && task->id == event.task && task->kind == TaskKind::kRun) return true;
  Say("ignored, because only a step that runs is reported on");
  return false;
}

void Decider::OnTaskTold(const TaskTold& event) {
  if (!IsTold(event)) return;
  if (!Learn(event.told)) return Say("nothing new");
  WantProgress();
  MaybeSendProgress();
}

void Decider::OnTaskToldStopping(const TaskTold& event) {
  if (IsTold(event) && !Learn(event.told)) Say("nothing new");
}

void Decider::OnTaskSurvives(const TaskSurvives& event) {
  if (!current().task || current().task->id != event.task) return Say("ignored, because no such task runs");
  if (std::exchange(current().survivor, event.who) == event.who) return Say("nothing new");
  Note("survives", "it outlives KILL and is waited for: " + event.who, current().task->step);
}

bool HasToBeDurable(const State& state, const TaskEnded& event) {
  if (!state.current || !state.current->task) return false;
  const Task& task = *state.current->task;
  if (task.id != event.task || std::holds_alternative<CouldNotStart>(event.ending)) return false;
  if (task.kind == TaskKind::kRun) return state.current->phase == Phase::kRunning;
  return task.kind == TaskKind::kRollback && Succeeded(event.ending);
}

}  // namespace kedge
