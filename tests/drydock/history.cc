#include "history.h"

#include <algorithm>

#include "payloads.h"

namespace kedge::drydock {

void History::Record(Instant now, const char* kind, const nlohmann::json& members) {
  if (last_ == 0) run_ = now;
  ObjectText text;
  text.Add("n", ++last_).Add("at", now.time_since_epoch().count()).Add("kind", kind);
  for (const auto& [name, value] : members.items()) text.Add(name, value);
  lines_.push_back({members.value("thing", ""), text.Text()});
  bytes_ += lines_.back().text.size();
  while (lines_.size() > kKept || (bytes_ > kKeptBytes && lines_.size() > 1)) {
    bytes_ -= lines_.front().text.size();
    lines_.pop_front();
  }
  if (out_ == nullptr || *out_ << lines_.back().text << std::endl) return;
  out_ = nullptr;  // what came after half a line would be no JSON
  if (on_broken_) on_broken_();
}

std::string History::Since(uint64_t after, const std::string& thing) const {
  std::string text;
  for (auto line = FirstAfter(after); line != lines_.end(); ++line) {
    if (thing.empty() || line->thing == thing) text.append(line->text).append(1, '\n');
  }
  return text;
}

bool History::Has(uint64_t after, const std::string& thing) const {
  return std::any_of(FirstAfter(after), lines_.end(),
                     [&](const Line& line) { return thing.empty() || line.thing == thing; });
}

std::deque<History::Line>::const_iterator History::FirstAfter(uint64_t after) const {
  const uint64_t dropped = last_ - lines_.size();
  const uint64_t skipped = std::clamp<uint64_t>(after, dropped, last_) - dropped;
  return lines_.begin() + static_cast<std::ptrdiff_t>(skipped);
}

}  // namespace kedge::drydock
