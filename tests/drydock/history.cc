#include "history.h"

#include "payloads.h"

namespace kedge::drydock {

void History::Record(Instant now, const char* kind, nlohmann::json members) {
  ObjectText text;
  text.Add("n", ++last_).Add("at", now.time_since_epoch().count()).Add("kind", kind);
  for (const auto& [name, value] : members.items()) text.Add(name, value);
  lines_.push_back(text.Text());
  if (lines_.size() > kKept) lines_.pop_front();
  if (out_ != nullptr) *out_ << lines_.back() << std::endl;
}

std::string History::Since(uint64_t after) const {
  std::string text;
  const uint64_t first = last_ - lines_.size() + 1;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (first + i > after) text.append(lines_[i]).append(1, '\n');
  }
  return text;
}

}  // namespace kedge::drydock
