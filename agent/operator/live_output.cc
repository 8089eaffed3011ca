#include "operator/live_output.h"

#include <algorithm>

namespace kedge::op {

void LiveOutput::Append(const ExecutionId& execution, int64_t task, bool is_stderr, std::string_view bytes) {
  if (bytes.empty()) return;
  if (execution != execution_) {
    execution_ = execution;
    pieces_.clear();
    start_ = begin_ = end_;
  }
  end_ += bytes.size();
  // What is written byte by byte is held no dearer than what comes at once.
  if (!pieces_.empty() && pieces_.back().task == task && pieces_.back().is_stderr == is_stderr) {
    pieces_.back().bytes.append(bytes);
  } else {
    pieces_.push_back({task, is_stderr, std::string(bytes)});
  }
  while (end_ - begin_ > limit_) {
    std::string& oldest = pieces_.front().bytes;
    const size_t cut = std::min<uint64_t>(oldest.size(), end_ - begin_ - limit_);
    oldest.erase(0, cut);
    begin_ += cut;
    if (oldest.empty()) pieces_.pop_front();
  }
}

OutputSince LiveOutput::Since(uint64_t after) const {
  OutputSince since{
      .execution = execution_, .end = end_, .lost = begin_ - std::min(begin_, std::max(after, start_))};
  uint64_t place = begin_;
  for (const OutputPiece& piece : pieces_) {
    const size_t skip = after <= place ? 0 : std::min<uint64_t>(piece.bytes.size(), after - place);
    place += piece.bytes.size();
    if (skip < piece.bytes.size())
      since.pieces.push_back({piece.task, piece.is_stderr, piece.bytes.substr(skip)});
  }
  return since;
}

}  // namespace kedge::op
