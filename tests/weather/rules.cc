#include "rules.h"

#include <algorithm>

namespace kedge::weather {
namespace {

using nlohmann::json;

// Messages of a kind that the dice decide about; behind them it is calm, so that every story ends.
constexpr int kMessages = 40;

std::string Percent(int percent) { return std::to_string(percent) + "% of "; }

// drydock's own chances hang on the order in which everything comes. Here the dice say beforehand which
// messages of a kind are hit: neighbours share a rule.
void AddHits(Dice& dice, int percent, const json& rule, Plan& plan) {
  int count = 0;
  for (int i = 0; i <= kMessages; ++i) {
    const bool hit = i < kMessages && dice.Happens(percent);
    if (hit) ++count;
    if (hit || count == 0) continue;
    plan.rules.push_back(rule);
    plan.rules.back()["skip"] = i - count;
    plan.rules.back()["count"] = count;
    count = 0;
  }
}

std::string Message(Dice& dice) { return dice.OneOf<std::string>({"reply", "notify", "notify-next"}); }

int Delay(Dice& dice, int least, int most, Plan& plan) {
  const int ms = dice.Number(least, most);
  plan.longest_delay_ms = std::max(plan.longest_delay_ms, ms);
  return ms;
}

std::string DropRequests(Dice& dice, Plan& plan) {
  const int percent = dice.Number(5, 35);
  AddHits(dice, percent, {{"on", "request"}, {"do", "drop"}}, plan);
  return Percent(percent) + "requests are lost";
}

std::string DropReplies(Dice& dice, Plan& plan) {
  const int percent = dice.Number(5, 35);
  AddHits(dice, percent, {{"on", "reply"}, {"do", "drop"}}, plan);
  return Percent(percent) + "replies are lost";
}

// Of the two kinds of events only one is ever lost in a seed: a device that rests and hears of nothing cannot
// know that a job waits.
std::string DropEvents(Dice& dice, Plan& plan) {
  if (plan.lost_event.empty()) plan.lost_event = dice.OneOf<std::string>({"notify", "notify-next"});
  const std::string on = plan.lost_event;
  if (dice.Happens(50)) {
    plan.rules.push_back({{"on", on}, {"do", "drop"}});
    return "no " + on;
  }
  const int percent = dice.Number(20, 70);
  AddHits(dice, percent, {{"on", on}, {"do", "drop"}}, plan);
  return Percent(percent) + on + " are lost";
}

std::string Double(Dice& dice, Plan& plan) {
  const std::string on = Message(dice);
  const int percent = dice.Number(20, 100);
  const int ms = dice.Happens(30) ? 0 : Delay(dice, 1, 700, plan);
  AddHits(dice, percent, {{"on", on}, {"do", "duplicate"}, {"ms", ms}}, plan);
  return Percent(percent) + on + " come twice, " + std::to_string(ms) + " ms apart";
}

std::string Reorder(Dice& dice, Plan& plan) {
  const std::string on = Message(dice);
  const int percent = dice.Number(20, 100);
  const int ms = Delay(dice, 20, 300, plan);
  AddHits(dice, percent, {{"on", on}, {"do", "reorder"}, {"ms", ms}}, plan);
  return Percent(percent) + on + " are overtaken, within " + std::to_string(ms) + " ms";
}

std::string DelaySome(Dice& dice, Plan& plan) {
  const std::string on = Message(dice);
  const int percent = dice.Number(10, 50);
  const int ms = Delay(dice, 50, 700, plan);
  AddHits(dice, percent, {{"on", on}, {"do", "delay"}, {"ms", ms}}, plan);
  return Percent(percent) + on + " are " + std::to_string(ms) + " ms late";
}

std::string Refuse(Dice& dice, Plan& plan) {
  const auto code = dice.OneOf<std::string>({"RequestThrottled", "InternalError"});
  const int percent = dice.Number(10, 40);
  AddHits(dice, percent, {{"on", "request"}, {"do", "reject"}, {"code", code}}, plan);
  return Percent(percent) + "requests are answered " + code;
}

std::string CutOften(Dice& dice, Plan& plan) {
  const auto on = dice.OneOf<std::string>({"request", "reply", "notify-next"});
  const int every = dice.Number(1, 5);
  const int times = dice.Number(3, 6);
  for (int i = 0; i < times; ++i) {
    plan.rules.push_back({{"on", on}, {"do", "disconnect"}, {"skip", (i + 1) * every - 1}, {"count", 1}});
  }
  return "the connection is cut " + std::to_string(times) + " times, every " + std::to_string(every) + " " +
         on;
}

std::string Stale(Dice& dice, Plan& plan) {
  const int percent = dice.Number(10, 40);
  AddHits(dice, percent, {{"on", "request"}, {"do", "stale"}, {"operation", "describe-next"}}, plan);
  return Percent(percent) + "questions for the next job get a stale answer";
}

std::string CancelAtUpdate(Dice& dice, Plan& plan) {
  const auto act = dice.OneOf<std::string>({"cancel-before", "cancel-after"});
  const auto status = dice.OneOf<std::string>({"SUCCEEDED", "FAILED", "IN_PROGRESS", ""});
  json rule = {{"on", "request"}, {"do", act}, {"operation", "update"}, {"count", dice.Number(1, 2)}};
  rule["skip"] = dice.Number(0, status.empty() ? 5 : 2);
  if (!status.empty()) rule["status"] = status;
  plan.rules.push_back(rule);
  return act + " at update " + status + " after " + rule["skip"].dump();
}

std::string Silence(Dice& dice, Plan& plan) {
  const int skip = dice.Number(0, 12);
  const int count = dice.Number(3, 8);
  plan.rules.push_back({{"on", "reply"}, {"do", "drop"}, {"skip", skip}, {"count", count}});
  return std::to_string(count) + " replies in a row are lost, after " + std::to_string(skip);
}

}  // namespace

void DrawWeather(Dice& dice, Plan& plan) {
  using Kind = std::string (*)(Dice&, Plan&);
  std::vector<Kind> kinds = {DropRequests, DropReplies, DropEvents, Double,  Reorder,       DelaySome,
                             Refuse,       CutOften,    Stale,      Silence, CancelAtUpdate};
  // Each kind at most once: of two of the same only the worse one is felt.
  for (int left = dice.Number(1, 4); left > 0; --left) {
    const auto drawn = kinds.begin() + dice.Number(0, static_cast<int>(kinds.size()) - 1);
    plan.weather.push_back((*drawn)(dice, plan));
    kinds.erase(drawn);
  }
}

}  // namespace kedge::weather
