#include "fleet_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/json_text.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using report::Agreement;
using report::Tone;

constexpr JsonLimits kLine{.bytes = std::size_t{4} << 20U, .depth = 80};
constexpr JsonLimits kPayload{.bytes = std::size_t{1} << 20U, .depth = 80};

std::string Text(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}
int64_t Number(const json& object, const char* name, int64_t otherwise = 0) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : otherwise;
}
json Object(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_object() ? *found : json::object();
}
json Body(const json& entry) {
  auto body = ParseJson(Text(entry, "payload"), kPayload);
  return body && body->is_object() ? std::move(*body) : json::object();
}

std::string Times(std::size_t count) { return count == 1 ? "once" : std::to_string(count) + " times"; }

bool IsOver(const std::string& status) { return status != "QUEUED" && status != "IN_PROGRESS"; }

// "$aws/things/T/jobs/REST": T and REST.
bool SplitTopic(const std::string& topic, std::string* thing, std::string* rest) {
  const std::string prefix = "$aws/things/", middle = "/jobs/";
  if (!topic.starts_with(prefix)) return false;
  const std::size_t end = topic.find('/', prefix.size());
  if (end == std::string::npos || topic.compare(end, middle.size(), middle) != 0) return false;
  *thing = topic.substr(prefix.size(), end - prefix.size());
  *rest = topic.substr(end + middle.size());
  return true;
}

}  // namespace

struct FleetHistory::Told {
  struct Change {
    int64_t at;
    std::string to;  // "deleted"
    std::string by;
  };
  int64_t number = 1;
  int64_t queued_at = 0;
  std::string status = "QUEUED";
  std::vector<Change> changes;
  std::optional<int64_t> started, ended;
  bool device_ended_it = false;
  // The device's last word with a final status.
  std::string word, verdict, reason;
  std::optional<int64_t> word_at, verdict_at;
  std::vector<report::Message> messages;

  void Say(int64_t at, Tone tone, std::string what, std::string fate) {
    messages.push_back({at - queued_at, tone, std::move(what), std::move(fate)});
  }
  void Judge(report::Outcome& outcome) const;
  report::Outcome Outcome(const Key& key) const;
};

FleetHistory::FleetHistory() = default;
FleetHistory::~FleetHistory() = default;

void FleetHistory::Read(std::string_view lines, const std::string& run) {
  offset_ = 0;
  is_running_ = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty()) continue;
    const auto entry = ParseJson(line, kLine);
    if (entry && entry->is_object() && !Text(*entry, "kind").empty()) {
      Take(*entry, run);
    } else {
      ++bad_lines_;
    }
  }
}

void FleetHistory::Take(const json& entry, const std::string& run) {
  const std::string kind = Text(entry, "kind");
  if (kind == "clock") {
    offset_ = Number(entry, "offset_ms");
    ++jumps_;
    return;
  }
  if (kind == "start") {
    offset_ = 0;
    restarts_ += is_running_ ? 1 : 0;
    is_running_ = true;
    return;
  }
  const int64_t at = Number(entry, "at") - offset_;
  const Key key{run, Text(entry, "thing"), Text(entry, "job")};
  if (kind == "execution" || kind == "timer") Changed(entry, key, at);
  if (kind == "mqtt-in") Heard(entry, key, at);
  if (kind == "mqtt-out") Sent(entry, run, at);
  if (kind == "fault") Faulted(entry, key, at);
}

FleetHistory::Told* FleetHistory::Newest(const Key& key) {
  const auto found = told_.find(key);
  return found == told_.end() || found->second.empty() ? nullptr : &found->second.back();
}

void FleetHistory::Changed(const json& entry, const Key& key, int64_t at) {
  const int64_t number = Number(entry, "number", 1);
  const std::string to = entry.contains("to") ? Text(entry, "to") : "deleted";
  const std::string by = Text(entry, "by");
  std::vector<Told>& all = told_[key];
  // One that is made anew with the same number, after it was deleted, is another one.
  const bool is_new =
      all.empty() || all.back().number != number || (!entry.contains("from") && !all.back().changes.empty());
  if (is_new) {
    all.emplace_back();
    all.back().number = number;
    all.back().queued_at = at;
  }
  Told& told = all.back();
  told.status = to;
  told.changes.push_back({at, to, by});
  if (to == "IN_PROGRESS") told.started = told.started.value_or(at);
  if (IsOver(to) && !told.ended) {
    told.ended = at;
    told.device_ended_it = by == "mqtt";
  }
  if (by != "mqtt")
    told.Say(at, IsOver(to) ? Tone::kCancel : Tone::kEvent, to + " at the service", "by " + by);
}

void FleetHistory::Heard(const json& entry, const Key& key, int64_t at) {
  Told* told = Newest(key);
  if (told == nullptr || key.job.empty()) return;
  const std::string operation = Text(entry, "operation");
  const std::string decided = Text(entry, "decided");
  const json body = Body(entry);
  const std::string status = Text(body, "status");
  const json details = Object(body, "statusDetails");
  std::string what = operation;
  if (!status.empty()) what += " " + status;
  for (const char* name : {"step", "verdict", "reason", "difference", "undone"}) {
    if (const std::string text = Text(details, name); !text.empty())
      what += std::string("; ") + name + ": " + text;
  }
  const std::string code = Text(entry, "code");
  told->Say(at, decided == "lost" ? Tone::kLost : Tone::kSent, what,
            code.empty() ? decided : decided + ": " + code);
  // What was lost on its way was said all the same: it will be said again, or the device has settled for it.
  if (operation != "update" || !IsOver(status) || status.empty()) return;
  told->word = status;
  told->word_at = at;
  told->reason = Text(details, "reason");
  if (const std::string verdict = Text(details, "verdict"); !verdict.empty()) {
    told->verdict = verdict;
    told->verdict_at = told->verdict_at.value_or(at);
  }
}

