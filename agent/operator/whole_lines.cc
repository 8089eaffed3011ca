#include "operator/whole_lines.h"

namespace kedge::op {

std::vector<OutputLine> WholeLines::Add(int64_t task, bool is_stderr, std::string_view bytes) {
  const Stream from{task, is_stderr};
  std::string& begun = begun_[from];
  std::vector<OutputLine> whole;
  for (const char c : bytes) {
    if (c != '\n') begun += c;
    if (c == '\n' || begun.size() >= longest_) whole.push_back({task, is_stderr, std::exchange(begun, "")});
  }
  if (begun.empty()) begun_.erase(from);
  return whole;
}

std::vector<OutputLine> WholeLines::Rest() {
  std::vector<OutputLine> rest;
  for (auto& [from, text] : std::exchange(begun_, {}))
    rest.push_back({from.first, from.second, std::move(text)});
  return rest;
}

}  // namespace kedge::op
