#include "outbox.h"

#include <utility>

namespace kedge::drydock {

void Outbox::Later(Publication publication, Time when) { waiting_.emplace(when, std::move(publication)); }

bool Outbox::Hold(const Publication& publication, Time at_last) {
  if (held_.contains(publication.thing)) return false;
  held_[publication.thing] = waiting_.emplace(at_last, publication);
  return true;
}

std::optional<Publication> Outbox::Release(const std::string& thing) {
  const auto held = held_.find(thing);
  if (held == held_.end()) return std::nullopt;
  Publication publication = std::move(held->second->second);
  waiting_.erase(held->second);
  held_.erase(held);
  return publication;
}

std::vector<Publication> Outbox::TakeDue(Time now) {
  std::vector<Publication> due;
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const auto first = waiting_.begin();
    const auto held = held_.find(first->second.thing);
    if (held != held_.end() && held->second == first) held_.erase(held);
    due.push_back(std::move(first->second));
    waiting_.erase(first);
  }
  return due;
}

std::optional<Outbox::Time> Outbox::Next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

}  // namespace kedge::drydock