void FleetHistory::Sent(const json& entry, const std::string& run, int64_t at) {
  std::string thing, rest;
  if (!SplitTopic(Text(entry, "topic"), &thing, &rest)) return;
  const json body = Body(entry);
  std::string job = Text(Object(body, "execution"), "jobId");
  if (job.empty() && !rest.starts_with("$next/") && !rest.starts_with("start-next") &&
      !rest.starts_with("notify")) {
    job = rest.substr(0, rest.find('/'));
  }
  Told* told = Newest({run, thing, job});
  if (told == nullptr) return;
  const bool is_sent = entry.contains("sent") && entry["sent"] == true;
  const std::string status = Text(Object(body, "execution"), "status");
  told->Say(at, is_sent ? Tone::kReceived : Tone::kLost, rest + (status.empty() ? "" : " " + status),
            is_sent ? "" : "not sent: no broker");
}

void FleetHistory::Faulted(const json& entry, const Key& key, int64_t at) {
  Told* told = Newest(key);
  if (told == nullptr) return;
  const std::string did = Text(entry, "did");
  told->Say(at, did == "drop" ? Tone::kLost : Tone::kEvent, "fault: " + did + " " + Text(entry, "to"), "");
}

void FleetHistory::Told::Judge(report::Outcome& outcome) const {
  const auto is = [&outcome](Agreement agreement, std::string why) {
    outcome.agreement = agreement;
    outcome.why = std::move(why);
  };
  if (!ended) return is(Agreement::kOpen, "");
  if (status == "SUCCEEDED") return is(Agreement::kAgrees, "done");
  if (status == "REJECTED" && verdict.empty()) return is(Agreement::kAgrees, "refused by the device");
  if (!started) return is(Agreement::kAgrees, "never begun");
  if (word.empty()) return is(Agreement::kDoubt, "the device has not spoken of it since");
  if (word == "SUCCEEDED") return is(Agreement::kDiffers, "the device's last word is SUCCEEDED");
  if (verdict == "safe") return is(Agreement::kAgrees, "undone and verified");
  if (verdict == "unsafe") return is(Agreement::kDiffers, "the device says that it could not be undone");
  is(Agreement::kDoubt,
     verdict.empty() ? "no verdict came with the device's last word" : "the device's verdict is " + verdict);
}

report::Outcome FleetHistory::Told::Outcome(const Key& key) const {
  report::Outcome outcome;
  outcome.run = key.run;
  outcome.thing = key.thing;
  outcome.job = key.job;
  outcome.number = number;
  outcome.status = status;
  outcome.verdict = verdict;
  outcome.queued_at = queued_at;
  Judge(outcome);
  if (started) outcome.waited = *started - queued_at;
  if (started && ended) outcome.ran = *ended - *started;
  if (started && ended && !device_ended_it && verdict_at && *verdict_at >= *ended)
    outcome.came_back = *verdict_at - *ended;

  report::Lane& lane = outcome.lane;
  lane.name = key.thing + " " + key.job;
  lane.more = status;
  const int64_t last = messages.empty() ? 0 : messages.back().at;
  const int64_t start = started.value_or(ended.value_or(queued_at + last)) - queued_at;
  lane.bars.push_back({0, start, Tone::kWait, "QUEUED", !started && !ended});
  if (started) {
    const int64_t end = ended ? *ended - queued_at : std::max(start, last);
    lane.bars.push_back({start, end, Tone::kRun, "IN_PROGRESS", !ended});
    if (outcome.came_back) {
      lane.bars.push_back(
          {end, end + *outcome.came_back, Tone::kUndo, "until the device's verdict: " + verdict, false});
    }
  }
  if (ended) {
    const Tone tone = status == "SUCCEEDED" ? Tone::kGood : device_ended_it ? Tone::kFailed : Tone::kCancel;
    lane.marks.push_back({*ended - queued_at, tone, status});
  }
  for (const report::Message& message : messages) {
    if (message.tone == Tone::kLost)
      lane.marks.push_back({message.at, Tone::kLost, message.what + " " + message.fate});
  }
  outcome.messages = messages;
  return outcome;
}

std::vector<report::Outcome> FleetHistory::Outcomes() const {
  std::vector<report::Outcome> outcomes;
  for (const auto& [key, all] : told_) {
    for (const Told& told : all) outcomes.push_back(told.Outcome(key));
  }
  std::stable_sort(outcomes.begin(), outcomes.end(), [](const report::Outcome& a, const report::Outcome& b) {
    return std::pair(a.run, a.queued_at) < std::pair(b.run, b.queued_at);
  });
  return outcomes;
}

std::vector<std::string> FleetHistory::Notes() const {
  std::vector<std::string> notes;
  if (jumps_ > 0) {
    notes.push_back("The service's clock was set " + Times(jumps_) + "; that is taken out of all times.");
  }
  if (restarts_ > 0) notes.push_back("The service was started anew " + Times(restarts_) + ".");
  if (bad_lines_ > 0)
    notes.push_back("Lines of the history that could not be read: " + std::to_string(bad_lines_) + ".");
  return notes;
}

}  // namespace kedge::drydock
