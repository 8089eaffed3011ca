// A file that is appended to and, when it is full, becomes FILE.1, FILE.2, ... : spdlog's rotation without
// its formatting.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace kedge::sys {

class RotatingFile {
 public:
  // Made with mode 0600 when it is missing. `max_bytes`: of one file; `files`: how many older ones are kept.
  static Result<RotatingFile> Open(const std::string& path, size_t max_bytes, size_t files);
  RotatingFile(RotatingFile&&) noexcept;
  RotatingFile& operator=(RotatingFile&&) noexcept;
  ~RotatingFile();

  // On the disk's way when this returns, not durable. After the first failure, which is logged once, nothing
  // more is written.
  void Write(std::string_view bytes);

 private:
  struct Sink;
  explicit RotatingFile(std::unique_ptr<Sink> sink);
  std::unique_ptr<Sink> sink_;
};

}  // namespace kedge::sys
