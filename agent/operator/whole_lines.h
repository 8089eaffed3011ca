// Makes whole lines of what tasks write to their streams, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::op {

// Without its line feed, as written: not safe for a terminal.
struct OutputLine {
  int64_t task = 0;
  bool is_stderr = false;
  std::string text;
};

class WholeLines {
 public:
  // `longest`: in bytes; what goes on without a line feed is broken there.
  explicit WholeLines(size_t longest = 4096) : longest_(longest) {}

  // The lines that are whole with it.
  std::vector<OutputLine> Add(int64_t task, bool is_stderr, std::string_view bytes);
  // What was begun, by task and stream: when it will not be ended, or something else is to be said first.
  std::vector<OutputLine> Rest();

 private:
  using Stream = std::pair<int64_t, bool>;  // task, is it stderr

  size_t longest_;
  std::map<Stream, std::string> begun_;
};

}  // namespace kedge::op
