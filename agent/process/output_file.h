// All that tasks write, in one file that rotates: for those who want more than what is kept of each stream.
// Best effort: a full disk, or no right to write, ends it with one sentence and hurts no task.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sys/rotating_file.h"

namespace kedge::process {

class OutputFile {
 public:
  explicit OutputFile(sys::RotatingFile file) : file_(std::move(file)) {}

  // `heading` stands on a line of its own wherever the writer changes.
  void Append(const std::string& heading, std::string_view bytes);

 private:
  sys::RotatingFile file_;
  std::string heading_;
  bool line_open_ = false;
};

}  // namespace kedge::process
